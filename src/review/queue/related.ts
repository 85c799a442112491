// Cases that may belong to a case: of the same uploader, of the same collection, with the same known entries.
import { sql, type RawBuilder } from 'kysely'
import type { CaseRow, RelatedView } from '../../contract/review.ts'
import type { ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { queuesOf, readCase, requireRight, type CaseRecord } from './access.ts'
import { caseRow } from './case-row.ts'

const MAX_CASES = 50
/** References and entries of a case that are looked for: a case of a thousand hits may have as many. */
const MAX_NAMES = 64

export async function related(context: ReviewContext, actor: Actor, caseId: string): Promise<RelatedView> {
  requireRight(actor, 'case.read')
  const record = await readCase(context.db, context, actor, caseId)
  const others = (condition: RawBuilder<boolean>): Promise<CaseRow[]> =>
    casesWhere(context, actor, sql`c.case_id <> ${caseId}::bigint and ${condition}`)
  const [actors, collections, entries] = await Promise.all([
    namesIn(context, record, sql`actor_ref`),
    namesIn(context, record, sql`collection_ref`),
    namesIn(context, record, sql`unnest(known_entries)`),
  ])
  const [sameActor, sameCollection, sameKnownEntry] = await Promise.all([
    others(hitsWith(sql`h.platform = ${record.platform} and h.actor_ref = any(${actors})`)),
    others(hitsWith(sql`h.platform = ${record.platform} and h.collection_ref = any(${collections})`)),
    casesOfEntries(context, actor, entries, caseId),
  ])
  return { sameActor, sameCollection, sameKnownEntry }
}

const hitsWith = (condition: RawBuilder<boolean>): RawBuilder<boolean> =>
  sql`c.case_id in (select h.case_id from hits h where ${condition})`

async function namesIn(
  { db }: ReviewContext,
  { case_id }: CaseRecord,
  name: RawBuilder<string>,
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from (select ${name} as name from hits where case_id = ${case_id}) as named
    where name is not null order by name limit ${MAX_NAMES}`.execute(db)
  return rows.map((row) => row.name)
}

/** Newest first, those that the asker may read, but for one case. */
export async function casesOfEntries(
  context: ReviewContext,
  actor: Actor,
  entries: readonly string[],
  exceptCaseId?: string,
): Promise<CaseRow[]> {
  // Of each entry the newest ones: an entry of a file that spreads has thousands.
  const isAnother =
    exceptCaseId === undefined ? sql<boolean>`true` : sql<boolean>`e.case_id <> ${exceptCaseId}::bigint`
  const { rows } = await sql<CaseRecord>`
    select c.* from (
      select distinct newest.case_id from unnest(${entries}::text[]) as named(entry)
      cross join lateral (
        select e.case_id from entry_cases e join cases k on k.case_id = e.case_id
        where e.entry = named.entry and ${isAnother} and k.queue = any(${queuesOf(context, actor)})
        group by e.case_id order by e.case_id desc limit ${MAX_CASES}) as newest
      order by newest.case_id desc limit ${MAX_CASES}) as found
    join cases c on c.case_id = found.case_id
    order by c.case_id desc`.execute(context.db)
  return rows.map((record) => caseRow(record, actor))
}

/** Newest first, those that the asker may read. The condition is on `cases`, which is named `c`. */
async function casesWhere(
  context: ReviewContext,
  actor: Actor,
  condition: RawBuilder<boolean>,
): Promise<CaseRow[]> {
  const { rows } = await sql<CaseRecord>`
    select c.* from cases c
    where c.queue = any(${queuesOf(context, actor)}) and ${condition}
    order by c.case_id desc limit ${MAX_CASES}`.execute(context.db)
  return rows.map((record) => caseRow(record, actor))
}
