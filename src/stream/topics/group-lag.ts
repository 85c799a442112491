// How far a consumer group is behind: the end of each partition minus its commit, asked of the broker.
import { unlessGone } from '../../log/topic-gone.ts'
import type { EventLog } from '../../log/event-log.ts'
import { reportTopicsNow, type TopicNames } from './report-topics.ts'

/** Of one partition: the first offset that is not committed, and the end. They are equal if nothing waits. */
export interface PartitionLag {
  readonly partition: number
  readonly next: number
  readonly end: number
  /** The metadata of its commit; undefined if it has none. */
  readonly metadata: string | undefined
}

/** Reports that a consumer group has yet to commit, of all topics and partitions. */
export async function groupLag(log: EventLog, group: string, names: TopicNames): Promise<number> {
  const topics = await reportTopicsNow(log, names)
  const lags = await Promise.all(
    topics.map((topic) => unlessGone(log, topic, () => topicLag(log, group, topic))),
  )
  return lags.reduce((sum, lag) => sum + recordsOf(lag ?? []), 0)
}

/**
 * The lag of every partition that the topic has now. One without a commit is read from its earliest record. What waits
 * behind an open transaction waits: it counts.
 */
export async function topicLag(
  log: EventLog,
  group: string,
  topic: string,
): Promise<readonly PartitionLag[]> {
  const [offsets, commits] = await Promise.all([log.offsets(topic, 'written'), log.committed(group, topic)])
  const committed = new Map(commits.map((commit) => [commit.partition, commit]))
  return offsets.map(({ partition, earliest, end }) => ({
    partition,
    // A commit may be newer than the end that we were told.
    next: Math.min(end, Math.max(earliest, committed.get(partition)?.offset ?? 0)),
    end,
    metadata: committed.get(partition)?.metadata,
  }))
}

/** Records that wait in these partitions. */
export const recordsOf = (lags: readonly PartitionLag[]): number =>
  lags.reduce((sum, { next, end }) => sum + end - next, 0)
