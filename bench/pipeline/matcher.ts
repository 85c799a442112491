// The whole matcher against bare kafkajs that parses and throws away, and against matching without Kafka, on the same
// records in the same run, in one thread and in several; and how soon an added known hash matches.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { AggregatorRegistry } from 'prom-client'
import { createTelemetry, startMatchService, watchKafka } from '../../src/cli/match-service.ts'
import { makeReport, submitReports } from '../../src/cli/report.ts'
import { encodeHit } from '../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { readToEnd } from '../../src/stream/read-to-end.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { writeResult } from '../machine.ts'
import { benchEntry, publishKnown, publishReports, setUpWorkbench, type Workbench } from './workbench.ts'

const PARTITIONS = 2
const SEED = 1
const CASES = [
  { known: 2_000, reports: 200_000 },
  { known: 100_000, reports: 200_000 },
  { known: 1_000_000, reports: 200_000 },
] as const
/** Matcher threads; 0: no thread but the main one. */
const THREADS = [0, 1, 2] as const
/** Reports matched at once where there is no Kafka. */
const SLICE = 1_000
const VISIBILITY_SAMPLES = 20

/** Reports a second of a consumer that only parses, from its first batch to its last. */
async function passThrough({ settings }: Workbench, reports: number): Promise<number> {
  const kafka = new kafkajs.Kafka({ brokers: settings.kafka.brokers, logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({
    groupId: `pass-through-${Date.now()}`,
    maxBytesPerPartition: 1024 * 1024,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: settings.topics.reports, fromBeginning: true })
  const done = Promise.withResolvers<void>()
  let parsed = 0
  let firstMs = 0
  await consumer.run({
    eachBatch: async ({ batch }) => {
      firstMs ||= performance.now()
      for (const { value } of batch.messages) {
        JSON.parse(value?.toString('utf8') ?? 'null')
        parsed++
      }
      if (parsed >= reports) done.resolve()
    },
  })
  await done.promise
  const seconds = (performance.now() - firstMs) / 1000
  await consumer.disconnect()
  return parsed / seconds
}

async function runningMatcher({ log, settings }: Workbench, group: string, threads: number) {
  const telemetry = createTelemetry(createLogger('warn'))
  const service = await startMatchService({
    log,
    settings: { ...settings, match: { ...settings.match, group } },
    policy: loadPolicy(),
    ...telemetry,
    listener: watchKafka(telemetry),
    threads,
    signal: new AbortController().signal,
    onSetLost: () => {},
  })
  if (!service) throw new Error('The matcher did not start')
  /** The sum of a counter over all threads. */
  const count = async (name: string): Promise<number> => {
    const own = await telemetry.metrics.registry.getMetricsAsJSON()
    const all = AggregatorRegistry.aggregate([own, ...(await service.threadMetrics())])
    const metric = await all.getSingleMetric(name)?.get()
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
  }
  return {
    service,
    reports: () => count('hashwarden_reports_total'),
    hits: () => count('hashwarden_hits_total'),
  }
}

/** Reports a second of the matcher, from its first commit to its last, and how many hits it published. */
async function wholeMatcher(
  bench: Workbench,
  reports: number,
  threads: number,
): Promise<{ perSecond: number; hits: number }> {
  const matcher = await runningMatcher(bench, `matcher-${Date.now()}`, threads)
  const pauseMs = 5
  while ((await matcher.reports()) === 0) await sleep(pauseMs)
  const firstMs = performance.now()
  const first = await matcher.reports()
  while ((await matcher.reports()) < reports) await sleep(pauseMs)
  const seconds = (performance.now() - firstMs) / 1000
  const hits = await matcher.hits()
  await matcher.service.stop()
  return { perSecond: (reports - first) / seconds, hits }
}

/** Reports a second of matching alone: a parsed report in, a hit's bytes out. */
async function inProcess(values: readonly HashValue[], reports: readonly ReceivedReport[]): Promise<number> {
  const set = new PackedKnownSet()
  for (const [offset, value] of values.entries()) {
    const entry = benchEntry(value)
    set.apply({ identity: entry, key: knownHashKey(entry), entry }, offset)
  }
  await set.settle()
  const matcher = new Matcher(set, loadPolicy())
  const startedMs = performance.now()
  for (let at = 0; at < reports.length; at += SLICE) {
    for (const hit of matcher.match(reports.slice(at, at + SLICE))) if (hit) encodeHit(hit)
  }
  const seconds = (performance.now() - startedMs) / 1000
  await set.close()
  return reports.length / seconds
}

/** The reports as they lie in the topic, parsed. */
async function readReports({ log, settings }: Workbench): Promise<ReceivedReport[]> {
  const reports: ReceivedReport[] = []
  await readToEnd(log, settings.topics.reports, ({ value, timestampMs }) => {
    const report = decodeReport(value)
    if (!(report instanceof Rejection)) reports.push({ report, receivedAtMs: timestampMs })
  })
  return reports
}

/** Milliseconds from a known hash acknowledged to the first report of it that makes a hit, asked without pause. */
async function visibility(bench: Workbench): Promise<{ p50: number; greatest: number }> {
  const { log, settings } = bench
  const { service, hits: hitCount } = await runningMatcher(bench, `visibility-${Date.now()}`, 2)
  const random = seededRandom(SEED + 1)
  const samples: number[] = []
  while (samples.length < VISIBILITY_SAMPLES) {
    const entry = benchEntry(randomBalancedHash(random))
    const before = await hitCount()
    await log.produce(settings.topics.knownHashes, [
      { key: knownHashKey(entry), value: encodeKnownHash(entry) },
    ])
    const addedMs = performance.now()
    while ((await hitCount()) === before) {
      await submitReports(log, settings.topics.reports, [
        makeReport('bench', [{ type: 'pdq', value: entry.value }]),
      ])
      await sleep(2)
    }
    samples.push(performance.now() - addedMs)
    // What was still under way must not count for the next one.
    await sleep(300)
  }
  await service.stop()
  samples.sort((a, b) => a - b)
  return { p50: Math.round(samples[samples.length >> 1]), greatest: Math.round(samples[samples.length - 1]) }
}

const results = []
for (const { known, reports } of CASES) {
  await using bench = await setUpWorkbench(PARTITIONS)
  const random = seededRandom(SEED)
  const values = await publishKnown(bench, known, random)
  await publishReports(bench, reports, values, random)
  const bare = await passThrough(bench, reports)
  const alone = await inProcess(values, await readReports(bench))
  const row = {
    knownHashes: known,
    reports,
    passThroughPerSecond: Math.round(bare),
    inProcessPerSecond: Math.round(alone),
    matcherPerSecond: {} as Record<string, number>,
    /** Time a report of the matcher in one thread against that of its parts: parsing from Kafka, and matching. */
    overParts: 0,
  }
  for (const threads of THREADS) {
    const { perSecond } = await wholeMatcher(bench, reports, threads)
    row.matcherPerSecond[`${threads} threads`] = Math.round(perSecond)
    if (threads === 0) row.overParts = Number((1 / perSecond / (1 / bare + 1 / alone)).toFixed(2))
  }
  console.log(row)
  results.push(row)
  if (known !== CASES[0].known) continue
  const addedKnownHashMatchesAfterMs = await visibility(bench)
  console.log({ addedKnownHashMatchesAfterMs })
  results.push({ addedKnownHashMatchesAfterMs })
}
writeResult('pipeline', {
  what: 'Reports of one PDQ hash each, 1 % hits, 8 orientations, 2 partitions, one process beside its broker on two cores',
  results,
})
