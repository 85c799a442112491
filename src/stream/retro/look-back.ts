import type { RecordPointer } from '../../contract/dead-letter.ts'
import type { Matcher } from '../../matcher/matcher.ts'
import { RetroMatcher } from '../../matcher/retro-matcher.ts'
import type { ChangedValues } from '../../matcher/changed-values.ts'
import type { ArenaPool } from '../../search/wasm/arena-pool.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { listDeadLetters } from '../topics/dead-letters.ts'
import { TopicGoneError, unlessGone } from '../../log/topic-gone.ts'
import type { EventLog, PartitionOffsets } from '../../log/event-log.ts'
import type { OffsetRange } from '../../log/read-to-end.ts'
import { reportTopicsNow, type TopicNames } from '../topics/report-topics.ts'
import { until, withHeartbeats } from '../../waiting/until.ts'
import type { Lock } from './lock.ts'
import type { Pace } from './pace.ts'
import { replay } from './replay.ts'
import { DONE, type RetroProgress } from './retro-progress.ts'

const SAVE_EVERY_MS = 5_000

export interface LookBackOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly policy: Policy
  /** Of a set that has all of the changes. */
  readonly matcher: Matcher
  readonly pace: Pace
  readonly metrics: Metrics
  /** The values that the changes touched. */
  readonly touched: ChangedValues
  /** Memory for their index, used again from one look back to the next. */
  readonly pool?: ArenaPool
  readonly progress: RetroProgress
  /** Of each partition of a topic that may be replayed now, the offset up to which it must be. Others are waited for. */
  readonly readyTo: (topic: string) => Promise<ReadonlyMap<number, number>>
  readonly lock: Lock
}

/** Of each topic, and each of its partitions, what is to be replayed. */
type Ranges = ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>
/** As RetroProgress has it. */
type Next = Map<string, Map<number, number>>

/**
 * Matches every retained report that the changes touch again: each partition from its earliest report, or from where
 * an earlier attempt has come, to the offset up to which it must be, as soon as that can be said.
 *
 * Topics of reports may come and go meanwhile, so they are listed anew at each look. One that has come since the
 * changes were read needs no replay: whoever reads it joined the group after it was there, and matched nothing before
 * its set had all changes. It is replayed nevertheless, as far as it has been committed, since a broker may list a
 * topic later than the group knows it, and that is the safe side of not knowing. One that is gone has nothing that
 * could be found; if it is made again, it is another topic.
 */
export async function lookBack(options: LookBackOptions): Promise<void> {
  const { log, topics, policy, matcher, metrics, touched, progress, lock, pool } = options
  const next: Next = new Map(progress.next.entries().map(([topic, marks]) => [topic, new Map(marks)]))
  const condemned = await withHeartbeats(condemnedReports(log, topics), lock.stillHere)
  const save = (): Promise<void> => lock.save({ ...progress, next })
  let retro: RetroMatcher | undefined
  let savedAtMs = performance.now()
  const replayTopic = async (topic: string, ranges: ReadonlyMap<number, OffsetRange>): Promise<void> => {
    retro ??= new RetroMatcher(touched, policy, matcher, { expectedReports: lengthOf(ranges), pool })
    const marks = marksOf(next, topic)
    await replay(ranges, {
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
          await replayTopic(topic, ofTopic)
        } catch (error) {
          if (!(error instanceof TopicGoneError)) throw error
          next.delete(topic)
        }
      }
    }
  } catch (error) {
    // So that the next attempt goes on from here; it can't be saved any more if the lock is another's already.
    await save().catch(() => {})
    throw error
  } finally {
    retro?.close()
    metrics.retroWaiting.set(0)
  }
}

/** Waits for partitions that can be replayed: what is left of each. Undefined once all are done. */
async function due(options: LookBackOptions, next: Next): Promise<Ranges | undefined> {
  const { log, topics, metrics, lock } = options
  let ranges: Ranges = new Map()
  let left = 0
  await until(async () => {
    const names = await reportTopicsNow(log, topics)
    for (const topic of next.keys()) if (!names.includes(topic)) next.delete(topic)
    const looks = await Promise.all(
      names.map(async (topic) => ({ topic, ...(await lookAt(topic, options, marksOf(next, topic))) })),
    )
    ranges = new Map(looks.filter((look) => look.due.size > 0).map((look) => [look.topic, look.due]))
    left = looks.reduce((sum, look) => sum + look.left, 0)
    metrics.retroWaiting.set(left - ranges.values().reduce((sum, { size }) => sum + size, 0))
    return left === 0 || ranges.size > 0
  }, lock.stillHere)
  return left === 0 ? undefined : ranges
}

/** How many partitions of a topic are left, and what can be replayed now. Marks those that have nothing to replay. */
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

function marksOf(next: Next, topic: string): Map<number, number> {
  const marks = next.get(topic) ?? new Map<number, number>()
  next.set(topic, marks)
  return marks
}

const lengthOf = (ranges: ReadonlyMap<number, OffsetRange>): number =>
  ranges.values().reduce((sum, { from, to }) => sum + to - from, 0)

/** Reports that killed matcher threads, as the dead letters name them. */
async function condemnedReports(log: EventLog, topics: TopicNames): Promise<readonly RecordPointer[]> {
  const letters = await listDeadLetters(log, topics.deadLetters)
  return letters.map(({ letter }) => letter).filter(({ reason }) => reason.code === 'kills-matcher')
}
