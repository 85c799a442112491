// A correction: a decision in the place of one that can no longer be undone.
import type { Selectable } from 'kysely'
import type { CorrectBody, DecidedView } from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { lockCase, requireRight, type ReviewTransaction } from '../queue/access.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import type { Tables } from '../store/tables.ts'
import { recordVerdict } from './record-verdict.ts'

/**
 * Its reviewer corrects a decision that one person made alone. One that took two opinions, or another person's, takes a
 * supervisor: else one of two people could overrule the other.
 */
export function correct(context: ReviewContext, actor: Actor, body: CorrectBody): Promise<DecidedView> {
  requireRight(actor, 'case.work')
  return context.db.transaction().execute(async (tx) => {
    const { case_id: caseId } = await decisionOf(tx, body.supersedes)
    const record = await lockCase(tx, context, actor, caseId)
    const earlier = await decisionOf(tx, body.supersedes)
    const isOwn = earlier.reviewer === actor.subject && earlier.stage === 'first'
    if (!isOwn) requireRight(actor, 'decision.correct')
    const hit = await lockHit(tx, earlier.hit_id)
    const at = await timeNow(tx, context)
    if (!earlier.stands)
      throw new ReviewProblem('already-decided', 'Another decision has taken the place of this one.')
    if (earlier.undo_until > at) throw new ReviewProblem('not-decided', 'It can still be undone.')
    if (hit.case_id !== caseId)
      throw new ReviewProblem('evidence-changed', 'New evidence has reopened this hit in another case.')
    if (hit.evidence !== body.evidence) throw new ReviewProblem('evidence-changed')
    const { verdict, reason, note } = body
    const recorded = await recordVerdict(
      tx,
      context,
      {
        caseId,
        stage: earlier.stage,
        reviewer: actor.subject,
        verdict,
        reason,
        note,
        leaseToken: 0,
        isCorrection: true,
        at,
      },
      [
        {
          hitId: hit.hit_id,
          evidence: hit.evidence,
          matchKeys: hit.match_keys,
          knownEntries: hit.known_entries,
          opinions: [],
          result: 'stands',
        },
      ],
    )
    await announce(tx, [{ event: 'case', queue: record.queue, caseId }])
    const details = {
      verdictId: recorded.verdictId,
      verdict,
      hitId: hit.hit_id.toString('hex'),
      supersedes: earlier.decision_id,
      evidence: body.evidence,
      decisions: recorded.digest,
      rows: recorded.rows,
    }
    await appendAudit(tx, [{ action: 'corrected', actor: actor.subject, caseId, details }], at)
    return {
      undoId: recorded.verdictId,
      undoUntil: recorded.undoUntil.toISOString(),
      caseId,
      caseState: record.state,
      stage: record.stage,
      decided: 1,
      undecided: record.undecided_count,
    }
  })
}

/** An opinion or decision that was undone is nowhere. */
async function decisionOf(tx: ReviewTransaction, decisionId: string) {
  const decision = await tx
    .selectFrom('decisions')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'decisions.verdict_id')
    .selectAll('decisions')
    .select('verdicts.undo_until')
    .where('decisions.decision_id', '=', decisionId)
    .where('verdicts.undone_at', 'is', null)
    .executeTakeFirst()
  if (decision === undefined) throw new ReviewProblem('not-found')
  return decision
}

async function lockHit(tx: ReviewTransaction, hitId: Buffer): Promise<Selectable<Tables['hits']>> {
  const hit = await tx
    .selectFrom('hits')
    .selectAll()
    .where('hit_id', '=', hitId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (hit === undefined) throw new ReviewProblem('not-found')
  return hit
}
