// The votes of judgements that no viewing outranks, out of all outcomes: whenever it was, and whichever batch it came in.
import type { EventLog } from '../../log/event-log.ts'
import type { FindHits } from './find-hits.ts'
import type { Judgement } from './judgements.ts'
import { readJudgements, type FeedbackTopics } from './read-judgements.ts'
import { votesOf, withoutWeaker, type Votes } from './votes.ts'

interface StandingVotesOptions {
  readonly log: EventLog
  readonly topics: FeedbackTopics
  readonly source: string
  readonly findHits: FindHits
}

/** The votes on entries of `source`, without those that an outcome outranks which the topic holds now. */
export async function standingVotes(
  judgements: readonly Judgement[],
  { log, topics, source, findHits }: StandingVotesOptions,
): Promise<Votes> {
  if (judgements.length === 0) return votesOf([], new Map(), source)
  const viewed = await readJudgements(log, topics, { kind: 'outcomes', sinceMs: 0 })
  const hits = await findHits(new Set([...judgements, ...viewed].map(({ hitId }) => hitId)))
  return withoutWeaker(votesOf(judgements, hits, source), votesOf(viewed, hits, source).votes)
}
