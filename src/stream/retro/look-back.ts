import type { Matcher } from '../../matcher/matcher.ts'
import { RetroMatcher } from '../../matcher/retro-matcher.ts'
import type { TouchedValues } from '../../matcher/touched-values.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { listDeadLetters } from '../dead-letters.ts'
import type { EventLog } from '../event-log.ts'
import type { OffsetRange } from '../read-to-end.ts'
import type { TopicNames } from '../topics.ts'
import { alive, until, type Lock } from './lock.ts'
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
  readonly touched: TouchedValues
  readonly progress: RetroProgress
  /** Of each partition that may be replayed now, the offset up to which it must be. The others are waited for. */
  readonly readyTo: () => Promise<ReadonlyMap<number, number>>
  readonly lock: Lock
}

/**
 * Matches every retained report that the changes touch again: each partition from its earliest report, or from where
 * an earlier attempt has come, to the offset up to which it must be, as soon as that can be said.
 */
export async function lookBack(options: LookBackOptions): Promise<void> {
  const { log, topics, policy, matcher, metrics, touched, progress, lock } = options
  const next = new Map(progress.next)
  const condemned = await alive(condemnedReports(log, topics), lock)
  const save = (): Promise<void> => lock.save({ ...progress, next })
  let retro: RetroMatcher | undefined
  let savedAtMs = performance.now()
  try {
    for (let ranges = await due(options, next); ranges !== undefined; ranges = await due(options, next)) {
      const upTo = ranges
      retro ??= new RetroMatcher(touched, policy, matcher, lengthOf(ranges))
      await replay(ranges, {
        ...options,
        matcher: retro,
        condemned,
        stillHere: lock.stillHere,
        onDone: async (partition, nextOffset) => {
          next.set(partition, nextOffset === upTo.get(partition)?.to ? DONE : nextOffset)
          if (performance.now() - savedAtMs < SAVE_EVERY_MS) return
          savedAtMs = performance.now()
          await save()
        },
      })
    }
  } catch (error) {
    // So that the next attempt goes on from here; it can't be saved any more if the lock is another's already.
    await save().catch(() => {})
    throw error
  } finally {
    metrics.retroWaiting.set(0)
  }
}

/** Waits for partitions that can be replayed: what is left of each. Undefined once all are done. */
async function due(
  { log, topics, metrics, readyTo, lock }: LookBackOptions,
  next: Map<number, number>,
): Promise<ReadonlyMap<number, OffsetRange> | undefined> {
  const ranges = new Map<number, OffsetRange>()
  let isAllDone = false
  await until(async () => {
    const [retained, ready] = await Promise.all([log.offsets(topics.reports), readyTo()])
    for (const { partition, earliest } of retained) {
      const to = ready.get(partition)
      if (to === undefined || next.get(partition) === DONE) continue
      const from = Math.max(earliest, next.get(partition) ?? 0)
      if (from < to) ranges.set(partition, { from, to })
      else next.set(partition, DONE)
    }
    const left = retained.filter(({ partition }) => next.get(partition) !== DONE)
    metrics.retroWaiting.set(left.length - ranges.size)
    isAllDone = left.length === 0
    return isAllDone || ranges.size > 0
  }, lock)
  return isAllDone ? undefined : ranges
}

const lengthOf = (ranges: ReadonlyMap<number, OffsetRange>): number =>
  ranges.values().reduce((sum, { from, to }) => sum + to - from, 0)

/** Reports that killed matcher threads, as the dead letters name them. */
async function condemnedReports(
  log: EventLog,
  topics: TopicNames,
): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
  const letters = await listDeadLetters(log, topics.deadLetters)
  return letters
    .map(({ letter }) => letter)
    .filter(({ topic, reason }) => topic === topics.reports && reason.code === 'kills-matcher')
}
