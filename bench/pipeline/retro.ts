// How fast retained reports are held against changes of known-hashes, unthrottled: by retro-match from Kafka, and
// without Kafka on the same reports' bytes.
import { randomUUID } from 'node:crypto'
import { makeReport } from '../../src/hashing/make-report.ts'
import { submitReports } from '../../src/stream/topics/submit-reports.ts'
import { encodeHit } from '../../src/contract/hit.ts'
import { knownHashKey } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport, type Report } from '../../src/contract/report.ts'
import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { RetroMatcher } from '../../src/matcher/retro-matcher.ts'
import { ChangedValues } from '../../src/matcher/changed-values.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { lookBackOnce } from '../../src/stream/retro/look-back-once.ts'
import { Pace } from '../../src/stream/retro/pace.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { median } from '../median.ts'
import { deploy, type Deployment } from './deployment.ts'
import type { JobOf, Retro } from './jobs.ts'
import { benchEntry } from './known-values.ts'
import type { Site } from './site.ts'
import { HeldRecords } from '../../src/stream/live/held-records.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/log.ts'

/** The interval, in reports, between those of a new known value. */
const TOUCHED_ONE_IN = 1_000
const SLICE = 256
const SUBMITTED_AT_ONCE = 5_000

export async function measureRetro(site: Site, job: JobOf<'retro'>): Promise<Retro> {
  await using deployment = await deploy(site, { known: job.known, live: true })
  const { log, settings } = deployment
  const random = seededRandom(1)
  const values = Array.from({ length: job.newValues }, () => randomBalancedHash(random))
  const reports = Array.from({ length: job.reports }, (_, n) => {
    const value = n % TOUCHED_ONE_IN === 0 ? values[n % values.length] : randomBalancedHash(random)
    return makeReport('bench', [
      { type: 'pdq', value, quality: 100 },
      { type: 'md5', value: unpackHex(packed(randomBalancedHash(random)), 0, 4) },
    ])
  })
  for (let at = 0; at < reports.length; at += SUBMITTED_AT_ONCE)
    await submitReports(log, settings.topics.reports, reports.slice(at, at + SUBMITTED_AT_ONCE))
  const expected = Math.ceil(job.reports / TOUCHED_ONE_IN)
  const set = await setOf(values)
  const fromKafka: number[] = []
  const alone: number[] = []
  for (let round = 0; round < job.rounds; round++) {
    fromKafka.push(await replayed(deployment, set, values, job.reports, expected))
    alone.push(matched(set, values, reports, expected))
  }
  await set.close()
  return {
    reportsPerSecond: Math.round(median(fromKafka)),
    withoutKafkaPerSecond: Math.round(median(alone)),
    hits: expected,
  }
}

async function setOf(values: readonly HashValue[]): Promise<PackedKnownSet> {
  const set = new PackedKnownSet()
  for (const [offset, value] of values.entries()) {
    const entry = benchEntry('pdq', value)
    set.apply({ identity: entry, key: knownHashKey(entry), entry }, offset)
  }
  set.publish()
  await set.settle()
  return set
}

function touchedOf(values: readonly HashValue[]): ChangedValues {
  const touched = new ChangedValues()
  for (const value of values) touched.add({ type: 'pdq', value })
  return touched
}

/** Reports a second of a look back at all of them. */
async function replayed(
  { log, settings: { topics } }: Deployment,
  set: PackedKnownSet,
  values: readonly HashValue[],
  reports: number,
  expected: number,
): Promise<number> {
  const policy = loadPolicy()
  const metrics = createMetrics({ ofProcess: false })
  const startedMs = performance.now()
  await lookBackOnce({
    log,
    topics,
    policy,
    matcher: new Matcher(set, policy),
    pace: new Pace({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
    metrics,
    held: new HeldRecords({
      of: 'looking-back',
      topics: [topics.hits],
      metrics,
      health: new Health(),
      logger: createLogger('warn'),
    }),
    touched: touchedOf(values),
    topicId: randomUUID(),
    to: 1,
    group: `bench-${randomUUID()}`,
    signal: new AbortController().signal,
  })
  const seconds = (performance.now() - startedMs) / 1000
  const { values: counted } = await metrics.retroHits.get()
  checkCount(
    counted.reduce((sum, { value }) => sum + value, 0),
    expected,
  )
  return reports / seconds
}

/** The same without Kafka: bytes in, hits' bytes out. */
function matched(
  set: PackedKnownSet,
  values: readonly HashValue[],
  reports: readonly Report[],
  expected: number,
): number {
  const payloads = reports.map((report) => Buffer.from(JSON.stringify(report)))
  const policy = loadPolicy()
  const startedMs = performance.now()
  const retro = new RetroMatcher(touchedOf(values), policy, new Matcher(set, policy), {
    expectedReports: reports.length,
  })
  let hits = 0
  for (let at = 0; at < payloads.length; at += SLICE) {
    const slice = payloads.slice(at, at + SLICE)
    const received = retro.prefilter(slice).candidates.flatMap((place) => {
      const report = decodeReport(slice[place])
      return report instanceof Rejection ? [] : [{ report, receivedAtMs: 0 }]
    })
    for (const hit of retro.match(received)) {
      if (!hit) continue
      encodeHit(hit)
      hits++
    }
  }
  checkCount(hits, expected)
  return (reports.length * 1000) / (performance.now() - startedMs)
}

function checkCount(hits: number, expected: number): void {
  if (hits !== expected) throw new Error(`Looking back found ${hits} hits where ${expected} must be.`)
}
