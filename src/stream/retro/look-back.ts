// Matches retained reports again, as far as each partition allows it.
import type { RecordPointer } from '../../contract/dead-letter.ts'
import type { Matcher } from '../../matcher/matcher.ts'
import { RetroMatcher } from '../../matcher/retro-matcher.ts'
import type { ChangedValues } from '../../matcher/changed-values.ts'
import type { ArenaPool } from '../../search/wasm/arena-pool.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { HeldRecords } from '../live/held-records.ts'
import { listDeadLetters } from '../topics/dead-letters.ts'
import { TopicGoneError, unlessGone } from '../../log/topic-gone.ts'
import type { EventLog, PartitionOffsets } from '../../log/event-log.ts'
import type { OffsetRange } from '../../log/read-to-end.ts'
import { reportTopicsNow, type TopicNames } from '../topics/report-topics.ts'
import { until, withHeartbeats } from '../../waiting/until.ts'
import type { Lock } from './lock.ts'
import type { Pace } from './pace.ts'
import { rematch } from './rematch.ts'
import { DONE, type RetroProgress } from './retro-progress.ts'

/** Interval between two commits of the progress, in milliseconds. */
const SAVE_EVERY_MS = 5_000

export interface LookBackOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly policy: Policy
  /** On a set that has all of the changes. */
  readonly matcher: Matcher
  readonly pace: Pace
  readonly metrics: Metrics
  /** Says which hits the topic of hits does not take. */
  readonly held: HeldRecords
  /** The values that the changes touched. */
  readonly touched: ChangedValues
  /** Memory for their index, used again from one look back to the next. */
  readonly pool?: ArenaPool
  readonly progress: RetroProgress
  /** For each partition of a topic that may be read again now, the offset to stop at. The other partitions must wait. */
  readonly readyTo: (topic: string) => Promise<ReadonlyMap<number, number>>
  readonly lock: Lock
}

/** The offsets to match again, by topic and partition. */
type Ranges = ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>
/** The progress, as in RetroProgress. */
type Next = Map<string, Map<number, number>>

/**
 * Matches every retained report that the changes touch again: each partition from its earliest report, or from the
 * saved progress, up to the offset that `readyTo` names, as soon as it names one.
 *
 * Topics of reports may appear and disappear meanwhile, so each round lists them again. A topic that appeared after the
 * changes were read needs no look back: its readers joined the group later, and matched nothing before their set had all
 * changes. It is read again nevertheless, up to its commits, because a broker may list a topic later than the group knows
 * it. A deleted topic holds no reports; a recreated one is another topic.
 */
export async function lookBack(options: LookBackOptions): Promise<void> {
  const { log, topics, policy, matcher, metrics, touched, progress, lock, pool } = options
  const next: Next = new Map(progress.next.entries().map(([topic, marks]) => [topic, new Map(marks)]))
  const condemned = await withHeartbeats(condemnedReports(log, topics), lock.stillHere)
  const save = (): Promise<void> => lock.save({ ...progress, next })
  let retro: RetroMatcher | undefined
  let savedAtMs = performance.now()
  const rematchTopic = async (topic: string, ranges: ReadonlyMap<number, OffsetRange>): Promise<void> => {
    retro ??= new RetroMatcher(touched, policy, matcher, { expectedReports: lengthOf(ranges), pool })
    const marks = progressOf(next, topic)
    await rematch(ranges, {
      ...options,
      topic,
      matcher: retro,
      condemned,
      stillHere: lock.stillHere,
      onDone: async (partition, nextOffset) => {
        marks.set(partition, nextOffset === ranges.get(partition)?.to ? DONE : nextOffset)
        if (performance.now() - savedAtMs < SAVE_EVERY_MS) return
        savedAtMs = performance.now()
        await save()
      },
    })
  }
  try {
    for (let ranges = await due(options, next); ranges !== undefined; ranges = await due(options, next)) {
      for (const [topic, ofTopic] of ranges) {
        try {
          await rematchTopic(topic, ofTopic)
        } catch (error) {
          if (!(error instanceof TopicGoneError)) throw error
          next.delete(topic)
        }
      }
    }
  } catch (error) {
    // So that the next attempt goes on from here. It fails if another member owns the lock by now.
    await save().catch(() => {})
    throw error
  } finally {
    retro?.close()
    metrics.retroWaiting.set(0)
  }
}

/** Waits until some partitions can be read again, and returns the offsets that are left. Undefined once all are done. */
async function due(options: LookBackOptions, next: Next): Promise<Ranges | undefined> {
  const { log, topics, metrics, lock } = options
  let ranges: Ranges = new Map()
  let left = 0
  await until(async () => {
    const names = await reportTopicsNow(log, topics)
    for (const topic of next.keys()) if (!names.includes(topic)) next.delete(topic)
    const looks = await Promise.all(
      names.map(async (topic) => ({ topic, ...(await lookAt(topic, options, progressOf(next, topic))) })),
    )
    ranges = new Map(looks.filter((look) => look.due.size > 0).map((look) => [look.topic, look.due]))
    left = looks.reduce((sum, look) => sum + look.left, 0)
    metrics.retroWaiting.set(left - ranges.values().reduce((sum, { size }) => sum + size, 0))
    return left === 0 || ranges.size > 0
  }, lock.stillHere)
  return left === 0 ? undefined : ranges
}

/** Counts the partitions of a topic that are left, and says which can be read again now. Marks those without reports. */
async function lookAt(
  topic: string,
  { log, readyTo }: LookBackOptions,
  marks: Map<number, number>,
): Promise<{ readonly left: number; readonly due: ReadonlyMap<number, OffsetRange> }> {
  const look = (): Promise<[readonly PartitionOffsets[], ReadonlyMap<number, number>]> =>
    Promise.all([log.offsets(topic), readyTo(topic)])
  const [retained, ready] = (await unlessGone(log, topic, look)) ?? [[], new Map<number, number>()]
  const ranges = new Map<number, OffsetRange>()
  for (const { partition, earliest } of retained) {
    const to = ready.get(partition)
    if (to === undefined || marks.get(partition) === DONE) continue
    const from = Math.max(earliest, marks.get(partition) ?? 0)
    if (from < to) ranges.set(partition, { from, to })
    else marks.set(partition, DONE)
  }
  return { left: retained.filter(({ partition }) => marks.get(partition) !== DONE).length, due: ranges }
}

function progressOf(next: Next, topic: string): Map<number, number> {
  const marks = next.get(topic) ?? new Map<number, number>()
  next.set(topic, marks)
  return marks
}

const lengthOf = (ranges: ReadonlyMap<number, OffsetRange>): number =>
  ranges.values().reduce((sum, { from, to }) => sum + to - from, 0)

/** Reports that killed matcher threads, from the dead letters. */
async function condemnedReports(log: EventLog, topics: TopicNames): Promise<readonly RecordPointer[]> {
  const letters = await listDeadLetters(log, topics.deadLetters)
  return letters.map(({ letter }) => letter).filter(({ reason }) => reason.code === 'kills-matcher')
}
