// Where a case is after its hits have changed: how many wait, whose turn it is, whether it is decided.
import { CASE_STAGES } from '../../contract/review.ts'
import type { CaseRecord, ReviewTransaction } from '../queue/access.ts'
import type { CaseStage } from '../store/tables.ts'

export interface Progress {
  /** The earliest stage that a hit waits at; undefined: all are decided. */
  readonly stage: CaseStage | undefined
  /** Hits that wait at it. */
  readonly waiting: number
}

export async function progressOf(tx: ReviewTransaction, caseId: string): Promise<Progress> {
  const counts = await tx
    .selectFrom('hits')
    .select(['stage', ({ fn }) => fn.countAll<string>().as('hits')])
    .where('case_id', '=', caseId)
    .where('decision_id', 'is', null)
    .groupBy('stage')
    .execute()
  const stage = CASE_STAGES.find((one) => counts.some((count) => count.stage === one))
  return { stage, waiting: Number(counts.find((count) => count.stage === stage)?.hits ?? 0) }
}

/**
 * After a verdict, or when intake has taken an undecided hit out of the case. It stays with its holder while hits of its stage
 * wait; later it takes no new hits (intake/).
 */
export async function advanceCase(
  tx: ReviewTransaction,
  record: Pick<CaseRecord, 'case_id' | 'stage'>,
  at: Date,
): Promise<Progress> {
  const progress = await progressOf(tx, record.case_id)
  const isOver = progress.stage !== record.stage
  await tx
    .updateTable('cases')
    .set({
      undecided_count: progress.waiting,
      ...(progress.stage === undefined ? { state: 'decided', decided_at: at } : { stage: progress.stage }),
      ...(isOver ? { lease_holder: null, lease_until: null, leased_at: null, assigned_to: null } : {}),
      ...(isOver && progress.stage !== undefined ? { state: 'open' } : {}),
    })
    .where('case_id', '=', record.case_id)
    .execute()
  return progress
}
