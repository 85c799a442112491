// Our own CSV of entries: one a row, with all that a list can say of it. It reads back the same as it was written.
import { HOLD_REASONS, type Entry } from '../../contract/known-hash.ts'
import { DamagedListError, type ListedFile, type ListItem } from '../list-item.ts'
import { csvRows, isRow, type Row } from './csv-rows.ts'
import type { EntryFormat } from './entry-format.ts'
import { codeOf, flagOf, shortTextOf, tagsOf, timeOf } from './field-values.ts'
import { bareId } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { columnName, Columns, delimiterOf, idOf } from './table.ts'

/** The columns, and what an entry has in each. */
const COLUMNS = {
  type: (entry) => entry.type,
  value: (entry) => entry.value,
  source_id: (entry) => entry.sourceId,
  scheme: (entry) => entry.classification.scheme,
  code: (entry) => entry.classification.code,
  role: (entry) => entry.role,
  series: (entry) => entry.series,
  victim_identified: (entry) => entry.victimIdentified?.toString(),
  tags: (entry) => entry.tags?.map((tag) => tag.replaceAll(/[\\;]/g, String.raw`\$&`)).join(';'),
  added_at: (entry) => entry.addedAt,
  valid_until: (entry) => entry.validUntil,
  held: (entry) => entry.held?.why,
  held_until: (entry) => entry.held?.until,
} as const satisfies Record<string, (entry: Entry) => string | undefined>

const ROLES = ['match', 'suppress', 'canary'] as const satisfies readonly Entry['role'][]

type Column = keyof typeof COLUMNS
// Object.keys loses the names that the object has.
const NAMES = Object.keys(COLUMNS) as readonly Column[]
const HEADER = NAMES.join(',')

export const recogniseOwnCsv = (head: string): boolean => head.split('\n', 1)[0] === HEADER

const COLUMN_NAMES: ReadonlySet<string> = new Set(NAMES.map(columnName))

/** Whether a text has all of our columns, and isn't written as we write them. */
export const isOwnCsvSavedAgain = (head: string): boolean =>
  !recogniseOwnCsv(head) && delimiterOf(head, (name) => COLUMN_NAMES.has(name)).found === NAMES.length

/** A cell that begins so is a formula to a spreadsheet, which would compute it: it gets an apostrophe in front. */
const FORMULA = /^[=+\-@\t\r']/
const NEUTRALISED = /^'(?=[=+\-@\t\r'])/

/** Our CSV of entries, to be written. */
export const OWN_CSV: EntryFormat = {
  begin: `${HEADER}\n`,
  entry: (entry) => `${NAMES.map((name) => cellOf(COLUMNS[name](entry) ?? '')).join(',')}\n`,
  end: '',
}

function cellOf(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return /[",]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/**
 * Reads the rows that {@link OWN_CSV} writes. A row of another role than `role` is passed over: a value that is
 * suppressed must never come in as a match. `any`: no row is.
 */
export async function* readOwnCsv(
  text: AsyncIterable<Buffer>,
  role: Entry['role'] | 'any' = 'match',
): AsyncGenerator<readonly ListItem[]> {
  let columns: Columns | undefined
  for await (const lines of csvRows(text, ',')) {
    const items: ListItem[] = []
    for (const line of lines) {
      if (!isRow(line)) items.push(line)
      else if (columns === undefined) columns = columnsOf(line)
      else items.push(...itemsOf(line, columns, role))
    }
    if (items.length > 0) yield items
  }
  if (columns === undefined)
    throw new DamagedListError('The CSV has no header: it is empty. Get the file again.')
}

function columnsOf({ cells }: Row): Columns {
  const columns = new Columns(cells, () => true)
  for (const name of NAMES)
    if (columns.find(columnName(name)) === undefined)
      throw new DamagedListError(
        `The CSV has no column ${name}: it was not written by hashwarden. Say with a mapping (--mapping FILE) which column is what.`,
      )
  return columns
}

function itemsOf({ line, cells }: Row, columns: Columns, role: Entry['role'] | 'any'): readonly ListItem[] {
  const place = `line ${line}`
  if (cells.length !== columns.length)
    return [{ kind: 'refused', place, reason: `it has ${cells.length} cells in place of ${columns.length}` }]
  const cell = (name: Column): string => {
    const at = columns.find(columnName(name))
    return at === undefined ? '' : cells[at].replace(NEUTRALISED, '')
  }
  const rowRole = ROLES.find((one) => one === cell('role'))
  if (rowRole === undefined)
    return [{ kind: 'refused', place, reason: `its role is none of ${ROLES.join(', ')}` }]
  if (role !== 'any' && rowRole !== role)
    return [{ kind: 'passed-over', place, why: `role ${rowRole}: import these with --role ${rowRole}` }]
  const found = new RecordHashes(place)
  found.addNamed(cell('type'), cell('value'))
  const { hashes, refused, unkept } = found
  const [hash] = hashes
  const sourceId = idOf(cell('source_id'))
  if (refused.length > 0) return sourceId === undefined ? refused : found.refusedOf(sourceId)
  if (hash === undefined)
    return [{ kind: 'passed-over', place, why: `type ${unkept?.join(', ') ?? 'without a value'}` }]
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: 'its source_id can be none' }]
  const code = codeOf(cell('code'))
  const scheme = cell('scheme')
  if (code === null || !/^[A-Za-z0-9._-]{0,16}$/.test(scheme))
    return [{ kind: 'refused', place, sourceId, reason: 'its scheme or its code can be none' }]
  // Either may say that the value is searched no more.
  const held = cell('held')
  if (held !== '' && !HOLD_REASONS.some((reason) => reason === held))
    return [{ kind: 'refused', place, sourceId, reason: `its held is none of ${HOLD_REASONS.join(', ')}` }]
  const validUntil = timeOf(cell('valid_until'))
  if (validUntil === undefined && cell('valid_until') !== '')
    return [{ kind: 'refused', place, sourceId, reason: 'its valid_until is no time' }]
  const file: ListedFile = {
    kind: 'file',
    place,
    sourceId,
    ...(sourceId === bareId(hash) ? { isBare: true } : {}),
    hashes,
    code,
    scheme: scheme || undefined,
    series: shortTextOf(cell('series')),
    victimIdentified: flagOf(cell('victim_identified')),
    tags: tagsIn(cell('tags')),
    changedAt: timeOf(cell('added_at')),
    validUntil,
    ...heldIn(held, cell('held_until')),
  }
  return [file]
}

/** A value that is held back for what a person or an import decided comes in switched off. */
function heldIn(why: string, until: string): Pick<ListedFile, 'disabled'> {
  if (why !== 'disabled' && why !== 'quarantined') return {}
  const time = timeOf(until)
  return { disabled: time === undefined ? {} : { until: time } }
}

function tagsIn(cell: string): readonly string[] | undefined {
  const tags = cell.match(/(?:\\.|[^;\\])+/g) ?? []
  return tagsOf(tags.map((tag) => tag.replaceAll(/\\(.)/g, '$1')))
}
