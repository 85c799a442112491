// What an operator hears of somebody who seems to probe.
import { readFileSync } from 'node:fs'
import { Counter, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { flipped, randomValue } from '../../../bench/gateway/probing/values.ts'
import { PlatformCounter } from '../../../src/gateway/platform-counter.ts'
import { ProbingWatch } from '../../../src/gateway/probing/probing-watch.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { secretFile } from '../gateway-in-memory.ts'

const random = seededRandom(1)

function open() {
  const file = secretFile('')
  const registers = [new Registry()]
  const counter = new Counter({ name: 'probing', help: 'For a test', labelNames: ['platform'], registers })
  let nowMs = 0
  const watch = new ProbingWatch({
    logger: createLogger('info', { file }),
    counter: new PlatformCounter(counter, 'platform'),
    clock: () => nowMs,
    wallClock: () => 1_000_000 + nowMs,
  })
  return {
    watch,
    probe: async (platform: string, between = async () => {}) => {
      const centre = randomValue(random)
      for (let n = 0; n < 60; n++) {
        await watch.look(platform, [
          { probe: { actor: 'account-7', pictures: [flipped(centre, 16, random)] } },
        ])
        await between()
      }
    },
    wait: (ms: number) => (nowMs += ms),
    alarms: async () => (await counter.get()).values.find(({ labels }) => labels.platform === 'a')?.value,
    lines: () => readFileSync(file, 'utf8').split('\n').filter(Boolean),
  }
}

test('each alarm counts, and of one platform a line is written once in ten minutes', async () => {
  const { watch, probe, wait, alarms, lines } = open()
  expect(watch.suspectedMs('a')).toBeUndefined()
  await probe('a')
  await probe('a')
  expect(await alarms()).toBe(2)
  expect(lines()).toHaveLength(1)
  wait(600_000)
  await probe('a')
  expect(await alarms()).toBe(3)
  expect(lines()).toHaveLength(2)
  expect(watch.suspectedMs('a')).toBe(1_600_000)
})

test('neither the line nor the figure says which hash or account it was', async () => {
  const { probe, lines } = open()
  await probe('a')
  const [line] = lines()
  expect(line).toContain('probing')
  expect(line).toContain('"platform":"a"')
  expect(line).not.toMatch(/[0-9a-f]{16}|account-7/)
})

test('platforms are watched apart: copies of one picture by two of them do not count together', async () => {
  const { watch, alarms } = open()
  const centre = randomValue(random)
  for (let n = 0; n < 60; n++)
    await watch.look(n % 2 === 0 ? 'a' : 'b', [
      { probe: { actor: 'account-7', pictures: [flipped(centre, 16, random)] } },
    ])
  expect(await alarms()).toBe(0)
})

test('hundreds of platforms that report in turn hide none of those who probe at one of them', async () => {
  const { watch, probe, alarms } = open()
  const others = Array.from({ length: 300 }, (_, n) => `platform-${n}`)
  await probe('a', async () => {
    for (const other of others)
      await watch.look(other, [{ probe: { actor: 'account-7', pictures: [randomValue(random)] } }])
  })
  expect(await alarms()).toBe(1)
  expect(watch.suspectedMs('a')).toBeDefined()
  for (const other of others) expect(watch.suspectedMs(other)).toBeUndefined()
})

test('when a look fails a line says so, once in ten minutes, and the caller goes on', async () => {
  const { watch, wait, lines } = open()
  // No report has such a picture: it stands for a fault of ours.
  const unreadable = [{ probe: { actor: 'account-7', pictures: [undefined as unknown as string] } }]
  await watch.look('a', unreadable)
  await watch.look('a', unreadable)
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toContain('look for somebody who probes failed')
  wait(600_000)
  await watch.look('a', unreadable)
  expect(lines()).toHaveLength(2)
})

test('reports that come faster than they are looked at are left out, a line says so, and later ones are looked at', async () => {
  const { watch, probe, alarms, lines } = open()
  const pictures = Array.from({ length: 16 }, () => randomValue(random))
  const many = Array.from({ length: 1_000 }, () => ({ probe: { actor: 'account-7', pictures } }))
  const looks = Array.from({ length: 40 }, () => watch.look('busy', many))
  await Promise.all(looks)
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toContain('some are not looked at')
  await probe('a')
  expect(await alarms()).toBe(1)
})
