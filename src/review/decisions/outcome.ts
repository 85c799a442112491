// Outcomes: what a lawful viewing elsewhere found of a decided hit.
import { randomUUID } from 'node:crypto'
import { encodeOutcomeRecord } from '../../contract/outcome.ts'
import type { OutcomeBody, OutcomeView } from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { lockCase, readCase, requireRight, type ReviewTransaction } from '../queue/access.ts'
import { entryName } from '../intake/hit-row.ts'
import { hitKey, outcomeView } from '../queue/views.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'

/** It belongs to the decision that stands: also while new evidence has reopened the hit. */
export function reportOutcome(
  context: ReviewContext,
  actor: Actor,
  hitId: string,
  body: OutcomeBody,
): Promise<OutcomeView> {
  requireRight(actor, 'outcome.report')
  const { finding, basis, knownEntry, reason } = body
  if ((finding === 'known-entry-wrong') !== (knownEntry !== undefined))
    throw new ReviewProblem('invalid', 'The finding known-entry-wrong names the entry, and no other does.')
  return context.db.transaction().execute(async (tx) => {
    const seen = await hitOf(tx, hitId)
    const locked = await lockCase(tx, context, actor, seen.case_id)
    const hit = await hitOf(tx, hitId)
    // New evidence may have moved it while the locks were waited for. Its subject, which is locked, is the same.
    const record = hit.case_id === seen.case_id ? locked : await readCase(tx, context, actor, hit.case_id)
    const at = await timeNow(tx, context)
    const decision = await standingDecision(tx, hit.hit_id)
    if (decision === undefined) throw new ReviewProblem('not-decided')
    if (decision.undo_until > at) throw new ReviewProblem('not-decided', 'The decision can still be undone.')
    const entry = knownEntry === undefined ? null : entryName(knownEntry)
    if (entry !== null && !hit.known_entries.includes(entry))
      throw new ReviewProblem('invalid', 'The hit does not match this known entry.')
    const row = {
      outcome_id: randomUUID(),
      hit_id: hit.hit_id,
      decision_id: decision.decision_id,
      finding,
      basis,
      entry,
      reported_by: actor.subject,
      reason,
      reported_at: at,
    }
    await tx.insertInto('outcomes').values(row).execute()
    const value = encodeOutcomeRecord({
      schema: 'outcome/1',
      outcomeId: row.outcome_id,
      hitId,
      decisionId: decision.decision_id,
      finding,
      basis,
      ...(knownEntry === undefined ? {} : { knownEntry }),
      reportedBy: actor.subject,
      reason,
      reportedAt: at.toISOString(),
    })
    await tx.insertInto('outbox').values({ topic: 'outcomes', key: hitId, value, due_at: at }).execute()
    await announce(tx, [{ event: 'case', queue: record.queue, caseId: record.case_id }])
    const details = { outcomeId: row.outcome_id, hitId, finding, basis }
    await appendAudit(
      tx,
      [{ action: 'outcome-reported', actor: actor.subject, caseId: record.case_id, details }],
      at,
    )
    return outcomeView(row)
  })
}

async function hitOf(tx: ReviewTransaction, hitId: string) {
  const hit = await tx
    .selectFrom('hits')
    .select(['hit_id', 'case_id', 'known_entries'])
    .where('hit_id', '=', hitKey(hitId))
    .executeTakeFirst()
  if (hit === undefined) throw new ReviewProblem('not-found')
  return hit
}

const standingDecision = (tx: ReviewTransaction, hitId: Buffer) =>
  tx
    .selectFrom('decisions')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'decisions.verdict_id')
    .select(['decisions.decision_id', 'verdicts.undo_until'])
    .where('decisions.hit_id', '=', hitId)
    .where('decisions.stands', '=', true)
    .executeTakeFirst()
