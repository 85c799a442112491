// The whole matcher against bare kafkajs that parses and throws away, on the same records in the same run; and how
// soon an added known hash matches.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { createTelemetry, startMatchService, watchKafka } from '../../src/cli/match-service.ts'
import { makeReport, submitReports } from '../../src/cli/report.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { writeResult } from '../machine.ts'
import { benchEntry, publishKnown, publishReports, setUpWorkbench, type Workbench } from './workbench.ts'

const PARTITIONS = 2
const SEED = 1
const CASES = [
  { known: 2_000, reports: 100_000 },
  { known: 100_000, reports: 100_000 },
  { known: 1_000_000, reports: 100_000 },
] as const
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

async function runningMatcher({ log, settings }: Workbench, group: string) {
  const telemetry = createTelemetry(createLogger('warn'))
  const service = await startMatchService({
    log,
    settings: { ...settings, match: { ...settings.match, group } },
    policy: loadPolicy(),
    ...telemetry,
    listener: watchKafka(telemetry),
    signal: new AbortController().signal,
    onSetLost: () => {},
  })
  if (!service) throw new Error('The matcher did not start')
  return { service, metrics: telemetry.metrics }
}

/** Reports a second of the matcher, from its first commit to its last, and how many hits it published. */
async function wholeMatcher(bench: Workbench, reports: number): Promise<{ perSecond: number; hits: number }> {
  const { service, metrics } = await runningMatcher(bench, `matcher-${Date.now()}`)
  const matched = async (): Promise<number> => (await metrics.reports.get()).values[0]?.value ?? 0
  while ((await matched()) === 0) await sleep(2)
  const firstMs = performance.now()
  const first = await matched()
  while ((await matched()) < reports) await sleep(2)
  const seconds = (performance.now() - firstMs) / 1000
  const hits = (await metrics.hits.get()).values.reduce((sum, { value }) => sum + value, 0)
  await service.stop()
  return { perSecond: (reports - first) / seconds, hits }
}

/** Milliseconds from a known hash acknowledged to the first report of it that makes a hit, asked without pause. */
async function visibility(bench: Workbench): Promise<{ p50: number; greatest: number }> {
  const { log, settings } = bench
  const { service, metrics } = await runningMatcher(bench, `visibility-${Date.now()}`)
  const hitCount = async (): Promise<number> =>
    (await metrics.hits.get()).values.reduce((sum, { value }) => sum + value, 0)
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
  const { perSecond, hits } = await wholeMatcher(bench, reports)
  const row = {
    knownHashes: known,
    reports,
    hits,
    passThroughPerSecond: Math.round(bare),
    matcherPerSecond: Math.round(perSecond),
    ratio: Number((bare / perSecond).toFixed(1)),
  }
  console.log(row)
  results.push(row)
  if (known !== CASES[0].known) continue
  const addedKnownHashMatchesAfterMs = await visibility(bench)
  console.log({ addedKnownHashMatchesAfterMs })
  results.push({ addedKnownHashMatchesAfterMs })
}
writeResult('pipeline', {
  what: 'Reports of one PDQ hash each, 1 % hits, 8 orientations, 2 partitions, one process beside its broker',
  results,
})
