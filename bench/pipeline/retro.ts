// How fast retained reports are held against changes of known-hashes, unthrottled: by retro-match from Kafka, and
// without Kafka on the same reports' bytes.
import { randomUUID } from 'node:crypto'
import { makeReport, submitReports } from '../../src/cli/report.ts'
import { encodeHit } from '../../src/contract/hit.ts'
import { knownHashKey } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { RetroMatcher } from '../../src/matcher/retro-matcher.ts'
import { TouchedValues } from '../../src/matcher/touched-values.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { lookBackOnce } from '../../src/stream/retro/look-back-once.ts'
import { Pace } from '../../src/stream/retro/pace.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { writeResult } from '../machine.ts'
import { benchEntry, publishKnown, setUpWorkbench } from './workbench.ts'

const REPORTS = 200_000
/** One report in so many is of a new known value. */
const TOUCHED_ONE_IN = 1_000
const NEW_VALUES = [64, 4_096] as const
const ROUNDS = 3
const SLICE = 256

await using bench = await setUpWorkbench(2)
const { log, settings } = bench
const { topics } = settings
const policy = loadPolicy()
const random = seededRandom(1)
const known = await publishKnown(bench, Math.max(...NEW_VALUES), random)
const reports = Array.from({ length: REPORTS }, (_, n) => {
  const value = n % TOUCHED_ONE_IN === 0 ? known[n % Math.min(...NEW_VALUES)] : randomBalancedHash(random)
  return makeReport('bench', [
    { type: 'pdq', value, quality: 100 },
    { type: 'md5', value: unpackHex(packed(randomBalancedHash(random)), 0, 4) },
  ])
})
await submitReports(log, topics.reports, reports)
const payloads = reports.map((report) => Buffer.from(JSON.stringify(report)))

interface Row {
  readonly newValues: number
  readonly reportsPerSecond: number
  readonly withoutKafkaPerSecond: number
}
const rows: Row[] = []
for (const newValues of NEW_VALUES) {
  const values = known.slice(0, newValues)
  const set = setOf(values)
  await set.settle()
  const fromKafka: number[] = []
  const alone: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    fromKafka.push(await replayed(set, values))
    alone.push(matched(set, values))
  }
  await set.close()
  const row = {
    newValues,
    reportsPerSecond: Math.round(Math.max(...fromKafka)),
    withoutKafkaPerSecond: Math.round(Math.max(...alone)),
  }
  console.log(row)
  rows.push(row)
}
writeResult('retro', {
  what: `Retained reports of a PDQ hash and an MD5 each, held against new known PDQ hashes in all orientations of the policy, in one thread, best of ${ROUNDS}: from Kafka, joining the groups included, and from bytes in memory`,
  reports: REPORTS,
  touchedOneIn: TOUCHED_ONE_IN,
  rows,
})

function setOf(values: readonly HashValue[]): PackedKnownSet {
  const set = new PackedKnownSet('auto')
  for (const [offset, value] of values.entries()) {
    const entry = benchEntry(value)
    set.apply({ identity: entry, key: knownHashKey(entry), entry }, offset)
  }
  set.publish()
  return set
}

function touchedOf(values: readonly HashValue[]): TouchedValues {
  const touched = new TouchedValues()
  for (const value of values) touched.add({ type: 'pdq', value })
  return touched
}

/** Reports a second of a look back at all of them. */
async function replayed(set: PackedKnownSet, values: readonly HashValue[]): Promise<number> {
  const startedMs = performance.now()
  await lookBackOnce({
    log,
    topics,
    policy,
    matcher: new Matcher(set, policy),
    pace: new Pace({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
    metrics: createMetrics({ ofProcess: false }),
    touched: touchedOf(values),
    topicId: randomUUID(),
    to: 1,
    group: `bench-${randomUUID()}`,
    signal: new AbortController().signal,
  })
  return (REPORTS * 1000) / (performance.now() - startedMs)
}

/** The same without Kafka: bytes in, hits' bytes out. */
function matched(set: PackedKnownSet, values: readonly HashValue[]): number {
  const startedMs = performance.now()
  const retro = new RetroMatcher(touchedOf(values), policy, new Matcher(set, policy), REPORTS)
  for (let at = 0; at < payloads.length; at += SLICE) {
    const received = payloads.slice(at, at + SLICE).flatMap((payload) => {
      const report = decodeReport(payload)
      return report instanceof Rejection ? [] : [{ report, receivedAtMs: 0 }]
    })
    for (const hit of retro.match(received)) if (hit) encodeHit(hit)
  }
  return (REPORTS * 1000) / (performance.now() - startedMs)
}
