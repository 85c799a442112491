// Undo: what was decided a moment ago is taken back before it leaves for Kafka.
import type { Selectable } from 'kysely'
import type { UndoneView } from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit, type AuditEvent } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { lockCase, requireRight, type CaseRecord, type ReviewTransaction } from '../queue/access.ts'
import { giveLease, isHeldAt, leaseEnded, RETURNED } from '../queue/lease.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import type { Tables } from '../store/tables.ts'
import { progressOf } from './case-progress.ts'

type VerdictRecord = Selectable<Tables['verdicts']>

/**
 * Takes back all decisions of one verdict. The case is this person's again, unless another one holds it. Not so after a second
 * opinion: what came of it told of the first one, so another person gives the next (hindrance.ts).
 */
export function undo(context: ReviewContext, actor: Actor, undoId: string): Promise<UndoneView> {
  requireRight(actor, 'case.work')
  return context.db.transaction().execute(async (tx) => {
    const { case_id: caseId } = await ownVerdict(tx, actor, undoId)
    const record = await lockCase(tx, context, actor, caseId)
    const hitIds = await lockHits(tx, undoId)
    const at = await lockOutbox(tx, context, undoId)
    const verdict = await ownVerdict(tx, actor, undoId)
    await requireUndoable(tx, verdict, at)
    const isUnpublished = await takeBack(tx, verdict, at)
    if (!isUnpublished) throw new ReviewProblem('undo-too-late')
    await freeHits(tx, verdict, hitIds)
    const done: AuditEvent = {
      action: 'undone',
      actor: actor.subject,
      caseId,
      details: { verdictId: undoId, verdict: verdict.verdict, hits: hitIds.length },
    }
    await announce(tx, [
      { event: 'case', queue: record.queue, caseId },
      { event: 'queue', queue: record.queue },
    ])
    const lease = verdict.is_correction
      ? undefined
      : await reopen(tx, context, { actor, record, verdict, at })
    const ended = losesLease({ actor, record, verdict }) ? [leaseEnded(record, actor.subject, 'undone')] : []
    await appendAudit(tx, [done, ...ended, ...(lease === undefined ? [] : [lease.event])], at)
    return {
      caseId,
      ...(lease === undefined ? {} : { lease: { token: lease.view.token, until: lease.view.until } }),
    }
  })
}

/** Another person's verdict does not exist for this one. */
async function ownVerdict(tx: ReviewTransaction, actor: Actor, undoId: string): Promise<VerdictRecord> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(undoId)) throw new ReviewProblem('not-found')
  const verdict = await tx
    .selectFrom('verdicts')
    .selectAll()
    .where('verdict_id', '=', undoId)
    .where('reviewer', '=', actor.subject)
    .executeTakeFirst()
  if (verdict === undefined) throw new ReviewProblem('not-found')
  return verdict
}

async function lockHits(tx: ReviewTransaction, undoId: string): Promise<readonly Buffer[]> {
  const hits = await tx
    .selectFrom('hits')
    .select('hit_id')
    .where('hit_id', 'in', (from) =>
      from.selectFrom('decisions').select('hit_id').where('verdict_id', '=', undoId),
    )
    .orderBy('hit_id')
    .forNoKeyUpdate()
    .execute()
  return hits.map(({ hit_id }) => hit_id)
}

/**
 * The publisher locks what it reads, too. So it either has these rows, then they were due and it is too late by the time
 * that is asked for now; or it does not get them.
 */
async function lockOutbox(tx: ReviewTransaction, context: ReviewContext, undoId: string): Promise<Date> {
  await tx.selectFrom('outbox').select('outbox_id').where('verdict_id', '=', undoId).forUpdate().execute()
  return timeNow(tx, context)
}

