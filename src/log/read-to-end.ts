import { TopicGoneError, unlessGone } from './topic-gone.ts'
import type { EventLog, LogRecord } from './event-log.ts'

/** While nothing comes, it is looked so often whether anything can. */
const LOOK_MS = 2_000

/** Reads a topic from its earliest record to the end that it has now. */
export async function readToEnd(
  log: EventLog,
  topic: string,
  onRecord: (record: LogRecord, partition: number) => void,
): Promise<void> {
  await readRange(
    log,
    topic,
    new Map(
      (await log.offsets(topic)).map(({ partition, earliest, end }) => [
        partition,
        { from: earliest, to: end },
      ]),
    ),
    onRecord,
  )
}

/** Offsets of one partition: from `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly from: number
  readonly to: number
}

/** Reads these offsets of each partition named. */
export async function readRange(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  onRecord: (record: LogRecord, partition: number) => void,
): Promise<void> {
  await readBatches(log, topic, ranges, ({ partition, records }) => {
    for (const record of records) onRecord(record, partition)
  })
}

/** Records as they were read: some of one partition, in order; all before `nextOffset` have now been. */
interface ReadBatch {
  readonly partition: number
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
  /** To be called every few seconds by whoever takes so long. */
  readonly stillReading: () => Promise<void>
}

/**
 * Reads these offsets of each partition named, a batch at a time; an error of `onBatch` ends it and is thrown, and so
 * does a topic that is deleted meanwhile (TopicGoneError): what is read for could never come.
 */
export async function readBatches(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  onBatch: (batch: ReadBatch) => Promise<void> | void,
): Promise<void> {
  const left = new Map([...ranges].filter(([, { from, to }]) => from < to))
  if (left.size === 0) return
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  // A first batch may fail before `follow` has resolved, and so before anybody waits for the end.
  done.catch(() => {})
  let hasFailed = false
  let hasMoved = true
  const fail = (error: unknown): void => {
    hasFailed = true
    reject(error)
  }
  const following = log.follow({
    topic,
    from: new Map([...left].map(([partition, { from }]) => [partition, from])),
    onRecords: async (partition, read, nextOffset, _end, stillReading) => {
      const range = left.get(partition)
      if (!range || hasFailed) return
      hasMoved = true
      const records = read.filter(({ offset }) => offset >= range.from && offset < range.to)
      try {
        await onBatch({ partition, records, nextOffset: Math.min(nextOffset, range.to), stillReading })
      } catch (error) {
        fail(error)
        return
      }
      if (nextOffset >= range.to) left.delete(partition)
      if (left.size === 0) resolve()
    },
  })
  const reading = await unlessGone(log, topic, () => following)
  if (!reading) throw new TopicGoneError([topic])
  const look = async (): Promise<void> => {
    if (!(await canReach(log, topic, left))) fail(new TopicGoneError([topic]))
  }
  const looking = setInterval(() => {
    // The reader itself tells of a broker that is away.
    if (!hasMoved) look().catch(() => {})
    hasMoved = false
  }, LOOK_MS)
  try {
    await done
  } finally {
    clearInterval(looking)
    await reading.stop()
  }
}

/** Whether the topic still has these offsets, or had them: one that was made again begins at 0. */
async function canReach(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
): Promise<boolean> {
  const offsets = (await unlessGone(log, topic, () => log.offsets(topic))) ?? []
  const ends = new Map(offsets.map(({ partition, end }) => [partition, end]))
  return [...ranges].every(([partition, { to }]) => (ends.get(partition) ?? 0) >= to)
}
