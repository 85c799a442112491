// Whether a run found what it had to: a benchmark that loses hits measures nothing.
import type { EventLog } from '../../src/stream/event-log.ts'
import { readRange } from '../../src/stream/read-to-end.ts'
import type { TopicNames } from '../../src/stream/topics.ts'
import { hitsBefore } from './bench-reports.ts'

/** The end of each partition. */
export type Ends = ReadonlyMap<number, number>

export const endOffsets = async (log: EventLog, topic: string): Promise<Ends> =>
  new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]))

/**
 * How many hits (each counted once, however often it was published) stand behind `from` in the topic; throws unless
 * these are as many as the reports that the group has committed must make.
 */
export async function checkHits(
  log: EventLog,
  { reports, hits }: Pick<TopicNames, 'reports' | 'hits'>,
  group: string,
  from: Ends,
): Promise<number> {
  const expected = hitsBefore(await log.committed(group, reports))
  const ids = new Set<string>()
  const ranges = [...(await endOffsets(log, hits))].map(
    ([partition, to]) => [partition, { from: from.get(partition) ?? 0, to }] as const,
  )
  await readRange(log, hits, new Map(ranges), ({ key }) => ids.add(key?.toString('utf8') ?? ''))
  if (ids.size !== expected)
    throw new Error(`${ids.size} hits were published where ${expected} must be: these figures say nothing.`)
  return ids.size
}
