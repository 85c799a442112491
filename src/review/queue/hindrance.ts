// Why a case of a later stage is not for a person now: they have given an opinion on it, or the last one can still be undone.
// A second opinion counts also when it was undone: what came of it told its reviewer whether the first one was the same.
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
  if (opinions.some(({ undo_until, undone_at }) => undone_at === null && undo_until > at))
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
    .select(['reviewer', 'undo_until', 'undone_at'])
    .where('case_id', '=', caseId)
    .where((where) => where.or([where('undone_at', 'is', null), where('stage', '=', 'second')]))
    .where('is_correction', '=', false)
    .execute()

/** The same as a condition on the rows of `cases`, which is named `c`. */
export const isUnhindered = (person: string, clock: RawBuilder<Date>): RawBuilder<boolean> => sql`(
  c.stage = 'first' or not exists (
    select from verdicts v
    where v.case_id = c.case_id and not v.is_correction
      and ((v.reviewer = ${person} and (v.undone_at is null or v.stage = 'second'))
        or (v.undone_at is null and v.undo_until > ${clock}))))`
