// Reads a range of retained reports again, and publishes the hits of those that the changes of the known set touch.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isCanaryReport } from '../../contract/canary.ts'
import { encodeHit } from '../../contract/hit.ts'
import type { RetroMatcher } from '../../matcher/retro-matcher.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { decodeRecords } from '../live/decode-records.ts'
import type { EventLog, LogRecord, OutgoingRecord } from '../../log/event-log.ts'
import { readBatches, type OffsetRange } from '../../log/read-to-end.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import { traceParent } from '../live/trace-parent.ts'
import { isCondemned, NO_CAUTION, type Caution } from '../live/poison-records.ts'
import { produceOrRefuse, type HeldRecords } from '../live/held-records.ts'
import { HitSends } from './hit-sends.ts'
import type { Pace } from './pace.ts'

/** Records in one slice, some milliseconds of work: live matching in the main thread waits no longer than that. */
const SLICE_RECORDS = 256
/** Budget of one piece, in microseconds, where a slice has more touched reports than usual. */
const SLICE_MICROS = 10_000

export interface RematchOptions {
  readonly log: EventLog
  /** A topic of reports. */
  readonly topic: string
  readonly topics: TopicNames
  readonly matcher: RetroMatcher
  readonly pace: Pace
  readonly metrics: Metrics
  /** Records to skip: they killed matcher threads. */
  readonly condemned: Caution['condemned']
  /** Says which hits the topic of hits does not take. */
  readonly held: HeldRecords
  /** Sends a heartbeat, every few milliseconds; what it throws ends it. */
  readonly stillHere: () => Promise<void>
  /** Called when all of a partition before this offset has been matched again, and its hits are acknowledged. */
  readonly onDone: (partition: number, nextOffset: number) => Promise<void>
}

/**
 * Matches the reports in these offsets of each partition of a topic again, and publishes the hits of those that are
 * touched. Throws TopicGoneError if the topic is deleted meanwhile.
 */
export async function rematch(
  ranges: ReadonlyMap<number, OffsetRange>,
  options: RematchOptions,
): Promise<void> {
  const { log, topic, topics, pace, metrics, held, onDone } = options
  await readBatches(log, topic, ranges, async ({ partition, records, nextOffset, heartbeat }) => {
    const stillHere = async (): Promise<void> => {
      await options.stillHere()
      await heartbeat()
    }
    const sends = new HitSends({
      send: (hits, onWritten) =>
        produceOrRefuse(log, topics.hits, hits, (hit) => {
          metrics.retroHits.inc()
          onWritten(hit)
        }),
      held,
      stillHere,
    })
    for (let at = 0; at < records.length; at += SLICE_RECORDS) {
      await pace.turn(stillHere)
      await sends.sendDue()
      sends.add(await matchAgain(partition, records.slice(at, at + SLICE_RECORDS), options))
    }
    await sends.end()
    await onDone(partition, nextOffset)
  })
}

/**
 * Returns the records of the hits. Parses only reports that the changes may touch. Skips a record that is no report: it
 * got its dead letter when it was first read.
 */
async function matchAgain(
  partition: number,
  records: readonly LogRecord[],
  { topic, topics, matcher, pace, metrics, condemned }: RematchOptions,
): Promise<readonly OutgoingRecord[]> {
  let startedMs = performance.now()
  const endTurn = async (): Promise<void> => {
    pace.worked(performance.now() - startedMs)
    await nextTurn()
    startedMs = performance.now()
  }
  const isReadable = ({ offset, refused }: LogRecord): boolean =>
    !refused && !isCondemned({ condemned }, { topic, partition, offset })
  const readable = records.filter(isReadable)
  const payloads = readable.map(({ value }) => value)
  const hits: OutgoingRecord[] = []
  for (let prefiltered = 0; prefiltered < readable.length;) {
    const { done, candidates } = matcher.prefilter(payloads.slice(prefiltered), SLICE_MICROS)
    const candidateRecords = candidates.map((place) => readable[prefiltered + place])
    const decoded = decodeRecords({ topic, partition }, candidateRecords, topics, NO_CAUTION)
    const received = decoded.reports
      .map((report, n) => ({ ...report, source: decoded.sources[n] }))
      .filter(({ report }) => !isCanaryReport(report))
    for (let matchedTo = 0; matchedTo < received.length;) {
      const matched = matcher.match(received.slice(matchedTo), SLICE_MICROS)
      for (const [n, hit] of matched.entries()) {
        if (!hit) continue
        const headers = traceParent(received[matchedTo + n].source)
        hits.push({ key: hit.hitId, value: encodeHit(hit), headers })
      }
      matchedTo += matched.length
      if (matchedTo < received.length) await endTurn()
    }
    prefiltered += done
    await endTurn()
  }
  metrics.retroReports.inc(readable.length)
  return hits
}
