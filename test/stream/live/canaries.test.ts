import { pino } from 'pino'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type MatchService, type Telemetry } from '../../../src/cli/match-service.ts'
import { makeReport } from '../../../src/hashing/make-report.ts'
import { canaryEntry, CANARY_PLATFORM } from '../../../src/contract/canary.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import { decodeReport, type Report } from '../../../src/contract/report.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { AccessRefusedError } from '../../../src/log/log-faults.ts'
import { CanaryWatch } from '../../../src/stream/live/canary-watch.ts'
import type { EventLog, GroupOptions, LogRecord, TopicPartition } from '../../../src/log/event-log.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { knownHash } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { startedMatcher } from '../started-matcher.ts'

const defaults = loadSettings(undefined, {})
const settings = {
  ...defaults,
  match: { ...defaults.match, canarySeconds: 1, retro: { ...defaults.match.retro, share: 0 } },
}
const { topics, match } = settings
const policy = loadPolicy()
/** As many as there are types that make hits, so that each has its canary on the way at any time. */
const PARTITIONS = 4

const ended: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

const partitionOf = (partition: number): TopicPartition => ({ topic: topics.reports, partition })

async function topicsInMemory(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(topics, PARTITIONS), topics, 1)
  return log
}

async function startMatcher(log: EventLog): Promise<Telemetry & { readonly service: MatchService }> {
  const matcher = await startedMatcher(log, settings, policy)
  ended.push(async () => {
    await matcher.service.stop()
    await log.close()
  })
  return matcher
}

const list = (log: EventLog, ...entries: readonly KnownHash[]): Promise<void> =>
  log.produce(
    topics.knownHashes,
    entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
  )

const submit = (log: EventLog, report: Report, traceparent?: string): Promise<void> =>
  log.produce(topics.reports, [
    {
      key: report.reportId,
      value: JSON.stringify(report),
      headers: traceparent === undefined ? {} : { traceparent: Buffer.from(traceparent) },
    },
  ])

async function recordsOf(log: EventLog, topic: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  await readToEnd(log, topic, (record) => records.push(record))
  return records
}

/** The values of a metric by its labels, as JSON. */
async function values(metric: {
  get(): Promise<{ readonly values: readonly { readonly labels: object; readonly value: number }[] }>
}): Promise<ReadonlyMap<string, number>> {
  const { values: all } = await metric.get()
  return new Map(all.map(({ labels, value }) => [JSON.stringify(labels), value]))
}

/** How many series of a metric are above 0. */
const seriesAboveZero = async (metric: Parameters<typeof values>[0]): Promise<number> =>
  (await values(metric))
    .values()
    .filter((value) => value > 0)
    .toArray().length

const known = knownHash('pdq', randomBalancedHash(seededRandom(8)))
const pdqReport = (reportId: string): Report =>
  makeReport('test-platform', [{ type: 'pdq', value: known.value, quality: 100 }], reportId)

