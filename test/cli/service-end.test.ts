import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const SERVICE = new URL('ended-service.ts', import.meta.url).pathname

async function run(...options: readonly string[]) {
  const service = spawn(process.execPath, [SERVICE, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], out, log] = await Promise.all([
    once(service, 'exit'),
    text(service.stdout),
    text(service.stderr),
  ])
  const lines = log
    .trimEnd()
    .split('\n')
    .map((line): object => JSON.parse(line))
  return { code: Number(code), out, lines }
}

test('a service whose work has ended is not kept by what was left open, which it names, and loses no output', async () => {
  const { code, out, lines } = await run()
  expect(code).toBe(0)
  expect(out).toBe('its last word')
  expect(lines).toMatchObject([{ level: 20, left: expect.arrayContaining(['Timeout', 'TCPServerWrap']) }])
})

test('a service that has failed keeps its exit code, also where something was left open', async () => {
  expect(await run('fails')).toMatchObject({ code: 3 })
})
