// Takes hits whose time is over out of the store, some at a time, and leaves their digests in the audit.
import { sql, type Selectable, type Transaction } from 'kysely'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import { appendAudit, type AuditEvent } from '../audit/append.ts'
import { DECISION_COLUMNS, retiredDecisions } from '../audit/decision-digest.ts'
import { countEntries } from '../intake/entry-counts.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import { SYSTEM } from '../rights.ts'
import type { Tables } from '../store/tables.ts'

type Tx = Transaction<Tables>

/** Hits, or cases, of one transaction. */
const HITS_A_STEP = 200
/** PostgreSQL's advisory lock of the process that takes a step. */
const RETENTION_LOCK = 7_239_003

/** What a step has taken out. */
export interface Retired {
  readonly hits: number
  readonly cases: number
}

/**
 * One step: up to 200 hits, and the cases that they leave empty. A hit leaves when its case is decided, the time of the
 * decision that stands is over, and no case in which it was decided is under a legal hold.
 */
export async function retireStep(context: ReviewContext): Promise<Retired> {
  return context.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      held: boolean
    }>`select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as held`.execute(tx)
    if (!rows[0].held) return { hits: 0, cases: 0 }
    const at = await timeNow(tx, context)
    const chosen = await chooseHits(tx, context, at)
    const empty = await emptyCases(tx)
    const caseIds = new Set([...chosen.flatMap((hit) => hit.caseIds), ...empty])
    await lockSubjectsAndCases(tx, [...caseIds])
    const leaving = await leavingHits(tx, chosen, await heldCases(tx, [...caseIds]))
    const events = await digestsOf(tx, leaving)
    await takeHits(tx, leaving)
    const gone = await takeCases(tx, [...caseIds])
    await appendAudit(tx, [...events, ...gone], at)
    return { hits: leaving.length, cases: gone.length }
  })
}

interface ChosenHit {
  readonly hitId: Buffer
  /** The one whose time is over. */
  readonly decisionId: string
  /** Its own case, and those in which it was decided before. */
  readonly caseIds: readonly string[]
}

/** Without locks: each is looked at again under them. */
async function chooseHits(tx: Tx, { settings }: ReviewContext, at: Date): Promise<readonly ChosenHit[]> {
  const { refer, others } = settings.retentionDays
  const chosen: ChosenHit[] = []
  for (const [isReferred, days] of [
    [true, refer],
    [false, others],
  ] as const) {
    const { rows } = await sql<ChosenHit>`
      select h.hit_id as "hitId", h.decision_id as "decisionId",
        (select array_agg(distinct o.case_id::text) from decisions o where o.hit_id = h.hit_id) as "caseIds"
      from decisions d join hits h using (decision_id) join cases c on c.case_id = h.case_id
      where d.stands and (d.verdict = 'refer') = ${isReferred}
        and d.decided_at < ${at}::timestamptz - make_interval(days => ${days})
        and c.state = 'decided'
        and not exists (
          select from decisions o join cases k on k.case_id = o.case_id where o.hit_id = h.hit_id and k.legal_hold)
      order by d.decided_at limit ${HITS_A_STEP - chosen.length}`.execute(tx)
    chosen.push(...rows)
  }
  return chosen
}

/** Decided cases that no hit and no decision is of any more. */
async function emptyCases(tx: Tx): Promise<readonly string[]> {
  const { rows } = await sql<{ caseId: string }>`
    select case_id as "caseId" from cases c
    where state = 'decided' and hit_count = 0 and not legal_hold
      and not exists (select from hits h where h.case_id = c.case_id)
      and not exists (select from decisions d where d.case_id = c.case_id)
    order by case_id limit ${HITS_A_STEP}`.execute(tx)
  return rows.map(({ caseId }) => caseId)
}

async function lockSubjectsAndCases(tx: Tx, caseIds: readonly string[]): Promise<void> {
  await sql`select from subjects where subject_key in (
      select subject_key from cases where case_id = any(${caseIds}::bigint[])) order by subject_key for update`.execute(
    tx,
  )
  await sql`select from cases where case_id = any(${caseIds}::bigint[]) order by case_id for update`.execute(
    tx,
  )
}

/** Those that must stay: held now, or open again. */
async function heldCases(tx: Tx, caseIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ caseId: string }>`select case_id as "caseId" from cases
    where case_id = any(${caseIds}::bigint[]) and (legal_hold or state <> 'decided')`.execute(tx)
  return new Set(rows.map(({ caseId }) => caseId))
}

interface LeavingHit {
  readonly hitId: Buffer
  readonly caseId: string
  readonly entries: readonly string[]
  readonly receivedAt: Date
  readonly body: string
  readonly evidence: string
  readonly verdict: string
  readonly caseIds: readonly string[]
}