describe('a matcher', () => {
  test('finds its canaries in every partition and commits idle ones; no hit, no count, no dead letter', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    await list(log, known)
    const { metrics, health } = await startMatcher(log)
    await eventually(async () => (await seriesAboveZero(metrics.canariesFound)) === 5)
    await submit(log, pdqReport('real'))
    await eventually(async () => (await recordsOf(log, topics.hits)).length > 0)
    await eventually(
      async () =>
        new Set((await log.committed(match.group, topics.reports)).map(({ partition }) => partition)).size ===
        PARTITIONS,
    )
    await eventually(async () => health.isReady)
    expect(await seriesAboveZero(metrics.canariesMissed)).toBe(0)
    expect((await recordsOf(log, topics.hits)).length).toBe(1)
    expect(await recordsOf(log, topics.deadLetters)).toEqual([])
    expect(await values(metrics.reports)).toEqual(new Map([['{}', 1]]))
    expect(await values(metrics.knownEntries)).toEqual(new Map([['{}', 1]]))
    expect((await values(metrics.knownValues)).get('{"type":"pdq"}')).toBe(1)
    const ages = await metrics.registry.getSingleMetric('hashwarden_canary_age_seconds')?.get()
    expect(ages?.values.map(({ labels }) => labels['partition'])).toEqual([0, 1, 2, 3])
  })

  test('whose set loses a canary is not ready and says why, and is well again once it is back', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    await list(log, known)
    const { metrics, health } = await startMatcher(log)
    await eventually(async () => health.isReady)
    await log.produce(topics.knownHashes, [{ key: knownHashKey(canaryEntry('md5')), value: null }])
    await eventually(async () => Object.keys(health.waitingFor).length === 2)
    expect(health.waitingFor['canary-entries']).toBe('known-hashes has no canary of md5: run topics apply')
    expect(health.waitingFor['canaries']).toMatch(/^reports\/\d: the canary of md5 was read and not found/)
    expect((await values(metrics.knownCanary)).get('{"type":"md5"}')).toBe(0)
    // It goes on matching: what it still finds, it must tell.
    await submit(log, pdqReport('meanwhile'))
    await eventually(async () => (await recordsOf(log, topics.hits)).length === 1)
    await publishCanaries(log, topics.knownHashes)
    await eventually(async () => health.isReady)
    expect((await values(metrics.knownCanary)).get('{"type":"md5"}')).toBe(1)
  })

  test('that can no longer read reports is not ready, though it goes on committing', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    await list(log, known)
    const garbled = new Proxy(log, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (property !== 'consume') return typeof member === 'function' ? member.bind(target) : member
        return (options: GroupOptions) =>
          target.consume({
            ...options,
            onBatch: (batch) =>
              options.onBatch({
                ...batch,
                records: batch.records.map((record) => ({
                  ...record,
                  value: record.value?.subarray(1) ?? null,
                })),
              }),
          })
      },
    })
    const { health, metrics } = await startMatcher(garbled)
    await eventually(async () => 'canaries' in health.waitingFor)
    expect(health.waitingFor['canaries']).toMatch(/was read and not found/)
    expect(await seriesAboveZero(metrics.canariesFound)).toBe(0)
  })

  test('takes a set of canaries alone for an empty one', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    const { health } = await startMatcher(log)
    await eventually(async () => health.waitingFor['known-set'] === '0 entries, fewer than minEntries 1')
    await list(log, known)
    await eventually(async () => health.isReady)
  })

  test('does not let a known hash hide under the name of the canaries', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    await list(log, known)
    const { metrics } = await startMatcher(log)
    await submit(log, { ...pdqReport('hidden'), platform: CANARY_PLATFORM })
    await eventually(async () => (await recordsOf(log, topics.hits)).length === 1)
    // It is counted once its hit is acknowledged.
    await eventually(async () => (await values(metrics.reports)).get('{}') === 1)
  })

  test("carries a report's traceparent over to its hit, if it is one", async () => {
    const log = await topicsInMemory()
    await list(log, known)
    await startMatcher(log)
    const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await submit(log, pdqReport('traced'), good)
    await submit(log, pdqReport('untraced'))
    await submit(log, pdqReport('garbled'), `${good.slice(0, -2)}0g`)
    await submit(log, pdqReport('chatty'), `${good}-secret`)
    await submit(log, pdqReport('zeros'), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`)
    await eventually(async () => (await recordsOf(log, topics.hits)).length === 5)
    const traced = (await recordsOf(log, topics.hits)).flatMap(({ headers, value }) =>
      Object.entries(headers).map(([name, text]) => [name, text.toString(), value?.includes('"traced"')]),
    )
    expect(traced).toEqual([['traceparent', good, true]])
  })

  test('tells its lag in seconds and drops what others have taken over', async () => {
    const log = await topicsInMemory()
    await publishCanaries(log, topics.knownHashes)
    await list(log, known)
    const first = await startMatcher(log)
    const partitionsOf = async (metric: string): Promise<readonly unknown[]> => {
      const { values: all = [] } = (await first.metrics.registry.getSingleMetric(metric)?.get()) ?? {}
      return all.map(({ labels }) => labels['partition'])
    }
    await eventually(async () => (await partitionsOf('hashwarden_lag_seconds')).length === PARTITIONS)
    const joins = async (): Promise<number | undefined> => (await values(first.metrics.groupJoins)).get('{}')
    const before = (await joins()) ?? 0
    expect(before).toBeGreaterThan(0)
    await startMatcher(log)
    await eventually(async () => ((await joins()) ?? 0) > before)
    for (const metric of ['lag_seconds', 'lag_records', 'canary_age_seconds'])
      await eventually(async () => (await partitionsOf(`hashwarden_${metric}`)).length === PARTITIONS / 2)
  })
})

test('a matcher that may not write canaries says so, though its partitions go on', async () => {
  const log = await topicsInMemory()
  let nowMs = 0
  const health = new Health()
  const lines: string[] = []
  const refusing = new Proxy(log, {
    get: (target, property) =>
      property === 'produceTo'
        ? () => Promise.reject(new AccessRefusedError('Kafka at host.internal refuses someone'))
        : Reflect.get(target, property, target),
  })
  const watch = new CanaryWatch({
    log: refusing,
    policy,
    everyMs: 10,
    metrics: createMetrics(),
    health,
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    clock: () => nowMs,
  })
  ended.push(async () => watch.stop())
  watch.assign([partitionOf(1)])
  nowMs = 31
  await eventually(async () => {
    watch.committed(partitionOf(1), 5)
    return !health.isReady
  })
  expect(health.waitingFor['canaries']).toBe(
    'reports/1: no canary could be sent (AccessRefusedError (KAFKA_REFUSED))',
  )
  expect(lines.join('')).toContain('no canary could be sent (Kafka at host.internal refuses someone)')
})

test('a partition on which nothing moves is told of after three intervals, and no more once it moves', async () => {
  const log = await topicsInMemory()
  let nowMs = 0
  const health = new Health()
  const metrics = createMetrics()
  const watch = new CanaryWatch({
    log,
    policy,
    everyMs: 10,
    metrics,
    health,
    logger: createLogger('silent'),
    clock: () => nowMs,
  })
  ended.push(async () => watch.stop())
  watch.assign([partitionOf(0), partitionOf(2)])
  await eventually(async () => (await recordsOf(log, topics.reports)).length === 6)
  expect(health.isReady).toBe(true)
  nowMs = 31
  await eventually(async () => !health.isReady)
  expect(health.waitingFor['canaries']).toBe(
    'reports/0: no canary found and nothing committed for more than 0 s; reports/2: no canary found and nothing committed for more than 0 s',
  )
  // Progress before the canaries' turn: they wait behind others.
  watch.committed(partitionOf(0), 0)
  expect(health.waitingFor['canaries']).toMatch(/^reports\/2: [^;]*$/)
  watch.assign([partitionOf(0)])
  expect(health.isReady).toBe(true)
  // Nobody has taken them out: not more of them than three are on their way.
  expect((await recordsOf(log, topics.reports)).length).toBeLessThanOrEqual(9)
})

test('a canary that was matched counts as found only once its offset is committed', async () => {
  const log = await topicsInMemory()
  const metrics = createMetrics()
  const watch = new CanaryWatch({
    log,
    policy,
    everyMs: 60_000,
    metrics,
    health: new Health(),
    logger: createLogger('silent'),
    clock: () => 0,
  })
  ended.push(async () => watch.stop())
  const at = partitionOf(0)
  watch.assign([at])
  await eventually(async () => (await recordsOf(log, topics.reports)).length === 1)
  const [{ offset, value }] = await recordsOf(log, topics.reports)
  const report = decodeReport(value)
  if (!('hashes' in report)) throw new Error('A canary report is no report')
  const types = report.hashes.map(({ type }) => type)
  const counted = async (): Promise<number> =>
    [...(await values(metrics.canariesFound)).values()].reduce((sum, count) => sum + count, 0)
  watch.sighted(at, offset, report, types)
  watch.committed(at, offset)
  expect(await counted()).toBe(0)
  watch.committed(at, offset + 1)
  expect(await counted()).toBe(types.length)
})

/** Lets the interval of a watch pass. */
const tick = (): void => void vi.advanceTimersByTime(10_000)

test('a canary that is due counts when it is due, and its time once it is found and committed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const log = await topicsInMemory()
  const metrics = createMetrics()
  let nowMs = 0
  const watch = new CanaryWatch({
    log,
    policy,
    everyMs: 10_000,
    metrics,
    health: new Health(),
    logger: createLogger('silent'),
    clock: () => nowMs,
  })
  ended.push(async () => watch.stop())
  const at = partitionOf(0)
  const seen = async (): Promise<readonly LogRecord[]> => recordsOf(log, topics.reports)
  const find = ({ offset, value }: LogRecord): void => {
    const report = decodeReport(value)
    if (!('hashes' in report)) throw new Error('A canary report is no report')
    watch.sighted(
      at,
      offset,
      report,
      report.hashes.map(({ type }) => type),
    )
    watch.committed(at, offset + 1)
  }
  const counted = async (): Promise<readonly unknown[]> => {
    const text = await metrics.registry.metrics()
    return ['canaries_due_total', 'canary_seconds_count', 'canary_seconds_bucket{le="1"}'].map((name) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`hashwarden_${name} `))
          ?.split(' ')[1],
      ),
    )
  }
  watch.assign([at])
  await eventually(async () => (await seen()).length === 1)
  find((await seen())[0])
  // That one came with the assignment: it says nothing of the time between rebalances.
  expect(await counted()).toEqual([0, 0, 0])
  tick()
  await eventually(async () => (await seen()).length === 2)
  nowMs += 2_000
  find((await seen())[1])
  expect(await counted()).toEqual([1, 1, 0])
  tick()
  await eventually(async () => (await seen()).length === 3)
  nowMs += 900
  find((await seen())[2])
  expect(await counted()).toEqual([2, 2, 1])
  // Nothing is found any more: after three on their way none is sent, and each still was due.
  for (let round = 0; round < 5; round++) tick()
  await eventually(async () => (await seen()).length === 6)
  expect(await counted()).toEqual([7, 2, 1])
})
