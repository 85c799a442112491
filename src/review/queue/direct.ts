// What a supervisor does with a case: assign it, move it to another queue, raise its priority, hold it for the law.
import type { Updateable } from 'kysely'
import { sha256Hex } from '../../contract/json.ts'
import type {
  AssignBody,
  AuditAction,
  CaseRow,
  HoldBody,
  MoveBody,
  PriorityBody,
} from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit, type AuditEvent } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { queuesFor } from '../queues.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor, Right } from '../rights.ts'
import type { Tables } from '../store/tables.ts'
import { lockCase, mayWorkAt, requireRight, type CaseRecord, type ReviewTransaction } from './access.ts'
import { caseRow } from './case-row.ts'
import { hasOpinion } from './hindrance.ts'
import { leaseEnded, RETURNED } from './lease.ts'

/** To a person, or to no person in particular. Who holds the case now keeps it until the lease ends. */
export const assign = (
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { to }: AssignBody,
): Promise<CaseRow> =>
  direct(context, { actor, caseId, right: 'case.direct' }, async (tx, record) => {
    requireUndecided(record)
    if (to !== null) await requireAssignable(tx, context, record, to)
    return {
      action: 'case-assigned',
      change: { assigned_to: to },
      details: to === null ? {} : { to },
    }
  })

/** Else the case would wait for a person who never gets it, and others would not be offered it. */
async function requireAssignable(
  tx: ReviewTransaction,
  { settings }: ReviewContext,
  record: CaseRecord,
  subject: string,
): Promise<void> {
  const person = await tx
    .selectFrom('persons')
    .select(['subject', 'roles', 'groups'])
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (person === undefined) throw new ReviewProblem('invalid', 'No person of this name has signed in yet.')
  if (!mayWorkAt(person, record.stage) || !queuesFor(settings.queues, person).includes(record.queue))
    throw new ReviewProblem('invalid', 'That person’s roles or groups do not permit work on this case.')
  if (record.stage !== 'first' && (await hasOpinion(tx, record, subject)))
    throw new ReviewProblem('invalid', 'That person has given an opinion on this case already.')
}

/** Its holder and its assignee lose the case: they may have no right in the other queue, and it would wait for ever. */
export const move = (
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { queue }: MoveBody,
): Promise<CaseRow> =>
  direct(context, { actor, caseId, right: 'case.direct' }, async (_tx, record) => {
    if (!context.settings.queues.some(({ name }) => name === queue))
      throw new ReviewProblem('invalid', 'There is no queue of this name.')
    return {
      action: 'case-moved',
      change: {
        queue,
        is_moved: true,
        assigned_to: null,
        ...(record.state === 'leased' ? RETURNED : {}),
      },
      details: { from: record.queue, to: queue },
      ...(record.state === 'leased' ? { ended: leaseEnded(record, actor.subject, 'moved') } : {}),
    }
  })

export const raise = (
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { priority }: PriorityBody,
): Promise<CaseRow> =>
  direct(context, { actor, caseId, right: 'case.direct' }, async (_tx, record) => {
    requireUndecided(record)
    return {
      action: 'case-raised',
      change: { priority, is_raised: true },
      details: { from: record.priority, to: priority },
    }
  })

/** Retention leaves a case with a hold alone. */
export const hold = (
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { hold: isHeld, reason }: HoldBody,
): Promise<CaseRow> =>
  direct(context, { actor, caseId, right: 'case.hold' }, async (tx) => {
    const at = await timeNow(tx, context)
    await tx
      .insertInto('holds')
      .values({ case_id: caseId, person: actor.subject, is_set: isHeld, reason, at })
      .execute()
    return {
      action: isHeld ? 'hold-set' : 'hold-lifted',
      change: { legal_hold: isHeld },
      details: { reason: sha256Hex(reason) },
    }
  })

function requireUndecided({ state }: CaseRecord): void {
  if (state === 'decided') throw new ReviewProblem('already-decided')
}

interface Direction {
  readonly action: AuditAction
  readonly change: Updateable<Tables['cases']>
  readonly details: Readonly<Record<string, string | number>>
  /** A lease that ends with it. */
  readonly ended?: AuditEvent
}

function direct(
  context: ReviewContext,
  { actor, caseId, right }: { readonly actor: Actor; readonly caseId: string; readonly right: Right },
  decide: (tx: ReviewTransaction, record: CaseRecord) => Promise<Direction>,
): Promise<CaseRow> {
  requireRight(actor, right)
  return context.db.transaction().execute(async (tx) => {
    const record = await lockCase(tx, context, actor, caseId)
    const { action, change, details, ended } = await decide(tx, record)
    const changed = await tx
      .updateTable('cases')
      .set(change)
      .where('case_id', '=', caseId)
      .returningAll()
      .executeTakeFirstOrThrow()
    await announce(
      tx,
      [...new Set([record.queue, changed.queue])].map((queue) => ({ event: 'queue', queue, caseId })),
    )
    await announce(tx, [{ event: 'case', queue: changed.queue, caseId }])
    const at = await timeNow(tx, context)
    await appendAudit(tx, [{ action, actor: actor.subject, caseId, details }, ...(ended ? [ended] : [])], at)
    return caseRow(changed, actor)
  })
}
