import { setImmediate as nextTurn } from 'node:timers/promises'
import { encodeHit, type Hit } from '../../contract/hit.ts'
import { Rejection } from '../../contract/rejection.ts'
import { decodeReport } from '../../contract/report.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { RetroMatcher } from '../../matcher/retro-matcher.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { EventLog, LogRecord } from '../event-log.ts'
import { readBatches, type OffsetRange } from '../read-to-end.ts'
import type { TopicNames } from '../topics.ts'
import { isCondemned, type Caution } from '../work-journal.ts'
import type { Pace } from './pace.ts'

/** Read and matched at once, some milliseconds' worth: live matching in this thread waits no longer. */
const SLICE_RECORDS = 256
/** A slice with more touched reports than usual is matched in pieces of about so long. */
const SLICE_MICROS = 10_000

export interface ReplayOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly matcher: RetroMatcher
  readonly pace: Pace
  readonly metrics: Metrics
  /** Records that must not be touched: they killed matcher threads. */
  readonly condemned: Caution['condemned']
  /** Called every few milliseconds; what it throws ends the replay. */
  readonly stillHere: () => Promise<void>
  /** All of a partition before this offset has been matched again, and its hits are acknowledged. */
  readonly onDone: (partition: number, nextOffset: number) => Promise<void>
}

/** Matches the reports in these offsets of each partition again, and publishes the hits of those that are touched. */
export async function replay(
  ranges: ReadonlyMap<number, OffsetRange>,
  options: ReplayOptions,
): Promise<void> {
  const { log, topics, pace, stillHere, onDone } = options
  await readBatches(log, topics.reports, ranges, async ({ partition, records, nextOffset, stillReading }) => {
    const published: Promise<void>[] = []
    for (let at = 0; at < records.length; at += SLICE_RECORDS) {
      await pace.turn(async () => {
        await stillHere()
        await stillReading()
      })
      const hits = await matchAgain(partition, records.slice(at, at + SLICE_RECORDS), options)
      const publishing = publish(hits, options)
      // Awaited below: until then its failure isn't unhandled.
      publishing.catch(() => {})
      published.push(publishing)
    }
    await Promise.all(published)
    await onDone(partition, nextOffset)
  })
}

async function matchAgain(
  partition: number,
  records: readonly LogRecord[],
  { matcher, pace, metrics, condemned }: ReplayOptions,
): Promise<readonly Hit[]> {
  let startedMs = performance.now()
  const reports = decode(partition, records, condemned)
  const hits: Hit[] = []
  for (let done = 0; done < reports.length;) {
    const matched = matcher.match(reports.slice(done), SLICE_MICROS)
    hits.push(...matched.filter((hit) => hit !== undefined))
    done += matched.length
    pace.worked(performance.now() - startedMs)
    await nextTurn()
    startedMs = performance.now()
  }
  metrics.retroReports.inc(reports.length)
  return hits
}

/** What is no report is passed over: it has its dead letter from when it was read first. */
function decode(
  partition: number,
  records: readonly LogRecord[],
  condemned: Caution['condemned'],
): readonly ReceivedReport[] {
  return records.flatMap(({ offset, timestampMs, value }) => {
    if (isCondemned({ condemned }, partition, offset)) return []
    const report = decodeReport(value)
    return report instanceof Rejection ? [] : [{ report, receivedAtMs: timestampMs }]
  })
}

async function publish(hits: readonly Hit[], { log, topics, metrics }: ReplayOptions): Promise<void> {
  if (hits.length === 0) return
  await log.produce(
    topics.hits,
    hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
  )
  metrics.retroHits.inc(hits.length)
}
