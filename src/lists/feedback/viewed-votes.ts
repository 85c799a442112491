// The votes that lawful viewings make, out of all outcomes: what they found counts for more than a suspicion, whenever it was.
import type { EventLog } from '../../log/event-log.ts'
import type { FindHits } from './find-hits.ts'
import { readJudgements, type FeedbackTopics } from './read-judgements.ts'
import { votesOf, type Vote } from './votes.ts'

interface ViewedVotesOptions {
  readonly log: EventLog
  readonly topics: FeedbackTopics
  readonly source: string
  readonly findHits: FindHits
}

/** One for each hash of each entry of `source` that a viewing has a vote on, of all that the topic holds now. */
export async function viewedVotes({
  log,
  topics,
  source,
  findHits,
}: ViewedVotesOptions): Promise<readonly Vote[]> {
  const judgements = await readJudgements(log, topics, { kind: 'outcomes', sinceMs: 0 })
  const hits = await findHits(new Set(judgements.map(({ hitId }) => hitId)))
  return votesOf(judgements, hits, source).votes
}
