// Lists of cases: the queues with their counts, and pages of cases in the order in which they are worked.
import { sql, type RawBuilder } from 'kysely'
import { CASE_STAGES, type CasePage, type CasesQuery, type QueuesView } from '../../contract/review.ts'
import { cursorOf, isCaseNumber, isInteger, isTime, placeOf } from '../cursor.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { isOneOf, queuesOf, requireRight, type CaseRecord } from './access.ts'
import { caseRow } from './case-row.ts'
import type { QueueCounts } from './queue-counts.ts'

const PAGE = 50

export async function queues(context: ReviewContext, counts: QueueCounts, actor: Actor): Promise<QueuesView> {
  requireRight(actor, 'queue.read')
  const visible = queuesOf(context, actor)
  const counted = await counts.read()
  const mine = await context.db
    .selectFrom('cases')
    .selectAll()
    .where('lease_holder', '=', actor.subject)
    .where('state', '=', 'leased')
    .where(isOneOf(visible))
    .orderBy('leased_at', 'desc')
    .execute()
  return {
    queues: context.settings.queues
      .filter(({ name }) => visible.includes(name))
      .map(({ name, title }) => {
        const count = counted.find(({ queue }) => queue === name)
        return {
          name,
          title,
          open: count?.open ?? 0,
          leased: count?.leased ?? 0,
          ...(count === undefined ? {} : { oldestAt: count.oldestAt.toISOString() }),
        }
      }),
    mine: mine.map((record) => caseRow(record, actor)),
  }
}

/** Open and leased ones in the order of the queue, unless `state` names one; decided ones newest first. */
export async function cases(context: ReviewContext, actor: Actor, query: CasesQuery): Promise<CasePage> {
  requireRight(actor, 'queue.read')
  const visible = queuesOf(context, actor)
  if (query.queue !== undefined && !visible.includes(query.queue)) throw new ReviewProblem('not-found')
  const limit = query.limit ?? PAGE
  const asked = {
    queues: query.queue === undefined ? visible : [query.queue],
    stages: query.stage === undefined ? [...CASE_STAGES] : [query.stage],
    person: query.mine === true ? actor.subject : undefined,
    limit: limit + 1,
  }
  const isDecided = query.state === 'decided'
  const { rows } = await (isDecided ? decidedCases(asked, query.cursor) : waitingCases(asked, query)).execute(
    context.db,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    cases: page.map((record) => caseRow(record, actor)),
    ...(rows.length > limit && last !== undefined ? { next: cursorAfter(last) } : {}),
  }
}

interface Asked {
  readonly queues: readonly string[]
  readonly stages: readonly string[]
  readonly person: string | undefined
  readonly limit: number
}

const cursorAfter = ({ decided_at, priority, oldest_at, case_id }: CaseRecord): string =>
  decided_at === null
    ? cursorOf([priority, oldest_at.toISOString(), case_id])
    : cursorOf([decided_at.toISOString(), case_id])

/** Open ones by the ranges of their index, as next-case.ts reads them; the leased ones are few. */
function waitingCases(
  { queues: names, stages, person, limit }: Asked,
  { state, cursor }: CasesQuery,
): RawBuilder<CaseRecord> {
  const isAfter = cursor === undefined ? sql`true` : afterWaiting(cursor)
  const open = sql`
    select c.* from unnest(${names}::text[]) as q(queue) cross join unnest(${stages}::text[]) as s(stage)
    cross join lateral (
      select * from cases
      where state = 'open' and queue = q.queue and stage = s.stage and ${isAfter}
      ${person === undefined ? sql`` : sql`and assigned_to = ${person}`}
      order by priority desc, oldest_at, case_id limit ${limit}) as c`
  const leased = sql`
    select * from cases
    where state = 'leased' and queue = any(${names}) and stage = any(${stages}) and ${isAfter}
    ${person === undefined ? sql`` : sql`and lease_holder = ${person}`}`
  const parts = state === 'open' ? open : state === 'leased' ? leased : sql`${open} union all ${leased}`
  return sql<CaseRecord>`select * from (${parts}) as waiting
    order by priority desc, oldest_at, case_id limit ${limit}`
}

function afterWaiting(cursor: string): RawBuilder<boolean> {
  const [priority, oldestAt, caseId] = placeOf(cursor, [isInteger, isTime, isCaseNumber])
  return sql`(priority <= ${priority}::bigint
    and (priority < ${priority}::bigint or (oldest_at, case_id) > (${oldestAt}::timestamptz, ${caseId}::bigint)))`
}

/** Of `mine`: cases that this person has given an opinion on. */
function decidedCases(
  { queues: names, stages, person, limit }: Asked,
  cursor: string | undefined,
): RawBuilder<CaseRecord> {
  const isAfter = cursor === undefined ? sql`true` : afterDecided(cursor)
  const isOwn =
    person === undefined
      ? sql`true`
      : sql`exists (select from verdicts v
          where v.case_id = cases.case_id and v.reviewer = ${person} and v.undone_at is null)`
  return sql<CaseRecord>`
    select c.* from unnest(${names}::text[]) as q(queue)
    cross join lateral (
      select * from cases
      where state = 'decided' and queue = q.queue and stage = any(${stages}) and ${isAfter} and ${isOwn}
      order by decided_at desc, case_id desc limit ${limit}) as c
    order by decided_at desc, case_id desc limit ${limit}`
}

function afterDecided(cursor: string): RawBuilder<boolean> {
  const [decidedAt, caseId] = placeOf(cursor, [isTime, isCaseNumber])
  return sql`(decided_at, case_id) < (${decidedAt}::timestamptz, ${caseId}::bigint)`
}
