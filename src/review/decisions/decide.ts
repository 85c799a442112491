// A verdict on all waiting hits of a leased case, or on some of them.
import { evidenceOfAll } from '../../contract/decision.ts'
import type { CaseState } from '../store/tables.ts'
import type { DecideBody, DecidedView } from '../../contract/review.ts'
import { announce } from '../announce.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import {
  lockCase,
  requireRight,
  requireWorkAt,
  type CaseRecord,
  type ReviewTransaction,
} from '../queue/access.ts'
import { requireLease } from '../queue/lease.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { advanceCase } from './case-progress.ts'
import { recordVerdict, type Judged, type Opinion } from './record-verdict.ts'
import { needsSecond, requireVerdictAt, resolve } from './second-opinion.ts'

export function decide(
  context: ReviewContext,
  actor: Actor,
  caseId: string,
  body: DecideBody,
): Promise<DecidedView> {
  requireRight(actor, 'case.work')
  return context.db.transaction().execute(async (tx) => {
    const record = await lockCase(tx, context, actor, caseId)
    if (record.state === 'decided') throw new ReviewProblem('already-decided')
    requireWorkAt(actor, record.stage)
    const at = await timeNow(tx, context)
    requireLease(record, actor, body.token, at)
    requireVerdictAt(record.stage, body.verdict)
    const judged = await judge(tx, context, record, body)
    const { verdict, reason, note, token } = body
    const { verdictId, undoUntil, digest, rows } = await recordVerdict(
      tx,
      context,
      {
        caseId,
        stage: record.stage,
        reviewer: actor.subject,
        verdict,
        reason,
        note,
        leaseToken: token,
        isCorrection: false,
        at,
      },
      judged,
    )
    const progress = await advanceCase(tx, record, at)
    const caseState: CaseState =
      progress.stage === undefined ? 'decided' : progress.stage === record.stage ? 'leased' : 'open'
    await announce(tx, [
      { event: 'case', queue: record.queue, caseId },
      ...(caseState === 'leased' ? [] : [{ event: 'queue' as const, queue: record.queue }]),
    ])
    const details = {
      verdictId,
      verdict,
      stage: record.stage,
      token,
      endsLease: caseState !== 'leased',
      hits: judged.length,
      standing: judged.filter(({ result }) => result === 'stands').length,
      evidence: body.evidence,
      decisions: digest,
      rows,
    }
    await appendAudit(tx, [{ action: 'decided', actor: actor.subject, caseId, details }], at)
    return {
      undoId: verdictId,
      undoUntil: undoUntil.toISOString(),
      caseId,
      caseState,
      stage: progress.stage ?? record.stage,
      decided: judged.length,
      undecided: progress.waiting,
    }
  })
}

/** The chosen hits with what the verdict on each comes to. Throws unless their evidence is what was shown. */
async function judge(
  tx: ReviewTransaction,
  { settings }: ReviewContext,
  record: CaseRecord,
  { hitIds, evidence, verdict }: DecideBody,
): Promise<readonly Judged[]> {
  const chosen = await chosenHits(tx, record, hitIds)
  const shown = chosen.map((hit) => ({ hitId: hit.hit_id.toString('hex'), evidence: hit.evidence }))
  if (evidenceOfAll(shown) !== evidence) throw new ReviewProblem('evidence-changed')
  const opinions = record.stage === 'first' ? new Map<string, Opinion[]>() : await opinionsOf(tx, record)
  const isByRule = needsSecond(settings, record)
  return chosen.map((hit) => {
    const earlier = opinions.get(hit.hit_id.toString('hex')) ?? []
    return {
      hitId: hit.hit_id,
      evidence: hit.evidence,
      matchKeys: hit.match_keys,
      knownEntries: hit.known_entries,
      opinions: earlier,
      result: resolve({ stage: record.stage, verdict, isByRule }, earlier[0]?.verdict),
    }
  })
}

async function chosenHits(
  tx: ReviewTransaction,
  { case_id, stage }: CaseRecord,
  hitIds: readonly string[] | undefined,
) {
  const waiting = await tx
    .selectFrom('hits')
    .select(['hit_id', 'evidence', 'match_keys', 'known_entries'])
    .where('case_id', '=', case_id)
    .where('decision_id', 'is', null)
    .where('stage', '=', stage)
    .orderBy('hit_id')
    .forNoKeyUpdate()
    .execute()
  if (hitIds === undefined) return waiting
  const wanted = new Set(hitIds)
  const chosen = waiting.filter(({ hit_id }) => wanted.has(hit_id.toString('hex')))
  if (chosen.length === wanted.size) return chosen
  const inCase = await tx
    .selectFrom('hits')
    .select('hit_id')
    .where('case_id', '=', case_id)
    .where(
      'hit_id',
      'in',
      [...wanted].map((hitId) => Buffer.from(hitId, 'hex')),
    )
    .execute()
  // One that is in this case has been decided on; any other one is somebody else's, or is nowhere.
  throw new ReviewProblem(inCase.length === wanted.size ? 'already-decided' : 'not-found')
}

/** By hit id, the first one first. */
async function opinionsOf(tx: ReviewTransaction, { case_id }: CaseRecord): Promise<Map<string, Opinion[]>> {
  const rows = await tx
    .selectFrom('decisions')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'decisions.verdict_id')
    .select(['decisions.hit_id', 'decisions.verdict', 'decisions.reviewer', 'decisions.decided_at'])
    .where('decisions.case_id', '=', case_id)
    .where('verdicts.undone_at', 'is', null)
    .orderBy('decisions.decided_at')
    .execute()
  return Map.groupBy(rows, ({ hit_id }) => hit_id.toString('hex'))
}
