import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Health } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { serveTelemetry } from '../../src/telemetry/server.ts'
import { ThreadTotals, type MeasuredThread } from '../../src/telemetry/thread-totals.ts'

/** A thread with real metrics, which answers when the test lets it. */
class TestThread implements MeasuredThread {
  readonly counts = createMetrics({ ofProcess: false })
  isLate = false

  /** One of everything that accumulates, and a gauge. */
  work(): void {
    this.counts.reports.inc()
    this.counts.hits.inc({ grade: 'exact' })
    this.counts.stageSeconds.observe({ stage: 'search' }, 0.002)
    this.counts.canaryAge.set({ labels: { topic: 'reports', partition: 1 }, clock: () => 7_000, sinceMs: 0 })
  }

  /** A copy, as a message between threads is one. */
  async metrics(): ReturnType<MeasuredThread['metrics']> {
    if (this.isLate) return Promise.withResolvers<never>().promise
    return structuredClone(await this.counts.registry.getMetricsAsJSON())
  }
}

async function served() {
  let nowMs = 0
  const metrics = createMetrics({ ofProcess: false })
  const totals = new ThreadTotals({
    answerAge: metrics.threadAnswerAge,
    clock: () => nowMs,
    answerWithinMs: 20,
  })
  const server = await serveTelemetry(metrics, new Health(), { host: '127.0.0.1', port: 0 }, () =>
    totals.ask(),
  )
  onTestFinished(() => server.close())
  const scrape = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line.startsWith('hashwarden_'))
    return new Map(
      lines.map((line): [string, number] => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]),
    )
  }
  const start = (number: number): TestThread => {
    const thread = new TestThread()
    totals.begun(number, thread)
    return thread
  }
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { totals, scrape, start, pass }
}

const REPORTS = 'hashwarden_reports_total'
const CANARY_AGE = 'hashwarden_canary_age_seconds{topic="reports",partition="1"}'

test('a thread that is late for a scrape counts with what it answered last', async () => {
  const { scrape, start } = await served()
  const [late, other] = [start(1), start(2)]
  for (const thread of [late, late, other]) thread.work()
  expect((await scrape()).get(REPORTS)).toBe(3)
  late.isLate = true
  late.work()
  other.work()
  expect((await scrape()).get(REPORTS)).toBe(4)
  late.isLate = false
  expect((await scrape()).get(REPORTS)).toBe(5)
})

test('what a thread had counted stays when it has died, its gauges go, and its successor counts on', async () => {
  const { totals, scrape, start } = await served()
  const first = start(1)
  first.work()
  first.work()
  const before = await scrape()
  expect(before.get(CANARY_AGE)).toBe(7)
  totals.ended(first)
  const between = await scrape()
  for (const series of [
    REPORTS,
    'hashwarden_hits_total{grade="exact"}',
    'hashwarden_stage_seconds_bucket{le="0.0025",stage="search"}',
    'hashwarden_stage_seconds_sum{stage="search"}',
  ]) {
    expect(before.get(series), series).toBeGreaterThan(0)
    expect(between.get(series), series).toBe(before.get(series))
  }
  expect(between.has(CANARY_AGE)).toBe(false)
  start(1).work()
  expect((await scrape()).get(REPORTS)).toBe(3)
})

test('a thread that does not answer any more shows by the age of its last answer, and its old gauges go', async () => {
  const { scrape, start, pass } = await served()
  const thread = start(1)
  thread.work()
  await scrape()
  thread.isLate = true
  pass(10_000)
  expect((await scrape()).get(CANARY_AGE)).toBe(7)
  pass(10_000)
  const page = await scrape()
  expect(page.has(CANARY_AGE)).toBe(false)
  expect(page.get(REPORTS)).toBe(1)
  expect(page.get('hashwarden_thread_answer_age_seconds{thread="1"}')).toBe(20)
})

test('no counter ever falls, whatever happens to threads, and all is counted once they answer', async () => {
  const event = fc.record({
    what: fc.constantFrom('work', 'late', 'in time', 'die', 'scrape'),
    thread: fc.integer({ min: 0, max: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
      const totals = new ThreadTotals({ answerWithinMs: 1 })
      const threads = [1, 2, 3].map(() => new TestThread())
      for (const [index, thread] of threads.entries()) totals.begun(index + 1, thread)
      let seen = new Map<string, number>()
      let counted = 0
      const scrape = async (): Promise<void> => {
        const sums = new Map<string, number>()
        for (const { name, type, values } of (await totals.ask()).flat())
          for (const { value, labels, metricName } of type === 'gauge' ? [] : values) {
            const series = JSON.stringify([metricName ?? name, labels])
            sums.set(series, (sums.get(series) ?? 0) + value)
          }
        for (const [series, value] of seen) expect(sums.get(series), series).toBeGreaterThanOrEqual(value)
        seen = sums
      }
      for (const { what, thread: index } of events) {
        const thread = threads[index]
        if (what === 'work') {
          thread.work()
          counted++
        } else if (what === 'scrape') await scrape()
        else if (what === 'die') {
          thread.isLate = false
          await scrape()
          totals.ended(thread)
          threads[index] = new TestThread()
          totals.begun(index + 1, threads[index])
        } else thread.isLate = what === 'late'
      }
      for (const thread of threads) thread.isLate = false
      await scrape()
      expect(seen.get(JSON.stringify(['hashwarden_reports_total', {}])) ?? 0).toBe(counted)
    }),
    { numRuns: 50 },
  )
})
