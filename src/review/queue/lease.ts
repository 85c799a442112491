// Leases: one person has a case alone for some minutes. A token that grows with each lease fences it.
import { sql } from 'kysely'
import { sha256Hex } from '../../contract/json.ts'
import type { LeaseBody, LeaseNextBody, LeaseView, SkipBody } from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit, type AuditEvent } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import { SYSTEM, type Actor } from '../rights.ts'
import {
  lockCase,
  queuesOf,
  readCase,
  requireRight,
  requireWorkAt,
  type CaseRecord,
  type ReviewTransaction,
} from './access.ts'
import { nextCase } from './next-case.ts'
import { hindrance } from './hindrance.ts'

/** The next case that waits for this person, or undefined. */
export function leaseNext(
  context: ReviewContext,
  actor: Actor,
  { queue }: LeaseNextBody,
): Promise<LeaseView | undefined> {
  requireRight(actor, 'case.work')
  const mine = queuesOf(context, actor)
  if (queue !== undefined && !mine.includes(queue)) throw new ReviewProblem('not-found')
  return context.db.transaction().execute(async (tx) => {
    const found = await nextCase(tx, context, actor, queue === undefined ? mine : [queue])
    return found && leaseFree(tx, context, actor, found)
  })
}

/** This case. Who holds it already has the same lease for longer. */
export function leaseCase(context: ReviewContext, actor: Actor, caseId: string): Promise<LeaseView> {
  requireRight(actor, 'case.read')
  return context.db.transaction().execute(async (tx) => {
    const record = await lockCase(tx, context, actor, caseId)
    requireWorkAt(actor, record.stage)
    if (record.state === 'decided') throw new ReviewProblem('already-decided')
    const at = await timeNow(tx, context)
    if (isHeldAt(record, at)) {
      if (record.lease_holder !== actor.subject) throw new ReviewProblem('already-leased')
      return extend(tx, context, record, at)
    }
    if (record.assigned_to !== null && record.assigned_to !== actor.subject)
      throw new ReviewProblem('not-permitted', 'The case is assigned to another person.')
    const why = await hindrance(tx, record, actor.subject, at)
    if (why !== undefined) throw why
    return leaseFree(tx, context, actor, record)
  })
}

export const isHeldAt = ({ state, lease_until }: CaseRecord, at: Date): boolean =>
  state === 'leased' && lease_until !== null && lease_until > at

async function leaseFree(
  tx: ReviewTransaction,
  context: ReviewContext,
  actor: Actor,
  record: CaseRecord,
): Promise<LeaseView> {
  const at = await timeNow(tx, context)
  const { view, event } = await giveLease(tx, context, { actor, record, at })
  // One that was over, and not swept up yet.
  const before = record.state === 'leased' ? [leaseEnded(record, SYSTEM, 'expired')] : []
  await appendAudit(tx, [...before, event], at)
  return view
}

/** By the person, or because their last session has ended otherwise. */
export type SignedOut = 'signed-out' | 'session-ended'

/**
 * The end of a lease, for the audit. A skip and a decision that ends it say so in their own entries, and so does the next
 * lease of the case. Renewals are no entries: the lease lasted until it ended.
 */
export const leaseEnded = (
  { case_id: caseId, lease_token }: Pick<CaseRecord, 'case_id' | 'lease_token'>,
  actor: string,
  why: 'given-back' | SignedOut | 'expired' | 'moved' | 'undone' | 'new-evidence',
): AuditEvent => ({ action: 'lease-ended', actor, caseId, details: { token: Number(lease_token), why } })

/** The row is locked, and free. The caller appends the event to the audit, as its last statement. */
export async function giveLease(
  tx: ReviewTransaction,
  context: ReviewContext,
  { actor, record, at }: { readonly actor: Actor; readonly record: CaseRecord; readonly at: Date },
): Promise<{ readonly view: LeaseView; readonly event: AuditEvent }> {
  const { case_id: caseId, queue, stage } = record
  const until = leaseEnd(context, at)
  const { lease_token } = await tx
    .updateTable('cases')
    .set({
      state: 'leased',
      lease_holder: actor.subject,
      lease_token: sql`lease_token + 1`,
      lease_until: until,
      leased_at: at,
    })
    .where('case_id', '=', caseId)
    .returning('lease_token')
    .executeTakeFirstOrThrow()
  await announce(tx, [{ event: 'lease', queue, caseId }])
  const token = Number(lease_token)
  return {
    view: { caseId, token, until: until.toISOString() },
    event: { action: 'case-leased', actor: actor.subject, caseId, details: { token, stage } },
  }
}

const leaseEnd = ({ settings }: ReviewContext, at: Date): Date =>
  new Date(at.getTime() + settings.leaseMinutes * 60_000)

async function extend(
  tx: ReviewTransaction,
  context: ReviewContext,
  { case_id, lease_token }: CaseRecord,
  at: Date,
): Promise<LeaseView> {
  const until = leaseEnd(context, at)
  await tx.updateTable('cases').set({ lease_until: until }).where('case_id', '=', case_id).execute()
  return { caseId: case_id, token: Number(lease_token), until: until.toISOString() }
}

