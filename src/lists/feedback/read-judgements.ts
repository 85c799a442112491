// Reads judgements out of a topic, outside of a consumer group: nothing is committed.
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'
import { judgementsOf, type Judgement } from './judgements.ts'

export interface FeedbackTopics {
  readonly decisions: string
  readonly outcomes: string
}

interface Which {
  readonly kind: keyof FeedbackTopics
  /** Milliseconds since 1970: what was decided or found since. */
  readonly sinceMs: number
}

/** The judgements of one kind since a time, of all that the topic holds at the call. */
export async function readJudgements(
  log: EventLog,
  topics: FeedbackTopics,
  { kind, sinceMs }: Which,
): Promise<readonly Judgement[]> {
  const topic = topics[kind]
  const ends = new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]))
  const ranges = new Map(
    (await log.offsetsSince(topic, sinceMs)).map(({ partition, offset }) => [
      partition,
      { from: offset, to: ends.get(partition) ?? offset },
    ]),
  )
  const records = new Map<number, LogRecord[]>()
  await readRange(log, topic, ranges, (record, partition) => {
    // Its bytes are the reader's: the record outlives them.
    const kept = { ...record, key: null, value: record.value && Buffer.from(record.value) }
    const some = records.get(partition)
    if (some) some.push(kept)
    else records.set(partition, [kept])
  })
  return [...records.values()].flatMap((some) => judgementsOf(some, kind))
}
