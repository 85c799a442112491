import { unlessGone } from '../../log/topic-gone.ts'
import type { EventLog } from '../../log/event-log.ts'
import { reportTopicsNow, type TopicNames } from './report-topics.ts'

/** Reports that a consumer group has yet to commit, of all topics and partitions. */
export async function groupLag(log: EventLog, group: string, names: TopicNames): Promise<number> {
  const topics = await reportTopicsNow(log, names)
  const lags = await Promise.all(
    topics.map((topic) => unlessGone(log, topic, () => topicLag(log, group, topic))),
  )
  return lags.reduce((sum: number, lag) => sum + (lag ?? 0), 0)
}

async function topicLag(log: EventLog, group: string, topic: string): Promise<number> {
  const [offsets, commits] = await Promise.all([log.offsets(topic), log.committed(group, topic)])
  const committed = new Map(commits.map(({ partition, offset }) => [partition, offset]))
  return offsets.reduce(
    (lag, { partition, earliest, end }) => lag + end - Math.max(earliest, committed.get(partition) ?? 0),
    0,
  )
}
