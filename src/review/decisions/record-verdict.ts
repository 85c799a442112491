// Writes a verdict on some hits of a case: its decisions, what they come to, and the records for Kafka.
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { encodeDecision, type Decision, type Verdict } from '../../contract/decision.ts'
import { sha256Hex } from '../../contract/json.ts'
import { decisionDigest, verdictDigest, type DecisionRow } from '../audit/decision-digest.ts'
import type { ReviewContext } from '../review-context.ts'
import type { ReviewTransaction } from '../queue/access.ts'
import type { CaseStage, Tables } from '../store/tables.ts'

type DecisionRecord = Selectable<Tables['decisions']>
export type Opinion = Pick<DecisionRecord, 'hit_id' | 'verdict' | 'reviewer' | 'decided_at'>

/** A hit and what a verdict on it comes to. */
export interface Judged {
  readonly hitId: Buffer
  readonly evidence: string
  readonly matchKeys: readonly string[]
  readonly knownEntries: readonly string[]
  /** The opinions of earlier stages, in their order. */
  readonly opinions: readonly Opinion[]
  readonly result: 'stands' | CaseStage
}

export interface Statement {
  readonly caseId: string
  readonly stage: CaseStage
  readonly reviewer: string
  readonly verdict: Verdict
  readonly reason: string
  readonly note: string
  readonly leaseToken: number
  readonly isCorrection: boolean
  readonly at: Date
}

export interface Recorded {
  readonly verdictId: string
  readonly undoUntil: Date
  /** SHA-256 over the decisions' canonical JSON, one a line: the audit names it, so that none can be changed unseen. */
  readonly digest: string
  /** Over the same decisions as the store has them, with their notes: `audit verify` holds the rows against it. */
  readonly rows: string
}

export async function recordVerdict(
  tx: ReviewTransaction,
  { settings }: ReviewContext,
  statement: Statement,
  judged: readonly Judged[],
): Promise<Recorded> {
  const verdictId = randomUUID()
  const undoUntil = new Date(statement.at.getTime() + settings.undoSeconds * 1_000)
  await tx
    .insertInto('verdicts')
    .values({
      verdict_id: verdictId,
      case_id: statement.caseId,
      stage: statement.stage,
      reviewer: statement.reviewer,
      verdict: statement.verdict,
      lease_token: statement.leaseToken,
      is_correction: statement.isCorrection,
      decided_at: statement.at,
      undo_until: undoUntil,
    })
    .execute()
  const superseded = await supersede(
    tx,
    judged.filter(({ result }) => result === 'stands').map(({ hitId }) => hitId),
  )
  const made = judged.map((hit) => make(statement, hit, superseded.get(hit.hitId.toString('hex'))))
  const rows = made.map(({ decision, hit }) => rowOf(statement, { verdictId, decision, hit }))
  await tx.insertInto('decisions').values(rows).execute()
  const standing = made.filter(({ hit }) => hit.result === 'stands')
  await listEntries(tx, statement, standing)
  await markHits(tx, made)
  if (standing.length > 0)
    await tx
      .insertInto('outbox')
      .values(
        standing.map(({ decision, text }) => ({
          topic: 'decisions' as const,
          key: decision.hitId,
          value: text,
          verdict_id: verdictId,
          due_at: undoUntil,
        })),
      )
      .execute()
  return {
    verdictId,
    undoUntil,
    digest: sha256Hex(made.map(({ text }) => `${text}\n`).join('')),
    rows: verdictDigest(rows.map(decisionDigest)),
  }
}

interface Made {
  readonly hit: Judged
  readonly decision: Decision
  readonly text: string
}

function make(statement: Statement, hit: Judged, supersedes: string | undefined): Made {
  const decision: Decision = {
    schema: 'decision/1',
    decisionId: randomUUID(),
    hitId: hit.hitId.toString('hex'),
    evidence: hit.evidence,
    verdict: statement.verdict,
    reviewer: statement.reviewer,
    reason: statement.reason,
    decidedAt: statement.at.toISOString(),
    opinions: hit.opinions.map(({ reviewer, verdict, decided_at }) => ({
      reviewer,
      verdict,
      decidedAt: decided_at.toISOString(),
    })),
    ...(supersedes === undefined ? {} : { supersedes }),
  }
  return { hit, decision, text: encodeDecision(decision) }
}

const rowOf = (
  { caseId, stage, note, at }: Statement,
  { verdictId, decision, hit }: { verdictId: string; decision: Decision; hit: Judged },
): DecisionRow & { readonly stands: boolean } => ({
  decision_id: decision.decisionId,
  verdict_id: verdictId,
  case_id: caseId,
  hit_id: hit.hitId,
  stage,
  verdict: decision.verdict,
  reviewer: decision.reviewer,
  reason: decision.reason,
  note,
  evidence: hit.evidence,
  match_keys: [...hit.matchKeys],
  decided_at: at,
  supersedes: decision.supersedes ?? null,
  stands: hit.result === 'stands',
})

/** What stood of these hits until now stands no longer. By hit id. */
async function supersede(
  tx: ReviewTransaction,
  hitIds: readonly Buffer[],
): Promise<ReadonlyMap<string, string>> {
  if (hitIds.length === 0) return new Map()
  const rows = await tx
    .updateTable('decisions')
    .set({ stands: false })
    .where('hit_id', 'in', hitIds)
    .where('stands', '=', true)
    .returning(['hit_id', 'decision_id'])
    .execute()
  return new Map(rows.map(({ hit_id, decision_id }) => [hit_id.toString('hex'), decision_id]))
}

/** PostgreSQL takes 65,535 parameters a statement, and a row has at most 6. */
const MOST_ROWS = 5_000

/** Under each known entry of its hit: for its history, and if the verdict suspects it. */
async function listEntries(
  tx: ReviewTransaction,
  { verdict, reviewer, reason, at }: Statement,
  standing: readonly Made[],
): Promise<void> {
  const entries = standing.flatMap(({ hit, decision }) =>
    hit.knownEntries.map((entry) => ({ entry, decision_id: decision.decisionId })),
  )
  for (let from = 0; from < entries.length; from += MOST_ROWS) {
    const some = entries.slice(from, from + MOST_ROWS)
    await tx
      .insertInto('decided_entries')
      .values(some.map((one) => ({ ...one, decided_at: at })))
      .execute()
    if (verdict === 'list-error-suspected')
      await tx
        .insertInto('suspected_entries')
        .values(
          some.map((one) => ({
            ...one,
            suspicion_id: randomUUID(),
            proposed_by: reviewer,
            reason,
            proposed_at: at,
          })),
        )
        .execute()
  }
}

async function markHits(tx: ReviewTransaction, made: readonly Made[]): Promise<void> {
  for (const stage of ['second', 'supervisor'] as const) {
    const waiting = made.filter(({ hit }) => hit.result === stage).map(({ hit }) => hit.hitId)
    if (waiting.length > 0)
      await tx.updateTable('hits').set({ stage }).where('hit_id', 'in', waiting).execute()
  }
  const decisionIds = made
    .filter(({ hit }) => hit.result === 'stands')
    .map(({ decision }) => decision.decisionId)
  if (decisionIds.length > 0)
    await tx
      .updateTable('hits')
      .from('decisions')
      .set((row) => ({ decision_id: row.ref('decisions.decision_id') }))
      .whereRef('hits.hit_id', '=', 'decisions.hit_id')
      .where('decisions.decision_id', 'in', decisionIds)
      .execute()
}
