// Feedback as a file, for a source that takes it in another way.
import type { EventLog } from '../../log/event-log.ts'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { FindHits } from './find-hits.ts'
import type { Judgement } from './judgements.ts'
import { readJudgements, type FeedbackTopics } from './read-judgements.ts'
import { standingVotes } from './standing-votes.ts'
import type { Vote, Votes } from './votes.ts'

export interface ExportFeedbackOptions {
  readonly log: EventLog
  readonly topics: FeedbackTopics
  readonly source: string
  /** Milliseconds since 1970: what was decided or found since. */
  readonly sinceMs: number
  readonly findHits: FindHits
}

/** The votes on entries of a source since a time. Nothing is committed: an export can be repeated. */
export async function feedbackSince(options: ExportFeedbackOptions): Promise<Votes> {
  const { log, topics, sinceMs } = options
  const judgements: Judgement[] = []
  for (const kind of ['decisions', 'outcomes'] as const)
    judgements.push(...(await readJudgements(log, topics, { kind, sinceMs })))
  // A viewing before that time counts, too.
  return standingVotes(judgements, options)
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
