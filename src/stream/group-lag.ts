import type { EventLog } from './event-log.ts'

/** Records of a topic that a consumer group has yet to commit, of all partitions. */
export async function groupLag(log: EventLog, group: string, topic: string): Promise<number> {
  const [offsets, commits] = await Promise.all([log.offsets(topic), log.committed(group, topic)])
  const committed = new Map(commits.map(({ partition, offset }) => [partition, offset]))
  return offsets.reduce(
    (lag, { partition, earliest, end }) => lag + end - Math.max(earliest, committed.get(partition) ?? 0),
    0,
  )
}
