// What a person must not see, because they may still be asked for an opinion of their own.
import { sql, type RawBuilder } from 'kysely'
import { may, type Actor } from '../rights.ts'

/** A verdict of a case can still be undone. `caseId` is an SQL expression. */
export const isUndoable = (
  caseId: RawBuilder<string>,
  clock: RawBuilder<Date>,
): RawBuilder<boolean> => sql`exists (
  select from verdicts u where u.case_id = ${caseId} and u.undone_at is null and not u.is_correction
    and u.undo_until > ${clock})`

/**
 * The second opinion on a case was given a moment ago. If it is undone, another person gives it, and blind: until then this may
 * be the asker. Who has given an opinion on the case is not asked again.
 */
export const mayStillGiveSecond = (
  actor: Actor,
  caseId: RawBuilder<string>,
  clock: RawBuilder<Date>,
): RawBuilder<boolean> =>
  may(actor, 'case.second')
    ? sql`(
        exists (
          select from verdicts u where u.case_id = ${caseId} and u.stage = 'second' and u.undone_at is null
            and not u.is_correction and u.undo_until > ${clock})
        and not exists (select from verdicts o where o.case_id = ${caseId} and o.reviewer = ${actor.subject}))`
    : sql`false`

/**
 * Of a row of `decisions`, named by `decision`: it, or what other people said of the same hit in the same case, came to a
 * decision. Else it is an opinion that another one is still to follow, or that new evidence has overtaken.
 */
export const cameToDecision = (decision: RawBuilder<unknown>): RawBuilder<boolean> => sql`exists (
  select from decisions s where s.hit_id = ${decision}.hit_id and s.case_id = ${decision}.case_id
    and (s.stands or exists (select from decisions x where x.supersedes = s.decision_id)))`
