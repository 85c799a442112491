// Writes a planned intake: new cases, hits, and what the cases show of them.
import { sql, type Transaction } from 'kysely'
import { queueOf } from '../queues.ts'
import type { Tables } from '../store/tables.ts'
import { factsOfHit, unitedFacts, type Facts, type HitFacts } from './case-facts.ts'
import { countEntries, type EntryChange } from './entry-counts.ts'
import { hitRow } from './hit-row.ts'
import type { LockedState, StoredCase } from './lock-state.ts'
import type { IntakePlan, PlannedCase, PlannedHit } from './plan-intake.ts'
import type { IntakeSettings } from './store-hits.ts'

type Tx = Transaction<Tables>

/** A case that this intake has made or changed, and its queue. */
export interface WrittenCase {
  readonly caseId: string
  readonly queue: string
  /** The queue that it was in before. */
  readonly fromQueue: string | undefined
}

export async function writePlan(
  tx: Tx,
  plan: IntakePlan,
  state: LockedState,
  { queues }: IntakeSettings,
): Promise<readonly WrittenCase[]> {
  await numberCases(tx, plan.newCases)
  const caseRows = plan.newCases.map((one) => newCaseRow(one, queues))
  await insertCases(tx, caseRows)
  await setLastParts(tx, plan.newCases)
  await insertHits(tx, plan.added)
  await updateHits(tx, plan.changed)
  await countEntries(tx, [...plan.added, ...plan.changed].flatMap(entryChanges))
  const touched = touchedCases(plan, state)
  await recount(tx, touched)
  const changedRows = touched.map((one) => changedCaseRow(one, queues))
  await updateCases(tx, changedRows)
  return [
    ...caseRows.map(({ case_id: caseId, queue }) => ({ caseId, queue, fromQueue: undefined })),
    ...changedRows.map(({ case_id: caseId, queue }) => ({
      caseId,
      queue,
      fromQueue: state.cases.get(caseId)?.queue,
    })),
  ]
}

/** Ids before the rows: a case names the one before it, which may begin with the same batch. */
async function numberCases(tx: Tx, cases: readonly PlannedCase[]): Promise<void> {
  if (cases.length === 0) return
  const { rows } = await sql<{ caseId: string }>`
    select nextval(pg_get_serial_sequence('cases', 'case_id')) as "caseId"
    from generate_series(1, ${cases.length}::integer)`.execute(tx)
  for (const [index, one] of cases.entries()) one.caseId = rows[index].caseId
}

type Queues = IntakeSettings['queues']

/** The columns that follow from the hits of a case. */
function factColumns(facts: Facts, queues: Queues) {
  return {
    queue: queueOf(queues, facts),
    priority: facts.priority,
    oldest_at: facts.oldestAt.toISOString(),
    grades: facts.grades,
    classifications: facts.classifications,
    jurisdictions: facts.jurisdictions,
    bases: facts.bases,
  }
}

function newCaseRow(one: PlannedCase, queues: Queues) {
  const { subject, part, because, earlier, hits, bytes, undecided } = one
  return {
    case_id: idOf(one),
    subject_key: subject.key.toString('hex'),
    kind: subject.kind,
    platform: subject.platform,
    ref: subject.ref,
    part,
    opened_because: because,
    earlier_case_id: earlier ? idOf(earlier) : null,
    ...factColumns(factsOf(one), queues),
    hit_count: hits,
    hit_bytes: bytes,
    undecided_count: undecided,
  }
}

function changedCaseRow(one: StoredCase, queues: Queues) {
  const facts = factColumns(factsOf(one), queues)
  return {
    case_id: one.caseId,
    ...facts,
    // What a supervisor has chosen stays.
    queue: one.isMoved ? one.queue : facts.queue,
    hit_count: one.hits,
    hit_bytes: one.bytes,
    undecided_count: one.undecided,
  }
}

function idOf({ caseId }: PlannedCase): string {
  if (caseId === undefined) throw new Error('A case was used before it had its id')
  return caseId
}

function factsOf({ facts }: PlannedCase): Facts {
  if (!facts) throw new Error('A case has no hit that it could be queued by')
  return facts
}

async function insertCases(tx: Tx, rows: readonly ReturnType<typeof newCaseRow>[]): Promise<void> {
  if (rows.length === 0) return
  await sql`insert into cases (case_id, subject_key, kind, platform, ref, part, opened_because, earlier_case_id, queue,
      priority, oldest_at, grades, classifications, jurisdictions, bases, hit_count, hit_bytes, undecided_count)
    overriding system value
    select case_id, decode(subject_key, 'hex'), kind, platform, ref, part, opened_because, earlier_case_id, queue,
      priority, oldest_at, grades, classifications, jurisdictions, bases, hit_count, hit_bytes, undecided_count
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (case_id bigint, subject_key text, kind text, platform text,
      ref text, part integer, opened_because text, earlier_case_id bigint, queue text, priority integer,
      oldest_at timestamptz, grades text[], classifications text[], jurisdictions text[], bases text[],
      hit_count integer, hit_bytes integer, undecided_count integer)`.execute(tx)
}

async function setLastParts(tx: Tx, cases: readonly PlannedCase[]): Promise<void> {
  if (cases.length === 0) return
  await sql`update subjects s set last_part = r.part
    from (select key, max(part) as part
          from unnest(${cases.map(({ subject }) => subject.key)}::bytea[], ${cases.map(({ part }) => part)}::integer[])
            as n (key, part) group by key) r
    where s.subject_key = r.key`.execute(tx)
}

