// Holds the decisions in the store against the entries of the audit that tell of them, some cases at a time.
import { sql, type Transaction } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { decisionDigest, readRetiredDecisions, verdictDigest, DECISION_COLUMNS } from './decision-digest.ts'
import { readEntry } from './list-audit.ts'

type Tx = Transaction<Tables>

/** Of each decision of these, a digest is in memory at once. */
const CASES_A_STEP = 100
const BATCH = 2_000
const FIRST_ID = '-9223372036854775808'
const FIRST_UUID = '00000000-0000-0000-0000-000000000000'

export interface DecisionFault {
  /** The entry whose decisions are others now. Undefined: no entry tells of them. */
  readonly index: number | undefined
  readonly why: string
}

/** The first entry whose decisions were changed, else a decision without an entry. The entries themselves have to hold. */
export async function checkDecisions(tx: Tx): Promise<DecisionFault | undefined> {
  let first: DecisionFault | undefined
  for (let after = FIRST_ID; ;) {
    const caseIds = await nextCases(tx, after)
    const last = caseIds.at(-1)
    if (last === undefined) return first
    for (const fault of await faultsOf(tx, { from: caseIds[0], to: last }))
      if ((fault.index ?? Infinity) < (first?.index ?? Infinity) || !first) first = fault
    after = last
  }
}

interface Cases {
  readonly from: string
  readonly to: string
}

/** Those with decisions, now or once. */
async function nextCases(tx: Tx, after: string): Promise<readonly string[]> {
  const { rows } = await sql<{ caseId: string }>`
    select case_id as "caseId" from (
      (select case_id from decisions where case_id > ${after}::bigint
        group by case_id order by case_id limit ${CASES_A_STEP})
      union
      (select case_id from audit_entries where case_id > ${after}::bigint and action in ('decided', 'corrected')
        group by case_id order by case_id limit ${CASES_A_STEP})) both_of
    order by case_id limit ${CASES_A_STEP}`.execute(tx)
  return rows.map(({ caseId }) => caseId)
}

/** A verdict as its entry tells of it. */
interface Told {
  readonly index: number
  readonly digest: unknown
}

async function faultsOf(tx: Tx, cases: Cases): Promise<readonly DecisionFault[]> {
  const told = new Map<string, Told>()
  /** By verdict: the digests of its decisions, and the case of them. */
  const found = new Map<string, { readonly caseId: string; readonly digests: string[] }>()
  const find = (verdictId: string, caseId: string, digest: string): void => {
    const same = found.get(verdictId)
    if (same) same.digests.push(digest)
    else found.set(verdictId, { caseId, digests: [digest] })
  }
  for await (const { entry, caseId } of entriesOf(tx, cases)) {
    const { action, index, details } = readEntry(entry)
    const { verdictId, rows, decisions } = details
    if (action === 'retired') {
      if (typeof decisions === 'string')
        for (const one of readRetiredDecisions(decisions)) find(one.verdictId, caseId, one.digest)
    } else if (typeof verdictId === 'string' && !told.has(verdictId))
      told.set(verdictId, { index, digest: rows })
  }
  for await (const { row, isOfVerdict } of decisionsOf(tx, cases))
    find(row.verdict_id, row.case_id, isOfVerdict ? decisionDigest(row) : 'of another verdict')
  const changed = [...told]
    .filter(([verdictId, { digest }]) => verdictDigest(found.get(verdictId)?.digests ?? []) !== digest)
    .map(([, { index }]) => ({
      index,
      why: `The decisions that entry ${index} tells of are others now: one was changed, added or deleted by hand`,
    }))
  const untold = [...found]
    .filter(([verdictId]) => !told.has(verdictId))
    .map(([, { caseId }]) => ({
      index: undefined,
      why: `Case ${caseId} has a decision that no entry tells of: it was added by hand`,
    }))
  return [...changed, ...untold]
}

async function* entriesOf(
  tx: Tx,
  { from, to }: Cases,
): AsyncGenerator<{ readonly entry: string; readonly caseId: string }> {
  for (let [caseId, index] = [from, '-1']; ;) {
    const { rows } = await sql<{ caseId: string; index: string; entry: string }>`
      select case_id as "caseId", leaf_index as index, entry from audit_entries
      where case_id <= ${to}::bigint and (case_id, leaf_index) > (${caseId}::bigint, ${index}::bigint)
        and action in ('decided', 'corrected', 'retired')
      order by case_id, leaf_index limit ${BATCH}`.execute(tx)
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    ;({ caseId, index } = last)
  }
}

/** A row that says other things than its verdict does was changed, or the verdict's own row was. */
async function* decisionsOf(tx: Tx, { from, to }: Cases) {
  for (let [caseId, decisionId] = [from, FIRST_UUID]; ;) {
    const rows = await tx
      .selectFrom('decisions as d')
      .innerJoin('verdicts as v', 'v.verdict_id', 'd.verdict_id')
      .select(DECISION_COLUMNS.map((name) => `d.${name}` as const))
      .select(
        sql<boolean>`(v.case_id, v.stage, v.reviewer, v.verdict, v.decided_at)
          = (d.case_id, d.stage, d.reviewer, d.verdict, d.decided_at)`.as('is_of_verdict'),
      )
      .where('d.case_id', '<=', to)
      .where(sql<boolean>`(d.case_id, d.decision_id) > (${caseId}::bigint, ${decisionId}::uuid)`)
      .orderBy('d.case_id')
      .orderBy('d.decision_id')
      .limit(BATCH)
      .execute()
    for (const { is_of_verdict: isOfVerdict, ...row } of rows) yield { row, isOfVerdict }
    const last = rows.at(-1)
    if (!last) return
    ;[caseId, decisionId] = [last.case_id, last.decision_id]
  }
}
