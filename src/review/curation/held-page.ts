// A page of the entries that are held back, with who did it here.
import { sql } from 'kysely'
import { canonicalJson } from '../../contract/json.ts'
import type { CurationView, HeldBody, HeldEntryView, HeldPage } from '../../contract/review.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewContext } from '../review-context.ts'
import { namesEntry, targetOf, viewOf, type Curation } from './curations.ts'
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

/** The decision that holds each entry back, by the entry's key: the newest published one on it, if the entry is as it says. */
async function decidedBy(
  db: ReviewContext['db'],
  shown: readonly HeldEntry[],
): Promise<ReadonlyMap<string, CurationView>> {
  const held = shown.filter(({ isByPerson }) => isByPerson)
  if (held.length === 0) return new Map()
  const rows = await db
    .selectFrom('curation.curations')
    .selectAll()
    .where('kind', 'in', ['disable', 'enable', 'suppress'])
    .where('done_at', 'is not', null)
    .where((where) =>
      where.or([
        sql<boolean>`target = any(${held.flatMap(targetsOf)}::text[])`,
        // Not all are UUIDs: another writer may name its suppressions as it likes.
        sql<boolean>`curation_id::text = any(${held.map(({ entry }) => entry.sourceId)}::text[])`,
      ]),
    )
    .orderBy('at', 'desc')
    .orderBy('curation_id', 'desc')
    .execute()
  const decisions = rows.map((row) => ({ row, target: targetOf(row) }))
  return new Map(
    held.flatMap((one) => {
      const found = decisions.find(({ row, target }) =>
        one.kind === 'suppressed'
          ? row.curation_id === one.entry.sourceId
          : row.kind !== 'suppress' && namesEntry(target, one.entry),
      )
      return found && explains(found.row, one) ? [[one.key, viewOf(found.row)] as const] : []
    }),
  )
}

/** The targets that name the entry, as the column has them. */
function targetsOf({ entry: { type, value, source, sourceId } }: HeldEntry): readonly string[] {
  const hash = { type, value }
  const file = { source, sourceId }
  return [hash, file, { ...hash, ...file }].map(canonicalJson)
}

/** Others hold entries back, too (`hashwarden hashset disable`): a decision of here is not taken for theirs. */
function explains({ kind, until }: Curation, { entry, kind: held }: HeldEntry): boolean {
  if (held === 'suppressed') return true
  const end = entry.held?.until
  return kind === 'disable' && until?.getTime() === (end === undefined ? undefined : Date.parse(end))
}
