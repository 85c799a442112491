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
    others(hitsWith(sql`h.known_entries && ${entries}::text[]`)),
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

/** Newest first, those that the asker may read. The condition is on `cases`, which is named `c`. */
export async function casesWhere(
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
