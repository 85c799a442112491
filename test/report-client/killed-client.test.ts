import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../fixtures/eventually.ts'
import { startGateway } from '../gateway/gateway-in-memory.ts'
import { newSpool } from './client-of.ts'
import { ClientProcess } from './client-process.ts'

const KILLS = 4

test('a process that is killed again and again loses none of the reports that its client has taken', async () => {
  const gateway = await startGateway()
  const spool = newSpool()
  const taken = new Set<string>()
  const start = (name: string): ClientProcess =>
    new ClientProcess({ url: gateway.url, key: gateway.keyOf('example'), spool, name }, (id) => taken.add(id))
  for (let kill = 0; kill < KILLS; kill++) {
    const before = taken.size
    const process = start(`life-${kill}`)
    await eventually(async () => taken.size > before + 20)
    await sleep(Math.random() * 50)
    await process.kill()
  }
  const last = start('last')
  const before = taken.size
  await eventually(async () => taken.size > before)
  expect(await last.end()).toBe(true)
  const written = new Set((await gateway.written()).map(({ key }) => key))
  expect([...taken].filter((id) => !written.has(id))).toEqual([])
})