async function leavingHits(
  tx: Tx,
  chosen: readonly ChosenHit[],
  held: ReadonlySet<string>,
): Promise<readonly LeavingHit[]> {
  const { rows } = await sql<LeavingHit>`
    select h.hit_id as "hitId", h.case_id as "caseId", h.known_entries as "entries",
      h.received_at as "receivedAt", h.body, h.evidence, d.verdict,
      (select array_agg(distinct o.case_id::text) from decisions o where o.hit_id = h.hit_id) as "caseIds"
    from hits h join decisions d on d.decision_id = h.decision_id
    where h.hit_id = any(${chosen.map(({ hitId }) => hitId)}::bytea[])
      -- A correction that came before the locks has a time of its own.
      and h.decision_id = any(${chosen.map(({ decisionId }) => decisionId)}::uuid[])
    order by h.hit_id for update of h`.execute(tx)
  return rows.filter((hit) => ![hit.caseId, ...hit.caseIds].some((caseId) => held.has(caseId)))
}

/** An entry for each case that a hit was decided in: `audit verify` reads the entries of a case together. */
async function digestsOf(tx: Tx, leaving: readonly LeavingHit[]): Promise<readonly AuditEvent[]> {
  if (leaving.length === 0) return []
  const ids = leaving.map(({ hitId }) => hitId)
  const decided = await tx
    .selectFrom('decisions')
    .select(DECISION_COLUMNS)
    .where('hit_id', 'in', ids)
    .orderBy('decision_id')
    .execute()
  const reported = await tx
    .selectFrom('outcomes')
    .selectAll()
    .where('hit_id', 'in', ids)
    .orderBy('outcome_id')
    .execute()
  const decisions = Map.groupBy(decided, ({ hit_id: id }) => id.toString('hex'))
  const outcomes = Map.groupBy(reported, ({ hit_id: id }) => id.toString('hex'))
  return leaving.flatMap((hit) => {
    const hitId = hit.hitId.toString('hex')
    const byCase = Map.groupBy(decisions.get(hitId) ?? [], ({ case_id: caseId }) => caseId)
    const found = outcomes.get(hitId)
    return [...new Set([hit.caseId, ...byCase.keys()])].map((caseId) => ({
      action: 'retired' as const,
      actor: SYSTEM,
      caseId,
      details: {
        hitId,
        ...(caseId === hit.caseId && {
          hit: sha256Hex(hit.body),
          evidence: hit.evidence,
          verdict: hit.verdict,
          ...(found && { outcomes: sha256Hex(found.map(outcomeLine).join('')) }),
        }),
        ...(byCase.has(caseId) && { decisions: retiredDecisions(byCase.get(caseId) ?? []) }),
      },
    }))
  })
}

const outcomeLine = ({ hit_id: hitId, reported_at: at, ...rest }: Selectable<Tables['outcomes']>): string =>
  `${canonicalJson({ ...rest, hit_id: hitId.toString('hex'), reported_at: at.toISOString() })}\n`

async function takeHits(tx: Tx, leaving: readonly LeavingHit[]): Promise<void> {
  if (leaving.length === 0) return
  const ids = leaving.map(({ hitId }) => hitId)
  // A suspicion about a list's entry outlives the hit that it came of: it names no uploader. Those of decisions that were
  // undone or corrected leave with them: without its decision a suspicion stands.
  await sql`update suspected_entries set decision_id = null
    where decision_id in (select decision_id from decisions where hit_id = any(${ids}::bytea[]) and stands)`.execute(
    tx,
  )
  await countEntries(
    tx,
    leaving.map((hit) => ({ ...hit, by: -1 })),
  )
  await sql`delete from outcomes where hit_id = any(${ids}::bytea[])`.execute(tx)
  await sql`delete from hits where hit_id = any(${ids}::bytea[])`.execute(tx)
  await sql`delete from decisions where hit_id = any(${ids}::bytea[])`.execute(tx)
  for (const [caseId, some] of Map.groupBy(leaving, (hit) => hit.caseId))
    await tx
      .updateTable('cases')
      .set((row) => ({ hit_count: sql<number>`${row.ref('hit_count')} - ${some.length}` }))
      .where('case_id', '=', caseId)
      .execute()
}

/** Those of these cases that no hit and no decision is of any more, and their subjects. */
async function takeCases(tx: Tx, caseIds: readonly string[]): Promise<readonly AuditEvent[]> {
  const { rows } = await sql<{ caseId: string; row: object; subjectKey: Buffer }>`
    select c.case_id as "caseId", c.subject_key as "subjectKey", to_jsonb(c) as row from cases c
    where c.case_id = any(${caseIds}::bigint[]) and c.state = 'decided' and not c.legal_hold
      and not exists (select from hits h where h.case_id = c.case_id)
      and not exists (select from decisions d where d.case_id = c.case_id)
    order by c.case_id`.execute(tx)
  if (rows.length === 0) return []
  const ids = rows.map(({ caseId }) => caseId)
  await sql`update cases set earlier_case_id = null where earlier_case_id = any(${ids}::bigint[])`.execute(tx)
  await sql`delete from verdicts where case_id = any(${ids}::bigint[])`.execute(tx)
  await sql`delete from cases where case_id = any(${ids}::bigint[])`.execute(tx)
  await sql`delete from subjects s where subject_key = any(${rows.map(({ subjectKey }) => subjectKey)}::bytea[])
    and not exists (select from cases c where c.subject_key = s.subject_key)`.execute(tx)
  return rows.map(({ caseId, row }) => ({
    action: 'retired',
    actor: SYSTEM,
    caseId,
    details: { case: sha256Hex(canonicalJson(row)) },
  }))
}
