// Earlier decisions on an uploader and on known entries, without what a second reviewer must not see.
import { sql } from 'kysely'
import type { DecisionView } from '../../contract/review.ts'
import type { ReviewContext } from '../review-context.ts'
import { may, type Actor } from '../rights.ts'
import { queuesOf, type CaseRecord, type ReviewTransaction } from './access.ts'
import { cameToDecision, isUndoable, mayStillGiveSecond } from './blindness.ts'
import { decisionView } from './views.ts'

const MAX_DECISIONS = 50
/** Entries of a case that are looked at: a case of a thousand hits may have as many. */
const MAX_ENTRIES = 64

/**
 * Newest first. An opinion on a hit that is not decided yet is nowhere in it, but for who settles the case. And nothing of
 * a case that waits for its second opinion is, or may wait for the asker's after an undo.
 */
export async function historyOf(
  tx: ReviewTransaction,
  context: ReviewContext,
  actor: Actor,
  { record, entries }: { readonly record: CaseRecord; readonly entries: readonly string[] },
): Promise<DecisionView[]> {
  const settles = record.stage === 'supervisor' && record.state !== 'decided' && may(actor, 'case.settle')
  const caseOfRow = sql<string>`d.case_id`
  const isBlind = record.stage === 'second' && record.state !== 'decided'
  const { rows } = await sql<Parameters<typeof decisionView>[0]>`
    select d.* from (
      select d.decision_id from decisions d join cases c on c.case_id = d.case_id
      where c.subject_key = ${record.subject_key}
      union
      select newest.decision_id from unnest(${entries.slice(0, MAX_ENTRIES)}::text[]) as e(entry)
      cross join lateral (
        select de.decision_id from decided_entries de where de.entry = e.entry
        order by de.decided_at desc limit ${MAX_DECISIONS}) as newest
    ) as found
    join decisions d on d.decision_id = found.decision_id
    join verdicts v on v.verdict_id = d.verdict_id
    join cases c on c.case_id = d.case_id
    join hits h on h.hit_id = d.hit_id
    where v.undone_at is null
      and c.queue = any(${queuesOf(context, actor)})
      and not (${isBlind} and d.case_id = ${record.case_id})
      and not ${mayStillGiveSecond(actor, caseOfRow, context.clock)}
      and (d.stands or h.decision_id is not null or ${cameToDecision(sql`d`)}
        or (${settles} and d.case_id = ${record.case_id} and not ${isUndoable(caseOfRow, context.clock)}))
    order by d.decided_at desc, d.decision_id
    limit ${MAX_DECISIONS}`.execute(tx)
  return rows.map(decisionView)
}
