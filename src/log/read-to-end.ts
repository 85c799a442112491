// Reads a topic, or a range of its offsets, and then stops.
import { TopicGoneError, unlessGone } from './topic-gone.ts'
import type { EventLog, FollowedBatch, LogRecord } from './event-log.ts'

/** While no batch comes, this often the reader asks whether the topic still has these offsets, in milliseconds. */
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

/** Reads these offsets of each partition named. `signal` ends the reading, which then throws its reason. */
export async function readRange(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  onRecord: (record: LogRecord, partition: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const onBatch = ({ partition, records }: FollowedBatch): void => {
    for (const record of records) onRecord(record, partition)
  }
  await readBatches(log, topic, ranges, onBatch, signal)
}

/**
 * Reads these offsets of each partition named, a batch at a time.
 * @throws TopicGoneError If the topic is deleted meanwhile: its records will never come.
 * @throws What `onBatch` throws, the reason of `signal`, or LogClosedError if the log is closed meanwhile: these end the
 *   reading.
 */
export async function readBatches(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  onBatch: (batch: FollowedBatch) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  const ending = signal ? AbortSignal.any([signal, log.closing]) : log.closing
  ending.throwIfAborted()
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
    onBatch: async (batch) => {
      const { partition } = batch
      const range = left.get(partition)
      if (!range || hasFailed) return
      hasMoved = true
      const records = batch.records.filter(({ offset }) => offset >= range.from && offset < range.to)
      try {
        await onBatch({ ...batch, records, nextOffset: Math.min(batch.nextOffset, range.to) })
      } catch (error) {
        fail(error)
        return
      }
      if (batch.nextOffset >= range.to) left.delete(partition)
      if (left.size === 0) resolve()
    },
  })
  const reading = await unlessGone(log, topic, () => following)
  if (!reading) throw new TopicGoneError([topic])
  const look = async (): Promise<void> => {
    if (!(await canReach(log, topic, left))) fail(new TopicGoneError([topic]))
  }
  const onAbort = (): void => fail(ending.reason)
  ending.addEventListener('abort', onAbort)
  if (ending.aborted) onAbort()
  const looking = setInterval(() => {
    // The reader itself reports an unreachable broker.
    if (!hasMoved) look().catch(() => {})
    hasMoved = false
  }, LOOK_MS)
  try {
    await done
  } finally {
    clearInterval(looking)
    ending.removeEventListener('abort', onAbort)
    await reading.stop()
  }
}

/** Whether the topic still has these offsets, in open transactions too, or had them: a recreated topic begins at 0. */
async function canReach(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
): Promise<boolean> {
  const offsets = (await unlessGone(log, topic, () => log.offsets(topic, 'written'))) ?? []
  const ends = new Map(offsets.map(({ partition, end }) => [partition, end]))
  return [...ranges].every(([partition, { to }]) => (ends.get(partition) ?? 0) >= to)
}
