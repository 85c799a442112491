// Why a case of a later stage is not for a person now: they have given an opinion on it, or the last one can still be undone.
import { sql, type RawBuilder } from 'kysely'
import { ReviewProblem } from '../problems.ts'
import type { CaseRecord, ReviewTransaction } from './access.ts'

/** Of one case, locked. */
export async function hindrance(
  tx: ReviewTransaction,
  { case_id, stage }: CaseRecord,
  person: string,
  at: Date,
): Promise<ReviewProblem | undefined> {
  if (stage === 'first') return undefined
  const opinions = await opinionsOn(tx, case_id)
  if (opinions.some(({ reviewer }) => reviewer === person)) return new ReviewProblem('own-opinion')
  if (opinions.some(({ undo_until }) => undo_until > at))
    return new ReviewProblem('already-leased', 'The last opinion can still be undone: try again in a moment.')
  return undefined
}

export async function hasOpinion(
  tx: ReviewTransaction,
  { case_id }: CaseRecord,
  person: string,
): Promise<boolean> {
  const opinions = await opinionsOn(tx, case_id)
  return opinions.some(({ reviewer }) => reviewer === person)
}

const opinionsOn = (tx: ReviewTransaction, caseId: string) =>
  tx
    .selectFrom('verdicts')
    .select(['reviewer', 'undo_until'])
    .where('case_id', '=', caseId)
    .where('undone_at', 'is', null)
    .where('is_correction', '=', false)
    .execute()

/** The same as a condition on the rows of `cases`, which is named `c`. */
export const isUnhindered = (person: string, clock: RawBuilder<Date>): RawBuilder<boolean> => sql`(
  c.stage = 'first' or not exists (
    select from verdicts v
    where v.case_id = c.case_id and v.undone_at is null and not v.is_correction
      and (v.reviewer = ${person} or v.undo_until > ${clock})))`
