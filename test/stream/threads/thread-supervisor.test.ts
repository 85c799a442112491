import { expect, onTestFinished, test } from 'vitest'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { ThreadSupervisor } from '../../../src/stream/threads/thread-supervisor.ts'
import type { StartThread } from '../../../src/stream/threads/thread-calls.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

test('the counters of matcher threads do not fall when one dies and is started again', async () => {
  const { match, topics, kafka } = loadSettings(undefined, {})
  const policy = loadPolicy()
  const set = new PackedKnownSet({ readers: 4 })
  /** Threads in the order of their start: what each counts, and what ends it. */
  const started: { readonly counts: ReturnType<typeof createMetrics>; readonly end: () => void }[] = []
  const startThread: StartThread = () => {
    const counts = createMetrics({ ofProcess: false })
    const { promise: ended, resolve } = Promise.withResolvers<undefined>()
    started.push({ counts, end: () => resolve(undefined) })
    return {
      metrics: async () => structuredClone(await counts.registry.getMetricsAsJSON()),
      beCautious: () => {},
      stop: async () => resolve(undefined),
      ended,
    }
  }
  const metrics = createMetrics({ ofProcess: false })
  const threads = new ThreadSupervisor({
    threads: 2,
    order: { settings: { ...match, topics, policy }, kafka, logLevel: 'silent' },
    set,
    followed: { position: set.position, isUsable: true, catchUp: async () => {} },
    matcher: new Matcher(set, policy),
    metrics,
    health: new Health(),
    logger: createLogger('silent'),
    startThread,
    onOwned: () => {},
  })
  onTestFinished(async () => {
    await threads.stop()
    await set.close()
  })
  await threads.start()
  const reports = async (): Promise<number> =>
    (await threads.threadMetrics())
      .flat()
      .filter(({ name }) => name === 'hashwarden_reports_total')
      .reduce((sum, { values }) => sum + values[0].value, 0)
  for (const { counts } of started) counts.reports.inc(10)
  expect(await reports()).toBe(20)
  started[0].end()
  await expect.poll(async () => (await metrics.threadDeaths.get()).values[0].value).toBe(1)
  expect(await reports()).toBe(20)
  await expect.poll(() => started.length).toBe(3)
  started[2].counts.reports.inc()
  expect(await reports()).toBe(21)
})
