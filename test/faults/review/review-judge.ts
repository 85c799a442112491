// Holds the review store and its topics against what was published and what was acknowledged.
import { sql } from 'kysely'
import { decodeDecision, type Decision } from '../../../src/contract/decision.ts'
import { encodeHit, type Hit } from '../../../src/contract/hit.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import type { ReviewDatabase } from '../../../src/review/store/connect.ts'
import type { Acknowledged } from './reviewer.ts'

export interface Judged {
  readonly problems: readonly string[]
  readonly hits: number
  readonly cases: number
  readonly decisions: number
  readonly superseding: number
}

export async function judgeReview(
  db: ReviewDatabase,
  log: EventLog,
  decisionsTopic: string,
  published: ReadonlyMap<string, Hit>,
  people: readonly Acknowledged[],
): Promise<Judged> {
  const problems: string[] = []
  await judgeHits(db, published, problems)
  await judgeCases(db, problems)
  const decisions = await readDecisions(log, decisionsTopic, problems)
  await judgeDecisions(db, decisions, people, problems)
  const { rows } = await sql<{ cases: number }>`select count(*)::integer as cases from cases`.execute(db)
  return {
    problems,
    hits: published.size,
    cases: rows[0].cases,
    decisions: decisions.length,
    superseding: decisions.filter(({ supersedes }) => supersedes !== undefined).length,
  }
}

async function judgeHits(
  db: ReviewDatabase,
  published: ReadonlyMap<string, Hit>,
  problems: string[],
): Promise<void> {
  const stored = await db.selectFrom('hits').select(['hit_id', 'body']).execute()
  const byId = new Map(stored.map(({ hit_id, body }) => [hit_id.toString('hex'), body]))
  const missing = [...published.keys()].filter((hitId) => !byId.has(hitId)).length
  if (missing > 0) problems.push(`${missing} hits are not in the store`)
  const strange = [...byId.keys()].filter((hitId) => !published.has(hitId)).length
  if (strange > 0) problems.push(`${strange} hits of the store were never published`)
  const different = [...published].filter(
    ([hitId, hit]) => byId.has(hitId) && byId.get(hitId) !== encodeHit(hit),
  ).length
  if (different > 0) problems.push(`${different} hits are not merged as their records say`)
}

async function judgeCases(db: ReviewDatabase, problems: string[]): Promise<void> {
  const { rows } = await sql<{ wrong: number }>`
    select count(*)::integer as wrong from cases c
    left join (
      select case_id, count(*) as hits, count(*) filter (where decision_id is null) as undecided from hits group by case_id
    ) h using (case_id)
    where c.hit_count <> coalesce(h.hits, 0) or c.undecided_count <> coalesce(h.undecided, 0)
      or (c.state = 'decided') <> (coalesce(h.undecided, 0) = 0)`.execute(db)
  if (rows[0].wrong > 0) problems.push(`${rows[0].wrong} cases don't count their hits right`)
}

async function readDecisions(log: EventLog, topic: string, problems: string[]): Promise<readonly Decision[]> {
  const decisions: Decision[] = []
  await readToEnd(log, topic, ({ value }) => {
    const decision = decodeDecision(value)
    if (decision instanceof Rejection) problems.push(`a record of decisions is none: ${decision.toString()}`)
    else decisions.push(decision)
  })
  return decisions
}

async function judgeDecisions(
  db: ReviewDatabase,
  inTopic: readonly Decision[],
  people: readonly Acknowledged[],
  problems: string[],
): Promise<void> {
  const ids = new Set(inTopic.map(({ decisionId }) => decisionId))
  if (ids.size < inTopic.length)
    problems.push(`${inTopic.length - ids.size} decisions are in the topic twice`)
  const stored = await db
    .selectFrom('decisions')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'decisions.verdict_id')
    .select(['decisions.decision_id', 'decisions.hit_id', 'decisions.verdict_id', 'verdicts.undone_at'])
    .execute()
  const kept = stored.filter(({ undone_at }) => undone_at === null)
  const lost = kept.filter(({ decision_id }) => !ids.has(decision_id)).length
  if (lost > 0) problems.push(`${lost} decisions of the store are not in the topic`)
  const known = new Set(kept.map(({ decision_id }) => decision_id))
  const undone = [...ids].filter((id) => !known.has(id)).length
  if (undone > 0) problems.push(`${undone} decisions are in the topic and undone, or nowhere in the store`)
  const hitsOf = Map.groupBy(kept, ({ verdict_id }) => verdict_id)
  for (const { decided, undone: undoneIds } of people) {
    for (const [verdictId, hitIds] of decided) {
      const there = new Set(hitsOf.get(verdictId)?.map(({ hit_id }) => hit_id.toString('hex')))
      if (undoneIds.has(verdictId)) {
        if (there.size > 0) problems.push('an acknowledged undo has left its decisions')
      } else if (there.size !== hitIds.length || !hitIds.every((hitId) => there.has(hitId)))
        problems.push('an acknowledged set of decisions is not whole in the store')
    }
  }
  // Of several decisions on one hit each later one supersedes an earlier one.
  const first = inTopic.filter(({ supersedes }) => supersedes === undefined)
  const twice = first.length - new Set(first.map(({ hitId }) => hitId)).size
  if (twice > 0) problems.push(`${twice} hits have two decisions of which neither supersedes the other`)
}