/** Throws 'lease-lost' unless this person holds the locked case under this token. */
export function requireLease(record: CaseRecord, actor: Actor, token: number, at: Date): void {
  const isHolder = record.lease_holder === actor.subject && Number(record.lease_token) === token
  if (!isHolder || !isHeldAt(record, at)) throw new ReviewProblem('lease-lost')
}

export function renew(
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { token }: LeaseBody,
): Promise<LeaseView> {
  requireRight(actor, 'case.work')
  return context.db.transaction().execute(async (tx) => {
    const record = await lockCase(tx, context, actor, caseId)
    const at = await timeNow(tx, context)
    requireLease(record, actor, token, at)
    return extend(tx, context, record, at)
  })
}

/** A lease that is lost already needs no giving back: that is no problem. */
export async function giveBack(
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { token }: LeaseBody,
): Promise<void> {
  requireRight(actor, 'case.work')
  await readCase(context.db, context, actor, caseId)
  await context.db
    .transaction()
    .execute((tx) => giveBackIn(tx, context, { caseId, subject: actor.subject, token, why: 'given-back' }))
}

interface GivenBack {
  readonly caseId: string
  readonly subject: string
  /** Left out: whichever lease this person has of it, at the sign-out. */
  readonly token?: number
  readonly why: 'given-back' | SignedOut
}

/** False: this person does not hold it. */
async function giveBackIn(
  tx: ReviewTransaction,
  context: ReviewContext,
  { caseId, subject, token, why }: GivenBack,
): Promise<boolean> {
  let held = tx
    .updateTable('cases')
    .set(RETURNED)
    .where('case_id', '=', caseId)
    .where('lease_holder', '=', subject)
    .where('state', '=', 'leased')
  if (token !== undefined) held = held.where('lease_token', '=', String(token))
  const given = await held.returning(['case_id', 'lease_token', 'queue']).executeTakeFirst()
  if (given === undefined) return false
  await announce(tx, [{ event: 'lease', queue: given.queue, caseId }])
  const at = await timeNow(tx, context)
  await appendAudit(tx, [leaseEnded(given, subject, why)], at)
  return true
}

/** The columns of a case without a lease. */
export const RETURNED = { state: 'open', lease_holder: null, lease_until: null, leased_at: null } as const

/** Gives the case back, and does not offer it to this person again soon. An assignment ends with it. */
export function skip(
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  { token, reason }: SkipBody,
): Promise<void> {
  requireRight(actor, 'case.work')
  return context.db.transaction().execute(async (tx) => {
    const record = await lockCase(tx, context, actor, caseId)
    const at = await timeNow(tx, context)
    requireLease(record, actor, token, at)
    const until = new Date(at.getTime() + context.settings.skipMinutes * 60_000)
    await tx
      .updateTable('cases')
      .set({ ...RETURNED, assigned_to: null })
      .where('case_id', '=', caseId)
      .execute()
    await tx.insertInto('skips').values({ case_id: caseId, person: actor.subject, reason, until }).execute()
    await announce(tx, [{ event: 'lease', queue: record.queue, caseId }])
    const details = { token, reason: sha256Hex(reason) }
    await appendAudit(tx, [{ action: 'case-skipped', actor: actor.subject, caseId, details }], at)
  })
}

/** One case a transaction, so that none waits for another with a lock in its hand. */
export async function giveBackAll(context: ReviewContext, subject: string, why: SignedOut): Promise<number> {
  const held = await context.db
    .selectFrom('cases')
    .select('case_id')
    .where('lease_holder', '=', subject)
    .where('state', '=', 'leased')
    .execute()
  let given = 0
  for (const { case_id: caseId } of held) {
    const isGiven = await context.db
      .transaction()
      .execute((tx) => giveBackIn(tx, context, { caseId, subject, why }))
    if (isGiven) given += 1
  }
  return given
}

/** Cases at once: the statement holds their locks for a few milliseconds. */
const EXPIRED_AT_ONCE = 1_000
/** With more of them, browsers ask for their queues instead. */
const ANNOUNCED_AT_ONCE = 20

/**
 * A statement of its own: as a part of leasing it would not see what it has just opened, and a lease would walk past all
 * leased cases. A case that somebody has locked is left for the next time.
 */
export function expireLeases(context: ReviewContext): Promise<number> {
  const { db, clock } = context
  return db.transaction().execute(async (tx) => {
    const expired = await tx
      .updateTable('cases')
      .set(RETURNED)
      .where('case_id', 'in', (from) =>
        from
          .selectFrom('cases')
          .select('case_id')
          .where('state', '=', 'leased')
          .where('lease_until', '<=', clock)
          .limit(EXPIRED_AT_ONCE)
          .forUpdate()
          .skipLocked(),
      )
      .returning(['case_id', 'lease_token', 'queue'])
      .execute()
    if (expired.length === 0) return 0
    await announce(
      tx,
      expired.length > ANNOUNCED_AT_ONCE
        ? [...new Set(expired.map(({ queue }) => queue))].map((queue) => ({ event: 'queue', queue }))
        : expired.map(({ case_id, queue }) => ({ event: 'lease', queue, caseId: case_id })),
    )
    const at = await timeNow(tx, context)
    await appendAudit(
      tx,
      expired.map((one) => leaseEnded(one, SYSTEM, 'expired')),
      at,
    )
    return expired.length
  })
}
