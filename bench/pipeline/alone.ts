// Matching without Kafka, in a process of its own: node bench/pipeline/alone.ts ASK (as JSON). It loads the snapshot and
// reports from the topic, says so, and measures a round for each message that it gets.
import { encodeHit, MAX_MATCHES } from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { packHex, type HashValue } from '../../src/hash/hash-value.ts'
import { PACKED_CONTENT, PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { loadSnapshot } from '../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../src/known/snapshot/snapshot-refusal.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import { similarityQueries } from '../../src/matcher/similarity-queries.ts'
import type { RadiusQuery } from '../../src/search/hamming-index.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { readRange } from '../../src/log/read-to-end.ts'
import type { Alone, Orientations } from './jobs.ts'
import { hitsBefore } from './bench-reports.ts'
import { digits } from './pace.ts'
import { REPORT_BATCH } from './publish.ts'
import { PARTITIONS, policyOf, settingsAt, snapshotFile, type Site } from './site.ts'

export interface AloneAsk {
  readonly site: Site
  readonly known: number
  readonly orientations: Orientations
  readonly seconds: number
}

/** More than answers are kept: so none is of a report that was matched before. */
const REPORTS = 240_000
const WORDS = 8

// parts.ts writes it.
const { site, known, orientations, seconds } = JSON.parse(process.argv[2]) as AloneAsk
process.once('disconnect', () => process.exit(0))
const settings = settingsAt(site, known)
const policy = policyOf(orientations)
const query = pdqQuery()

const { byPartition, batch } = await readReports()
const batches = byPartition.flatMap((reports) =>
  Array.from({ length: Math.ceil(reports.length / batch) }, (_, n) =>
    reports.slice(n * batch, (n + 1) * batch),
  ),
)
const expected = hitsBefore(byPartition.map(({ length }, partition) => ({ partition, offset: length })))
const file = snapshotFile(site.folder, settings.topics.knownHashes)
const loaded = await loadSnapshot(
  file,
  { content: PACKED_CONTENT, nowMs: Date.now(), maxAgeMs: Infinity },
  (reader) => PackedKnownSet.load(reader, settings.match),
)
if (loaded instanceof SnapshotRefusal) throw loaded
const set = loaded.state
set.setTopicId(loaded.header.topicId)
set.advance(loaded.header.offset)
await set.settle()
const matcher = new Matcher(set, policy)
const packedBatches = batches.map(asQueries)

process.on('message', () => process.send?.(round()))
process.send?.('ready')

/** As Matcher asks. */
function pdqQuery(): RadiusQuery {
  const asked = similarityQueries(policy, MAX_MATCHES + 1).get('pdq')
  if (!asked) throw new Error('The policy has no rule for PDQ hashes.')
  return asked
}

function round(): Alone {
  const matchingMicros = timed(batches, (reports) => {
    let hits = 0
    for (let at = 0; at < reports.length;) {
      const slice = reports.slice(at, at + matcher.sliceLength(reports, at, settings.match.sliceMs * 1000))
      for (const hit of matcher.match(slice)) {
        if (!hit) continue
        encodeHit(hit)
        hits++
      }
      at += slice.length
    }
    return hits
  })
  const indexMicros = timed(packedBatches, ({ queries, md5s }) => {
    let found = 0
    for (const count of set.search('pdq', queries, query).counts) if (count > 0) found++
    for (const value of md5s) if (set.lookup('md5', value) !== undefined) found++
    return found
  })
  return { matchingMicros, indexMicros, batch }
}

/** Microseconds a report: whole passes over all reports, until the time is up. */
function timed<T>(all: readonly T[], work: (one: T) => number): number {
  let reports = 0
  const startedMs = performance.now()
  do {
    let hits = 0
    for (const one of all) hits += work(one)
    if (hits !== expected) throw new Error(`${hits} hits where ${expected} must be.`)
    reports += batches.reduce((sum, { length }) => sum + length, 0)
  } while (performance.now() - startedMs < seconds * 1000)
  return digits(((performance.now() - startedMs) * 1000) / reports)
}

/** Reports of each partition, parsed, and how many of them a fetch brings. */
async function readReports() {
  const log = new KafkaLog(settings.kafka)
  const each = Math.min(REPORTS, site.reports.count) / PARTITIONS
  const ranges = new Map(Array.from({ length: PARTITIONS }, (_, n) => [n, { from: 0, to: each }]))
  const reports: ReceivedReport[][] = Array.from({ length: PARTITIONS }, () => [])
  let bytes = 0
  await readRange(log, site.reports.topic, ranges, ({ key, value, timestampMs }, partition) => {
    const report = decodeReport(value)
    if (report instanceof Rejection) throw report
    reports[partition].push({ report, receivedAtMs: timestampMs })
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
  })
  await log.close()
  const fetched = (settings.match.maxBytesPerPartition * each * PARTITIONS) / bytes
  return { byPartition: reports, batch: Math.floor(fetched / REPORT_BATCH) * REPORT_BATCH }
}

function asQueries(reports: readonly ReceivedReport[]): { queries: Uint32Array; md5s: HashValue[] } {
  const queries = new Uint32Array(reports.length * WORDS)
  const md5s = reports.map(({ report: { hashes } }, n) => {
    const [pdq, md5] = hashes
    packHex(pdq.value, queries, n * WORDS)
    // The report's check has proved length and alphabet, and the benchmark writes lower case.
    return md5.value as HashValue
  })
  return { queries, md5s }
}
