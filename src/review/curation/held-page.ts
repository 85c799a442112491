// A page of the entries that are held back, with who did it here.
import type { CurationView, HeldBody, HeldEntryView, HeldPage } from '../../contract/review.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewContext } from '../review-context.ts'
import { namesEntry, targetOf, viewOf } from './curations.ts'
import type { HeldEntries, HeldEntry } from './held-entries.ts'

const PAGE = 50

/** `cursor` is the number of entries before: the list is small, and a page may shift when it changes. */
export async function heldPage(
  { db }: ReviewContext,
  held: HeldEntries,
  { kind, source, cursor }: HeldBody,
): Promise<HeldPage> {
  const from = placeOf(cursor)
  const all = held.all.filter(
    (one) =>
      (kind === undefined || one.kind === kind) && (source === undefined || one.entry.source === source),
  )
  const shown = all.slice(from, from + PAGE)
  const by = await decidedBy(db, shown)
  return {
    entries: shown.map((one) => viewOfHeld(one, by.get(one.key))),
    ...(all.length > from + PAGE ? { next: String(from + PAGE) } : {}),
    total: all.length,
    readShare: held.readShare,
    ...(held.isCut ? { isCut: true as const } : {}),
  }
}

function placeOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^[0-9]{1,7}$/.test(cursor)) return Number(cursor)
  throw new ReviewProblem('invalid', 'The cursor is not one that this list gave')
}

function viewOfHeld({ entry, kind }: HeldEntry, by: CurationView | undefined): HeldEntryView {
  const { type, value, source, sourceId, classification, addedAt, held, validUntil } = entry
  const until = kind === 'suppressed' ? validUntil : held?.until
  return {
    type,
    value,
    source,
    sourceId,
    kind,
    ...(until === undefined ? {} : { until }),
    classification,
    addedAt,
    ...(by === undefined ? {} : { by }),
  }
}

/** The newest decision that holds each entry back, by the entry's key. */
async function decidedBy(
  db: ReviewContext['db'],
  shown: readonly HeldEntry[],
): Promise<ReadonlyMap<string, CurationView>> {
  const curated = shown.filter(({ kind }) => kind === 'disabled' || kind === 'suppressed')
  if (curated.length === 0) return new Map()
  const rows = await db
    .selectFrom('curation.curations')
    .selectAll()
    .where('kind', 'in', ['disable', 'suppress'])
    .orderBy('at', 'desc')
    .limit(MOST_DECISIONS)
    .execute()
  const decisions = rows.map((row) => ({ row, target: targetOf(row) }))
  return new Map(
    curated.flatMap((one) => {
      const found = decisions.find(({ row, target }) =>
        one.kind === 'suppressed' ? row.curation_id === one.entry.sourceId : namesEntry(target, one.entry),
      )
      return found ? [[one.key, viewOf(found.row)] as const] : []
    }),
  )
}

/** Of older ones the page doesn't say who and why; the audit does. */
const MOST_DECISIONS = 5_000
