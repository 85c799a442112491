// Search by an exact value: cases with a hit that has it, newest first.
import { sql, type RawBuilder } from 'kysely'
import type { CasePage, SearchBody } from '../../contract/review.ts'
import { HASH_TYPE_NAMES } from '../../hash/hash-type.ts'
import { appendAudit } from '../audit/append.ts'
import { cursorOf, isCaseNumber, placeOf } from '../cursor.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { queuesOf, requireRight, type CaseRecord } from './access.ts'
import { caseRow } from './case-row.ts'

const PAGE = 50

/** Each search is an entry of the audit, without the value. */
export function search(
  context: ReviewContext,
  actor: Actor,
  { kind, value, cursor }: SearchBody,
): Promise<CasePage> {
  requireRight(actor, 'search')
  const isBefore =
    cursor === undefined ? sql`true` : sql`c.case_id < ${placeOf(cursor, [isCaseNumber])[0]}::bigint`
  return context.db.transaction().execute(async (tx) => {
    const { rows } = await sql<CaseRecord>`
      select c.* from cases c
      where c.case_id in (${FOUND_IN[kind](value.trim())})
        and c.queue = any(${queuesOf(context, actor)}) and ${isBefore}
      order by c.case_id desc limit ${PAGE + 1}`.execute(tx)
    const page = rows.slice(0, PAGE)
    const last = page.at(-1)
    const at = await timeNow(tx, context)
    await appendAudit(
      tx,
      [{ action: 'searched', actor: actor.subject, details: { kind, cases: page.length } }],
      at,
    )
    return {
      cases: page.map((record) => caseRow(record, actor)),
      ...(rows.length > PAGE && last !== undefined ? { next: cursorOf([last.case_id]) } : {}),
    }
  })
}

/** Cases of hits, as a subquery: `hits` is named `h`. */
const ofHits = (condition: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`select h.case_id from hits h where ${condition}`

/** Each kind has an index. */
const FOUND_IN: Readonly<Record<SearchBody['kind'], (value: string) => RawBuilder<unknown>>> = {
  hitId: (value) =>
    ofHits(/^[0-9a-f]{64}$/i.test(value) ? sql`h.hit_id = ${Buffer.from(value, 'hex')}` : sql`false`),
  reportId: (value) => ofHits(sql`h.report_id = ${value}`),
  contentRef: (value) => ofHits(sql`h.content_ref = ${value}`),
  actorRef: (value) => ofHits(sql`h.actor_ref = ${value}`),
  cybertipId: (value) => ofHits(sql`h.cybertip_id = ${value}`),
  knownEntry: (value) => sql`select e.case_id from entry_cases e where e.entry = ${value}`,
  hashValue: (value) => ofHits(sql`h.hash_values && ${namesOfValue(value.toLowerCase())}::text[]`),
}

/** A value may come with its type, as `type:value`, or alone: then it is looked for in all types. */
const namesOfValue = (value: string): string[] =>
  value.includes(':') ? [value] : HASH_TYPE_NAMES.map((type) => `${type}:${value}`)
