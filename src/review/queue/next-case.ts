// Which case is next for a person: the highest priority, then the oldest, of what they may take.
import { sql, type RawBuilder } from 'kysely'
import { CASE_STAGES } from '../../contract/review.ts'
import type { ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import type { CaseStage } from '../store/tables.ts'
import { mayWorkAt, type CaseRecord, type ReviewTransaction } from './access.ts'
import { isUnhindered } from './hindrance.ts'

/** Locked, so that no other person gets it. Cases assigned to this person come first. */
export async function nextCase(
  tx: ReviewTransaction,
  { clock }: ReviewContext,
  actor: Actor,
  queues: readonly string[],
): Promise<CaseRecord | undefined> {
  const stages = CASE_STAGES.filter((stage) => mayWorkAt(actor, stage))
  const isOffered = offered(actor.subject, clock)
  const assigned = await sql<CaseRecord>`
    select c.* from cases c
    where c.state = 'open' and c.assigned_to = ${actor.subject}
      and c.queue = any(${queues}) and c.stage = any(${stages}) and ${isOffered}
    order by c.priority desc, c.oldest_at, c.case_id
    limit 1 for update skip locked`.execute(tx)
  if (assigned.rows.length > 0) return assigned.rows[0]
  for (const range of await rangesByTheirFirst(tx, queues, stages, isOffered)) {
    const { rows } = await sql<CaseRecord>`
      select c.* from cases c
      where c.state = 'open' and c.queue = ${range.queue} and c.stage = ${range.stage}
        and c.assigned_to is null and ${isOffered}
      order by c.priority desc, c.oldest_at, c.case_id
      limit 1 for update skip locked`.execute(tx)
    if (rows.length > 0) return rows[0]
  }
  return undefined
}

/** Not skipped by this person lately, nor a case that waits for somebody else's opinion. */
const offered = (person: string, clock: RawBuilder<Date>): RawBuilder<boolean> => sql`(
  ${isUnhindered(person, clock)}
  and not exists (
    select from skips s where s.case_id = c.case_id and s.person = ${person} and s.until > ${clock}))`

interface Range {
  readonly queue: string
  readonly stage: CaseStage
}

/**
 * Each queue and stage is a range of the index of open cases, in the queue's order. Here they are in the order of their
 * first cases, read without a lock: one query over all of them would sort, and lock, what it does not give.
 */
async function rangesByTheirFirst(
  tx: ReviewTransaction,
  queues: readonly string[],
  stages: readonly CaseStage[],
  isOffered: RawBuilder<boolean>,
): Promise<readonly Range[]> {
  if (queues.length === 1 && stages.length === 1) return [{ queue: queues[0], stage: stages[0] }]
  const { rows } = await sql<Range>`
    select q.queue, s.stage
    from unnest(${queues}::text[]) as q(queue) cross join unnest(${stages}::text[]) as s(stage)
    cross join lateral (
      select c.priority, c.oldest_at, c.case_id from cases c
      where c.state = 'open' and c.queue = q.queue and c.stage = s.stage
        and c.assigned_to is null and ${isOffered}
      order by c.priority desc, c.oldest_at, c.case_id
      limit 1) as first_case
    order by first_case.priority desc, first_case.oldest_at, first_case.case_id`.execute(tx)
  return rows
}
