// Who may see and work on a case: asked of the case itself, whatever way it was reached.
import { sql, type RawBuilder, type Selectable, type Transaction } from 'kysely'
import { ReviewProblem } from '../problems.ts'
import { queuesFor } from '../queues.ts'
import type { ReviewContext } from '../review-context.ts'
import { may, type Actor, type Right } from '../rights.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { CaseStage, Tables } from '../store/tables.ts'

export type CaseRecord = Selectable<Tables['cases']>
export type ReviewTransaction = Transaction<Tables>

export function requireRight(actor: Actor, right: Right): void {
  if (!may(actor, right)) throw new ReviewProblem('not-permitted')
}

/** The right that a verdict at each stage takes. */
const RIGHT_AT: Readonly<Record<CaseStage, Right>> = {
  first: 'case.work',
  second: 'case.second',
  supervisor: 'case.settle',
}

export const mayWorkAt = (actor: Actor, stage: CaseStage): boolean => may(actor, RIGHT_AT[stage])

export function requireWorkAt(actor: Actor, stage: CaseStage): void {
  requireRight(actor, RIGHT_AT[stage])
}

/** The names of the queues that this person may see and work in. */
export const queuesOf = ({ settings }: ReviewContext, actor: Actor): string[] => [
  ...queuesFor(settings.queues, actor),
]

/** Of a case's queue. Of no queue at all nothing is one: `in ()` would be no SQL. */
export const isOneOf = (queues: string[]): RawBuilder<boolean> => sql`queue = any(${queues}::text[])`

const GREATEST_BIGINT = 2n ** 63n - 1n

/** The case, if this person may see it. */
export async function readCase(
  db: ReviewDatabase | ReviewTransaction,
  context: ReviewContext,
  actor: Actor,
  caseId: string,
): Promise<CaseRecord> {
  if (!/^[1-9]\d{0,18}$/.test(caseId) || BigInt(caseId) > GREATEST_BIGINT)
    throw new ReviewProblem('not-found')
  const record = await db
    .selectFrom('cases')
    .selectAll()
    .where('case_id', '=', caseId)
    .where(isOneOf(queuesOf(context, actor)))
    .executeTakeFirst()
  if (record === undefined) throw new ReviewProblem('not-found')
  return record
}

/** The same, with its subject's row and its own locked, in this order. */
export async function lockCase(
  tx: ReviewTransaction,
  context: ReviewContext,
  actor: Actor,
  caseId: string,
): Promise<CaseRecord> {
  const seen = await readCase(tx, context, actor, caseId)
  await tx
    .selectFrom('subjects')
    .select('subject_key')
    .where('subject_key', '=', seen.subject_key)
    .forNoKeyUpdate()
    .execute()
  await tx.selectFrom('cases').select('case_id').where('case_id', '=', caseId).forNoKeyUpdate().execute()
  // It may have changed while the locks were waited for: moved to another queue, say.
  return readCase(tx, context, actor, caseId)
}
