// What holds of the review store whatever people do: each a query that finds what breaks it.
import { sql } from 'kysely'
import type { ReviewDatabase } from '../../../src/review/store/connect.ts'
import type { Told } from './review-model.ts'

const BROKEN: Readonly<Record<string, string>> = {
  'a person has given two opinions on a hit of a case': `
    select 1 from decisions d join verdicts v using (verdict_id)
    where v.undone_at is null and not v.is_correction
    group by d.hit_id, d.case_id, d.reviewer having count(*) > 1`,
  'two decisions stand on a hit': `
    select 1 from decisions where stands group by hit_id having count(*) > 1`,
  'a decision stands that was undone': `
    select 1 from decisions d join verdicts v using (verdict_id) where d.stands and v.undone_at is not null`,
  'a hit names a decision that does not stand, or is of another hit or case': `
    select 1 from hits h left join decisions d on d.decision_id = h.decision_id
    where h.decision_id is not null
      and (d.stands is not true or d.hit_id <> h.hit_id or d.case_id <> h.case_id)`,
  'a decision stands on a hit of its case that does not name it': `
    select 1 from decisions d join hits h on h.hit_id = d.hit_id and h.case_id = d.case_id
    where d.stands and h.decision_id is distinct from d.decision_id`,
  'a case counts other hits than wait in it': `
    select 1 from cases c where c.undecided_count <> (select count(*) from hits h
      where h.case_id = c.case_id and h.decision_id is null and h.stage = c.stage)`,
  'a case is decided with an undecided hit': `
    select 1 from cases c join hits h using (case_id) where c.state = 'decided' and h.decision_id is null`,
  'a case waits at a later stage than one of its hits': `
    select 1 from cases c join hits h using (case_id)
    where h.decision_id is null and c.stage <> 'first'
      and (h.stage = 'first' or (h.stage = 'second' and c.stage = 'supervisor'))`,
  'a hit waits for an opinion of a stage that has one, or before one that it lacks': `
    select 1 from hits h where h.decision_id is null and (
      select count(*) from decisions d join verdicts v using (verdict_id)
      where d.hit_id = h.hit_id and d.case_id = h.case_id and v.undone_at is null and not v.is_correction)
      <> case h.stage when 'first' then 0 when 'second' then 1 else 2 end`,
  'a hit waits for a later opinion with a match that an earlier one did not know': `
    select 1 from hits h join decisions d on d.hit_id = h.hit_id and d.case_id = h.case_id
      join verdicts v using (verdict_id)
    where h.decision_id is null and v.undone_at is null and not h.match_keys <@ d.match_keys`,
  'a record waits in the outbox for a decision that does not stand, but for one that was corrected': `
    select 1 from outbox o join verdicts v using (verdict_id) where v.undone_at is not null`,
  'a person gives a second opinion after one that they undid, when they knew what came of it': `
    select 1 from verdicts v join verdicts u using (case_id, reviewer)
    where v.stage = 'second' and u.stage = 'second' and not v.is_correction and v.decided_at >= u.undone_at`,
  'a person holds a case of a later stage after an opinion of their own': `
    select 1 from cases c join verdicts v using (case_id)
    where c.state = 'leased' and c.stage <> 'first' and v.reviewer = c.lease_holder
      and v.undone_at is null and not v.is_correction and v.stage <> c.stage`,
}

/** One query, that returns the sentences that do not hold. */
const ALL = Object.entries(BROKEN)
  .map(([what, query]) => `select '${what}' as what where exists (${query})`)
  .join(' union all ')

export async function requireInvariants(db: ReviewDatabase, told: Told): Promise<void> {
  const { rows } = await sql.raw<{ what: string }>(ALL).execute(db)
  if (rows.length > 0) throw new Error(`Broken: ${rows.map(({ what }) => what).join('; ')}.`)
  await requireSent(db, told)
}

/** Each decision that stands or stood leaves once; none leaves that was undone; one of a hit is superseded by no other. */
async function requireSent(db: ReviewDatabase, { sent }: Told): Promise<void> {
  const decisions = await db
    .selectFrom('decisions')
    .innerJoin('verdicts', 'verdicts.verdict_id', 'decisions.verdict_id')
    .select([
      'decisions.decision_id',
      'decisions.hit_id',
      'decisions.stands',
      'decisions.supersedes',
      'verdicts.undone_at',
    ])
    .execute()
  const waiting = await db.selectFrom('outbox').select('value').execute()
  const leaving = [
    ...sent.map(({ decisionId }) => decisionId),
    ...waiting.map(({ value }) => (JSON.parse(value) as { decisionId: string }).decisionId),
  ]
  if (new Set(leaving).size !== leaving.length) throw new Error('Broken: a decision leaves twice.')
  const byId = new Map(decisions.map((one) => [one.decision_id, one]))
  for (const decisionId of leaving)
    if (byId.get(decisionId)?.undone_at !== null)
      throw new Error('Broken: a decision leaves that was undone, or that is nowhere.')
  for (const { stands, decision_id } of decisions)
    if (stands && !leaving.includes(decision_id))
      throw new Error('Broken: a decision stands and never leaves.')
  const left = decisions.filter(({ decision_id }) => leaving.includes(decision_id))
  const superseded = new Set(left.map(({ supersedes }) => supersedes))
  const last = left.filter(({ decision_id }) => !superseded.has(decision_id))
  if (new Set(last.map(({ hit_id }) => hit_id.toString('hex'))).size !== last.length)
    throw new Error('Broken: of two decisions on a hit neither supersedes the other.')
  for (const { stands } of last)
    if (!stands) throw new Error('Broken: the last decision that left on a hit does not stand.')
}
