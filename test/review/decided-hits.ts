// Decides hits by hand, as far as other parts of the review room look at decisions.
import { randomUUID } from 'node:crypto'
import type { Verdict } from '../../src/contract/decision.ts'
import type { ReviewDatabase } from '../../src/review/store/connect.ts'

/** Decides these hits of a case, all undecided ones if none are named. With none left the case is decided. */
export async function decideHits(
  db: ReviewDatabase,
  caseId: string,
  hitIds?: readonly string[],
  { verdict = 'refer', at = new Date() }: { readonly verdict?: Verdict; readonly at?: Date } = {},
): Promise<void> {
  const undecided = await db
    .selectFrom('hits')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('decision_id', 'is', null)
    .execute()
  const chosen = undecided.filter(({ hit_id: id }) => hitIds?.includes(id.toString('hex')) ?? true)
  const verdictId = randomUUID()
  const opinion = {
    case_id: caseId,
    stage: 'first' as const,
    reviewer: 'reviewer-1',
    verdict,
    decided_at: at,
  }
  await db
    .insertInto('verdicts')
    .values({ ...opinion, verdict_id: verdictId, lease_token: 1, undo_until: at })
    .execute()
  for (const { hit_id: hitId, evidence, match_keys: matchKeys } of chosen) {
    const decisionId = randomUUID()
    await db
      .insertInto('decisions')
      .values({
        ...opinion,
        decision_id: decisionId,
        verdict_id: verdictId,
        hit_id: hitId,
        reason: '',
        note: '',
        evidence,
        match_keys: matchKeys,
        supersedes: null,
        stands: true,
      })
      .execute()
    await db.updateTable('hits').set({ decision_id: decisionId }).where('hit_id', '=', hitId).execute()
  }
  const left = undecided.length - chosen.length
  await db
    .updateTable('cases')
    .set({ undecided_count: left, ...(left === 0 ? { state: 'decided' as const, decided_at: at } : {}) })
    .where('case_id', '=', caseId)
    .execute()
}
