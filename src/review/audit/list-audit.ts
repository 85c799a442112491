// What the audit shows: its entries, newest first, a page at a time.
import type { AuditEntryView, AuditPage, AuditBody } from '../../contract/review.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewDatabase } from '../store/connect.ts'

const PAGE = 50

/** Reading the audit is itself an entry: the API appends it. */
export async function listAudit(db: ReviewDatabase, filter: AuditBody): Promise<AuditPage> {
  const { action, actor, caseId, cursor, limit = PAGE } = filter
  let rows = db
    .selectFrom('audit_entries')
    .select('entry')
    .orderBy('leaf_index', 'desc')
    .limit(limit + 1)
  if (action !== undefined) rows = rows.where('action', '=', action)
  if (actor !== undefined) rows = rows.where('actor', '=', actor)
  if (caseId !== undefined) rows = rows.where('case_id', '=', caseId)
  if (cursor !== undefined) rows = rows.where('leaf_index', '<', indexOf(cursor))
  const found = (await rows.execute()).map(({ entry }) => readEntry(entry))
  const entries = found.slice(0, limit)
  const last = entries.at(-1)
  return found.length > limit && last ? { entries, next: String(last.index) } : { entries }
}

/** An entry by its stored text. The text was made by appendAudit, so it has the fields of the view. */
export const readEntry = (entry: string): AuditEntryView => JSON.parse(entry) as AuditEntryView

/** A cursor is the index of the last entry that was shown. */
function indexOf(cursor: string): string {
  if (/^[0-9]{1,15}$/.test(cursor)) return cursor
  throw new ReviewProblem('invalid', 'The cursor is not one that this list gave')
}