async function requireUndoable(tx: ReviewTransaction, verdict: VerdictRecord, at: Date): Promise<void> {
  if (verdict.undone_at !== null) throw new ReviewProblem('undo-too-late', 'It is undone already.')
  if (verdict.undo_until <= at) throw new ReviewProblem('undo-too-late')
  const later = await tx
    .selectFrom('decisions as own')
    .innerJoin('decisions as other', 'other.hit_id', 'own.hit_id')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'other.verdict_id')
    .select('other.decision_id')
    .where('own.verdict_id', '=', verdict.verdict_id)
    .where('verdicts.undone_at', 'is', null)
    .where((where) =>
      where.or([
        where('other.supersedes', '=', where.ref('own.decision_id')),
        where.and([
          where('other.case_id', '=', where.ref('own.case_id')),
          where('other.decided_at', '>', where.ref('own.decided_at')),
        ]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (later !== undefined) throw new ReviewProblem('undo-too-late', 'Another decision followed it.')
}

/** Returns false if some of it has been published already. */
async function takeBack(tx: ReviewTransaction, { verdict_id }: VerdictRecord, at: Date): Promise<boolean> {
  const unsent = await tx
    .deleteFrom('outbox')
    .where('verdict_id', '=', verdict_id)
    .returning('outbox_id')
    .execute()
  const undone = await tx
    .updateTable('decisions')
    .set({ stands: false })
    .where('verdict_id', '=', verdict_id)
    .where('stands', '=', true)
    .returning('supersedes')
    .execute()
  const superseded = undone.map(({ supersedes }) => supersedes).filter((id) => id !== null)
  if (superseded.length > 0)
    await tx.updateTable('decisions').set({ stands: true }).where('decision_id', 'in', superseded).execute()
  await tx.updateTable('verdicts').set({ undone_at: at }).where('verdict_id', '=', verdict_id).execute()
  return unsent.length === undone.length
}

/** A hit that new evidence has moved to another case stays there. */
async function freeHits(
  tx: ReviewTransaction,
  { verdict_id, case_id, stage, is_correction }: VerdictRecord,
  hitIds: readonly Buffer[],
): Promise<void> {
  if (hitIds.length === 0) return
  if (is_correction)
    await tx
      .updateTable('hits')
      .from('decisions')
      .set((row) => ({ decision_id: row.ref('decisions.supersedes') }))
      .whereRef('hits.hit_id', '=', 'decisions.hit_id')
      .whereRef('hits.case_id', '=', 'decisions.case_id')
      .where('decisions.verdict_id', '=', verdict_id)
      .execute()
  else
    await tx
      .updateTable('hits')
      .set({ decision_id: null, stage })
      .where('hit_id', 'in', hitIds)
      .where('case_id', '=', case_id)
      .execute()
}

interface Reopening {
  readonly actor: Actor
  readonly record: CaseRecord
  readonly verdict: VerdictRecord
  readonly at: Date
}

/** Who undoes a second opinion gives up the rest of the case, too. */
const losesLease = ({ actor, record, verdict }: Omit<Reopening, 'at'>): boolean =>
  verdict.stage === 'second' &&
  !verdict.is_correction &&
  record.state === 'leased' &&
  record.lease_holder === actor.subject

/** The case waits again: for this person, for another one, or with its holder. Undefined: no lease was given. */
async function reopen(
  tx: ReviewTransaction,
  context: ReviewContext,
  { actor, record, verdict, at }: Reopening,
): Promise<Awaited<ReturnType<typeof giveLease>> | undefined> {
  const { stage, waiting } = await progressOf(tx, record.case_id)
  if (stage === undefined) return undefined
  await tx
    .updateTable('cases')
    .set({
      stage,
      undecided_count: waiting,
      ...(record.state === 'decided' ? { state: 'open', decided_at: null } : {}),
      ...(losesLease({ actor, record, verdict }) ? { ...RETURNED, assigned_to: null } : {}),
    })
    .where('case_id', '=', record.case_id)
    .execute()
  const isAnothers = isHeldAt(record, at) && record.lease_holder !== actor.subject
  if (verdict.stage === 'second' || isAnothers) return undefined
  return giveLease(tx, context, { actor, record: { ...record, stage }, at })
}