const HIT_COLUMNS = sql`hit_id text, case_id bigint, platform text, report_id text, content_ref text, actor_ref text,
  collection_ref text, cybertip_id text, received_at timestamptz, grade text, priority integer, classifications text[],
  jurisdictions text[], basis text, evidence text, match_keys text[], known_entries text[], hash_values text[], body text`

const hitRecords = (hits: readonly PlannedHit[]): string =>
  JSON.stringify(
    hits.map(({ row, inCase, reopenedFrom }) => ({
      ...row,
      case_id: idOf(inCase),
      is_reopened: reopenedFrom !== undefined,
    })),
  )

async function insertHits(tx: Tx, hits: readonly PlannedHit[]): Promise<void> {
  if (hits.length === 0) return
  await sql`insert into hits (hit_id, case_id, platform, report_id, content_ref, actor_ref, collection_ref, cybertip_id,
      received_at, grade, priority, classifications, jurisdictions, basis, evidence, match_keys, known_entries,
      hash_values, body)
    select decode(hit_id, 'hex'), case_id, platform, report_id, content_ref, actor_ref, collection_ref, cybertip_id,
      received_at, grade, priority, classifications, jurisdictions, basis, evidence, match_keys, known_entries,
      hash_values, body
    from json_to_recordset(${hitRecords(hits)}::json) as r (${HIT_COLUMNS})`.execute(tx)
}

async function updateHits(tx: Tx, hits: readonly PlannedHit[]): Promise<void> {
  if (hits.length === 0) return
  await sql`update hits h set case_id = r.case_id, platform = r.platform, report_id = r.report_id,
      content_ref = r.content_ref, actor_ref = r.actor_ref, collection_ref = r.collection_ref,
      cybertip_id = r.cybertip_id, received_at = r.received_at, grade = r.grade, priority = r.priority,
      classifications = r.classifications, jurisdictions = r.jurisdictions, basis = r.basis, evidence = r.evidence,
      match_keys = r.match_keys, known_entries = r.known_entries, hash_values = r.hash_values, body = r.body,
      stage = case when r.is_reopened then 'first' else h.stage end,
      decision_id = case when r.is_reopened then null else h.decision_id end,
      reopened_decision_id =
        case when r.is_reopened then coalesce(h.decision_id, h.reopened_decision_id) else h.reopened_decision_id end
    from json_to_recordset(${hitRecords(hits)}::json) as r (${HIT_COLUMNS}, is_reopened boolean)
    where h.hit_id = decode(r.hit_id, 'hex')`.execute(tx)
}

function entryChanges({ row, before, inCase }: PlannedHit): EntryChange[] {
  const after: EntryChange = {
    caseId: idOf(inCase),
    entries: row.known_entries,
    receivedAt: row.received_at,
    by: 1,
  }
  if (!before) return [after]
  const { known_entries: entries, received_at: receivedAt } = hitRow(before.hit)
  return [{ caseId: idOf(before.inCase), entries, receivedAt, by: -1 }, after]
}

/** The stored cases that this intake has changed. */
function touchedCases({ added, changed }: IntakePlan, state: LockedState): readonly StoredCase[] {
  const touched = new Set<PlannedCase>(
    [...added, ...changed].flatMap(({ inCase, reopenedFrom }) =>
      reopenedFrom ? [inCase, reopenedFrom] : [inCase],
    ),
  )
  return [...state.cases.values()].filter((one) => touched.has(one))
}

/** A hit may say less than before, say a grade: so the facts of its case are made of all its hits again. */
async function recount(tx: Tx, cases: readonly StoredCase[]): Promise<void> {
  const stale = new Map(cases.filter(({ isStale }) => isStale).map((one) => [one.caseId, one]))
  if (stale.size === 0) return
  const { rows } = await sql<HitFacts & { case_id: string }>`
    select case_id, platform, grade, priority, classifications, jurisdictions, basis, received_at from hits
    where case_id = any(${[...stale.keys()]}::bigint[])`.execute(tx)
  for (const [caseId, hits] of Map.groupBy(rows, (row) => row.case_id)) {
    const one = stale.get(caseId)
    if (one) one.facts = hits.map(factsOfHit).reduce(unitedFacts)
  }
}

async function updateCases(tx: Tx, rows: readonly ReturnType<typeof changedCaseRow>[]): Promise<void> {
  if (rows.length === 0) return
  // Its assignee may have no right in another queue, and it would wait for that person in vain.
  await sql`update cases c set queue = r.queue,
      assigned_to = case when c.queue = r.queue then c.assigned_to end,
      priority = case when c.is_raised then greatest(c.priority, r.priority) else r.priority end,
      oldest_at = r.oldest_at, grades = r.grades, classifications = r.classifications, jurisdictions = r.jurisdictions,
      bases = r.bases, hit_count = r.hit_count, hit_bytes = r.hit_bytes, undecided_count = r.undecided_count
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (case_id bigint, queue text, priority integer,
      oldest_at timestamptz, grades text[], classifications text[], jurisdictions text[], bases text[],
      hit_count integer, hit_bytes integer, undecided_count integer)
    where c.case_id = r.case_id`.execute(tx)
}
