// Feedback as a file, for a source that takes it in another way.
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { FindHits } from './find-hits.ts'
import { judgementsOf, type Judgement } from './judgements.ts'
import type { FeedbackTopics } from './send-feedback.ts'
import { votesOf, type Vote, type Votes } from './votes.ts'

export interface ExportFeedbackOptions {
  readonly log: EventLog
  readonly topics: FeedbackTopics
  readonly source: string
  /** Milliseconds since 1970: what was decided or found since. */
  readonly sinceMs: number
  readonly findHits: FindHits
}

/** The votes on entries of a source since a time. Nothing is committed: an export can be repeated. */
export async function feedbackSince({
  log,
  topics,
  source,
  sinceMs,
  findHits,
}: ExportFeedbackOptions): Promise<Votes> {
  const judgements: Judgement[] = []
  for (const kind of ['decisions', 'outcomes'] as const) {
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
    for (const some of records.values()) judgements.push(...judgementsOf(some, kind))
  }
  return votesOf(judgements, await findHits(new Set(judgements.map(({ hitId }) => hitId))), source)
}

const COLUMNS = ['id', 'source', 'sourceId', 'type', 'sentiment', 'cause', 'day'] as const

/** What leaves: the entry and the vote. The day, because a time to the second could point to a report. */
function exportedOf({
  source,
  sourceId,
  type,
  sentiment,
  cause,
  atMs,
}: Vote): Record<(typeof COLUMNS)[number], string> {
  const id = sha256Hex(canonicalJson([source, sourceId, type])).slice(0, 32)
  return { id, source, sourceId, type, sentiment, cause, day: new Date(atMs).toISOString().slice(0, 10) }
}

/** One JSON object. `id` is the same for a later vote on the same hash of the same entry, which takes its place. */
export const feedbackJson = (vote: Vote): string =>
  canonicalJson({ schema: 'list-feedback/1', ...exportedOf(vote) })

/** Lines of CSV (RFC 4180), the first one with the names of the columns. */
export const feedbackCsv = (votes: readonly Vote[]): readonly string[] => [
  COLUMNS.join(','),
  ...votes.map((vote) => {
    const fields = exportedOf(vote)
    return COLUMNS.map((column) => cell(fields[column])).join(',')
  }),
]

/** A cell that begins like a formula would be one in a spreadsheet. */
const cell = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
