// How much each platform may send, and how gateways share that.
import { onTestFinished, expect, test } from 'vitest'
import { GatewayRefusal } from '../../../src/gateway/gateway-problem.ts'
import { LiveGateways } from '../../../src/gateway/quotas/live-gateways.ts'
import { PlatformQuotas } from '../../../src/gateway/quotas/platform-quotas.ts'
import { encodeStatus, type Status } from '../../../src/contract/status.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { StatusPublisher } from '../../../src/stream/status/status-publisher.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { aStatus } from '../../fixtures/statuses.ts'

const STATUS = 'status'
const EVERY_MS = 2_000
const logger = createLogger('silent')
const settings = {
  default: { reportsPerSecond: 100, burst: 1_000 },
  platforms: [{ platform: 'small', reportsPerSecond: 1, burst: 10 }],
  assumedGateways: 4,
}

function openQuotas(gateways: () => number | undefined = () => 1) {
  let nowMs = 0
  const quotas = new PlatformQuotas({ settings, gateways, clock: () => nowMs })
  return {
    quotas,
    wait: (ms: number) => (nowMs += ms),
    /** Seconds to wait, or 0 if they were taken. */
    take: (platform: string, reports: number): number => {
      try {
        quotas.admit(platform).take(reports)
        return 0
      } catch (error) {
        if (!(error instanceof GatewayRefusal)) throw error
        expect(error.code).toBe('too-many-requests')
        return error.refusal.retrySeconds ?? Number.NaN
      }
    },
  }
}

test('each platform has its own quota, and one does not use up that of another', () => {
  const { quotas, take } = openQuotas()
  expect(take('a', 1_000)).toBe(0)
  expect(take('a', 1)).toBe(1)
  expect(() => quotas.admit('a')).toThrow(GatewayRefusal)
  expect(take('b', 1_000)).toBe(0)
  expect(take('small', 10)).toBe(0)
  expect(take('small', 5)).toBe(1)
})

test('a request is refused as a whole, and passes after the seconds that it was asked to wait', () => {
  const { take, wait } = openQuotas()
  expect(take('a', 900)).toBe(0)
  // One report more than are missing: a request that is refused counts, too.
  expect(take('a', 500)).toBe(5)
  wait(4_010)
  expect(take('a', 500)).toBe(0)
})

test('a request that is refused counts as one report, and one that nothing came of counts as none', () => {
  const { quotas } = openQuotas()
  for (let n = 0; n < 10; n++) quotas.admit('small')
  expect(() => quotas.admit('small')).toThrow(GatewayRefusal)
  const charge = quotas.admit('a')
  charge.take(1_000)
  expect(() => quotas.admit('a')).toThrow(GatewayRefusal)
  charge.giveBack()
  quotas.admit('a').take(1_000)
})

test('a gateway lets its share pass; one that does not know how many there are assumes the number of the settings, or what it last knew if that is more', () => {
  let gateways: number | undefined
  const { take, wait } = openQuotas(() => gateways)
  expect(take('a', 250)).toBe(0)
  expect(take('a', 25)).toBe(1)
  gateways = 1
  expect(take('a', 1)).toBe(1)
  wait(100_000)
  expect(take('a', 1_000)).toBe(0)
  gateways = 10
  wait(100_000)
  expect(take('a', 100)).toBe(0)
  gateways = undefined
  wait(5_000)
  expect(take('a', 51)).toBe(1)
  expect(take('a', 49)).toBe(0)
})

test('platforms that send nothing any more take no memory, and none gets more by being forgotten', () => {
  const { take } = openQuotas()
  expect(take('busy', 1_000)).toBe(0)
  for (let n = 0; n < 10_000; n++) take(`platform-${n}`, 1)
  expect(take('busy', 1)).toBe(1)
})

/** Gateways that hear of each other, and whose time a test moves. */
function openFleet() {
  let nowMs = 0
  let number = 0
  const opened: LiveGateways[] = []
  const openOne = (pid: number) => {
    const gateways = new LiveGateways({
      log: new MemoryLog(),
      topic: STATUS,
      self: aStatus({ pid }).process,
      logger,
      clock: () => nowMs,
    })
    opened.push(gateways)
    return new PlatformQuotas({ settings, gateways: () => gateways.count(), clock: () => nowMs })
  }
  const say = (differing: Partial<Status>): void => {
    const status = aStatus({ role: 'gateway', number: number++, everyMs: EVERY_MS, ...differing })
    for (const each of opened) each.hear(Buffer.from(encodeStatus(status)))
  }
  return {
    openOne,
    say,
    /** These processes say that they live, for some time. */
    live: (seconds: number, ...pids: readonly number[]) => {
      for (const untilMs = nowMs + seconds * 1_000; nowMs < untilMs; nowMs += EVERY_MS)
        for (const pid of pids) say({ pid })
    },
  }
}

/** How many reports pass, sent one by one. */
function passing(quotas: PlatformQuotas): number {
  for (let taken = 0; ; taken++)
    try {
      quotas.admit('a')
    } catch {
      return taken
    }
}

test('two gateways come to let half of each quota pass, and when one dies the other takes over its half', () => {
  const { openOne, live } = openFleet()
  const [one, two] = [openOne(1), openOne(2)]
  live(60, 1, 2)
  expect(passing(one)).toBe(500)
  expect(passing(two)).toBe(500)
  live(2, 1, 2)
  expect(passing(one)).toBe(100)
  expect(passing(two)).toBe(100)
  live(60, 1)
  passing(one)
  live(2, 1)
  expect(passing(one)).toBe(200)
  live(60, 1)
  expect(passing(one)).toBe(1_000)
})

test('a gateway that ends in good order leaves its share at once', () => {
  const { openOne, live, say } = openFleet()
  const one = openOne(1)
  live(60, 1, 2)
  expect(passing(one)).toBe(500)
  say({ pid: 2, state: 'stopping' })
  passing(one)
  live(2, 1)
  expect(passing(one)).toBe(200)
})

test('a gateway that does not hear of itself does not know how many there are; other roles do not count', () => {
  const { openOne, live, say } = openFleet()
  const one = openOne(1)
  live(60, 2)
  expect(passing(one)).toBe(250)
  live(60, 1, 2)
  passing(one)
  live(2, 1, 2)
  expect(passing(one)).toBe(100)
  say({ pid: 3, role: 'match' })
  live(2, 1, 2)
  expect(passing(one)).toBe(100)
  live(60, 2)
  passing(one)
  live(2, 2)
  expect(passing(one)).toBe(50)
})

test('gateways count each other by the topic of statuses', async () => {
  const log = new MemoryLog()
  await log.createTopic({ topic: STATUS, partitions: 1, config: {} })
  const openCounted = () => {
    const status = new StatusPublisher({
      writer: log.openLossy(),
      topic: STATUS,
      role: 'gateway',
      version: '0.0.0',
      health: new Health(),
      logger,
      ofRole: async () => ({}),
      everyMs: 20,
    })
    const gateways = new LiveGateways({ log, topic: STATUS, self: status.process, logger })
    gateways.start()
    status.start()
    onTestFinished(async () => {
      await status.stop()
      await gateways.stop()
    })
    return { gateways, status }
  }
  const [one, two] = [openCounted(), openCounted()]
  expect(one.gateways.count()).toBeUndefined()
  await eventually(async () => one.gateways.count() === 2 && two.gateways.count() === 2, 30_000, 5)
  await two.status.stop()
  await eventually(async () => one.gateways.count() === 1, 30_000, 5)
})
