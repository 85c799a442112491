// Rows of the store as what the API shows.
import type { Selectable } from 'kysely'
import type { DecisionView, OutcomeView } from '../../contract/review.ts'
import { ReviewProblem } from '../problems.ts'
import type { Tables } from '../store/tables.ts'

/** A hit's key in the store. */
export function hitKey(hitId: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(hitId)) throw new ReviewProblem('not-found')
  return Buffer.from(hitId, 'hex')
}

export const decisionView = (row: Selectable<Tables['decisions']>): DecisionView => ({
  decisionId: row.decision_id,
  hitId: row.hit_id.toString('hex'),
  caseId: row.case_id,
  verdict: row.verdict,
  reviewer: row.reviewer,
  reason: row.reason,
  note: row.note,
  decidedAt: row.decided_at.toISOString(),
  stage: row.stage,
  stands: row.stands,
  ...(row.supersedes === null ? {} : { supersedes: row.supersedes }),
})

export const outcomeView = (
  row: Pick<
    Selectable<Tables['outcomes']>,
    'outcome_id' | 'hit_id' | 'finding' | 'basis' | 'reported_by' | 'reason' | 'reported_at'
  >,
): OutcomeView => ({
  outcomeId: row.outcome_id,
  hitId: row.hit_id.toString('hex'),
  finding: row.finding,
  basis: row.basis,
  reportedBy: row.reported_by,
  reason: row.reason,
  reportedAt: row.reported_at.toISOString(),
})
