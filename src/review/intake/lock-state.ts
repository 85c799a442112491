// Reads what the store knows of some hits, and locks it: subjects by key, then cases by id, then hits.
import { sql, type Transaction } from 'kysely'
import type { CaseStage, Tables } from '../store/tables.ts'
import type { Facts } from './case-facts.ts'
import type { CaseSubject } from './case-subject.ts'
import type { IncomingHit, IntakeState, PlannedCase, StoredHit, SubjectState } from './plan-intake.ts'

type Tx = Transaction<Tables>

/** Another process has stored one of these hits at the same moment, for another subject: the transaction begins again. */
export class IntakeRaceError extends Error {
  override readonly name = 'IntakeRaceError'
}

/** A case as it is stored. */
export interface StoredCase extends PlannedCase {
  readonly caseId: string
  readonly queue: string
  /** A supervisor has chosen its queue. */
  readonly isMoved: boolean
  readonly stage: CaseStage
  /** Undefined: no person holds it. */
  readonly leaseToken: string | undefined
}

export interface LockedState extends IntakeState {
  readonly subjects: Map<string, SubjectState>
  readonly stored: Map<string, StoredHit>
  /** By id. */
  readonly cases: ReadonlyMap<string, StoredCase>
}

export async function lockState(tx: Tx, incoming: readonly IncomingHit[]): Promise<LockedState> {
  const hitIds = incoming.map(({ hit }) => Buffer.from(hit.hitId, 'hex'))
  // Without a lock, to learn which subjects to lock. A hit's subject never changes.
  const before = await placesOf(tx, hitIds)
  const keys = new Map<string, Buffer>(
    [...before.values()].map(({ subjectKey }) => [subjectKey.toString('hex'), subjectKey]),
  )
  for (const { hit, subject } of incoming)
    if (!before.has(hit.hitId)) keys.set(subject.key.toString('hex'), subject.key)
  const lastParts = await lockSubjects(tx, [...keys.values()])
  const places = await placesOf(tx, hitIds)
  for (const { subjectKey } of places.values())
    if (!lastParts.has(subjectKey.toString('hex'))) throw new IntakeRaceError()
  const cases = await lockCases(
    tx,
    lastParts,
    [...places.values()].map(({ caseId }) => caseId),
  )
  const stored = await lockHits(tx, places, cases)
  const subjects = new Map<string, SubjectState>()
  for (const [key, lastPart] of lastParts) subjects.set(key, { lastPart, last: undefined })
  for (const one of cases.values()) {
    const subject = subjects.get(one.subject.key.toString('hex'))
    if (subject && one.part === subject.lastPart) subject.last = one
  }
  return { subjects, stored, cases }
}

interface Place {
  readonly hitId: Buffer
  readonly caseId: string
  readonly subjectKey: Buffer
}

/** Where these hits are, of those that are stored: by id in hexadecimal digits. */
async function placesOf(tx: Tx, hitIds: readonly Buffer[]): Promise<ReadonlyMap<string, Place>> {
  const { rows } = await sql<Place>`
    select h.hit_id as "hitId", h.case_id as "caseId", c.subject_key as "subjectKey"
    from hits h join cases c using (case_id) where h.hit_id = any(${hitIds}::bytea[])`.execute(tx)
  return new Map(rows.map((place) => [place.hitId.toString('hex'), place]))
}

/** Makes the rows of new subjects, locks all, and returns their last parts: by key in hexadecimal digits. */
async function lockSubjects(tx: Tx, keys: readonly Buffer[]): Promise<ReadonlyMap<string, number>> {
  const ordered = keys.toSorted((a, b) => Buffer.compare(a, b))
  await sql`insert into subjects (subject_key)
    select key from unnest(${ordered}::bytea[]) as key order by key on conflict do nothing`.execute(tx)
  const { rows } = await sql<{ key: Buffer; lastPart: number }>`
    select subject_key as key, last_part as "lastPart" from subjects
    where subject_key = any(${ordered}::bytea[]) order by subject_key for no key update`.execute(tx)
  return new Map(rows.map(({ key, lastPart }) => [key.toString('hex'), lastPart]))
}

/** The newest case of each subject, and these: by id. */
async function lockCases(
  tx: Tx,
  lastParts: ReadonlyMap<string, number>,
  caseIds: readonly string[],
): Promise<ReadonlyMap<string, StoredCase>> {
  const begun = [...lastParts].filter(([, part]) => part > 0)
  const { rows: newest } = await sql<{ caseId: string }>`
    select c.case_id as "caseId"
    from unnest(${begun.map(([key]) => Buffer.from(key, 'hex'))}::bytea[], ${begun.map(([, part]) => part)}::integer[])
      as s (key, part)
    join cases c on c.subject_key = s.key and c.part = s.part`.execute(tx)
  const ids = [...new Set([...caseIds, ...newest.map(({ caseId }) => caseId)])]
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('cases')
    .selectAll()
    .where(sql<boolean>`case_id = any(${ids}::bigint[])`)
    .orderBy('case_id')
    .forNoKeyUpdate()
    .execute()
  return new Map(
    rows.map((row) => {
      const { case_id: caseId, kind, platform, ref, subject_key: key } = row
      const subject: CaseSubject = { kind, platform, ref, key }
      const { grades, classifications, jurisdictions, bases, priority, oldest_at: oldestAt } = row
      const facts: Facts = { platform, grades, classifications, jurisdictions, bases, priority, oldestAt }
      return [
        caseId,
        {
          caseId,
          subject,
          part: row.part,
          because: row.opened_because,
          earlier: undefined,
          takesHits: row.state !== 'decided' && row.stage === 'first',
          hits: row.hit_count,
          bytes: row.hit_bytes,
          undecided: row.undecided_count,
          facts,
          isStale: false,
          isLeft: false,
          queue: row.queue,
          isMoved: row.is_moved,
          stage: row.stage,
          leaseToken: row.state === 'leased' ? row.lease_token : undefined,
        },
      ]
    }),
  )
}

async function lockHits(
  tx: Tx,
  places: ReadonlyMap<string, Place>,
  cases: ReadonlyMap<string, StoredCase>,
): Promise<Map<string, StoredHit>> {
  const stored = new Map<string, StoredHit>()
  if (places.size === 0) return stored
  const hitIds = [...places.values()].map(({ hitId }) => hitId).toSorted((a, b) => Buffer.compare(a, b))
  const { rows } = await sql<{
    hitId: Buffer
    caseId: string
    body: string
    isDecided: boolean
    judgedOn: string[] | null
  }>`
    select h.hit_id as "hitId", h.case_id as "caseId", h.body, h.decision_id is not null as "isDecided",
      coalesce(d.match_keys, case when h.stage <> 'first' then (
        select o.match_keys from decisions o join verdicts v using (verdict_id)
        where o.hit_id = h.hit_id and o.case_id = h.case_id and v.undone_at is null
        order by o.decided_at desc limit 1) end) as "judgedOn"
    from hits h left join decisions d on d.decision_id = h.decision_id
    where h.hit_id = any(${hitIds}::bytea[]) order by h.hit_id for no key update of h`.execute(tx)
  for (const { hitId, caseId, body, isDecided, judgedOn } of rows) {
    const inCase = cases.get(caseId)
    // It was moved between the two looks: by another intake, which the subject's lock keeps out, or by a person's hand.
    if (!inCase) throw new IntakeRaceError()
    stored.set(hitId.toString('hex'), { body, inCase, isDecided, judgedOn: judgedOn ?? undefined })
  }
  return stored
}
