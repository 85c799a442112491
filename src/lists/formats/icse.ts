// INTERPOL's International Child Sexual Exploitation database: its export as CSV.
import { peek } from '../input/peek.ts'
import { DamagedListError, type ListedFile, type ListItem, type Refused } from '../list-item.ts'
import { csvRows, isRow, type Row } from './csv-rows.ts'
import { flagOf, shortTextOf, tagsOf } from './field-values.ts'
import { bareId, listedTypeOf } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { Columns, delimiterOf, idOf } from './table.ts'

/** Columns that are read beside the hashes. Investigation, agency and the number of submissions are not. */
const ID = 'imageid'
const DISTRIBUTED = 'isdistributed'
const VICTIM = 'victimidentified'
const OFFENDER = 'offenderidentified'
const SERIES = 'seriesname'
const AVAILABLE = 'fileavailable'
const MEDIA = 'mediatype'
const BASELINE = 'baseline'

/** Columns of free text. A delimiter in one of them moves all columns to its right. */
const FREE = [SERIES, 'investigationname', 'agency'] as const

const FLAG = /^[yn]?$/i

/** What a column can hold. A cell that holds something else shows that columns have moved. */
const FORMS: Readonly<Record<string, RegExp>> = {
  [DISTRIBUTED]: FLAG,
  [VICTIM]: FLAG,
  [OFFENDER]: FLAG,
  [AVAILABLE]: /^(true|false)?$/i,
  [MEDIA]: /^(image|video)?$/i,
  [BASELINE]: /^(yes|no)?$/i,
  numberofsubmissions: /^\d*$/,
}
const KNOWN = new Set<string>([ID, ...FREE, ...Object.keys(FORMS)])

const isHashColumn = (name: string): boolean => listedTypeOf(name) !== undefined
const isRead = (name: string): boolean => KNOWN.has(name) || isHashColumn(name)

/** Whether the header is of this format: the baseline and the image's id tell. */
export function recogniseIcse(head: string): boolean {
  const names = new Set<string>()
  const { found } = delimiterOf(head, (name) => {
    names.add(name)
    return isRead(name)
  })
  return found >= 4 && names.has(BASELINE) && names.has(ID)
}

/** Reads the rows. The class is the baseline: `Baseline` or `Not baseline`. */
export async function* readIcse(text: AsyncIterable<Buffer>): AsyncGenerator<readonly ListItem[]> {
  const { head, text: whole } = await peek(text)
  const { delimiter } = delimiterOf(head.toString('utf8'), isRead)
  let table: IcseTable | undefined
  for await (const lines of csvRows(whole, delimiter)) {
    const items: ListItem[] = []
    for (const line of lines) {
      if (!isRow(line)) items.push(line)
      else if (table === undefined) table = new IcseTable(line.cells)
      else items.push(...table.itemsOf(line))
    }
    if (items.length > 0) yield items
  }
  if (table === undefined)
    throw new DamagedListError('The CSV has no header: it is empty. Get the file again.')
}

class IcseTable {
  readonly #columns: Columns
  readonly #hashes: readonly { readonly name: string; readonly place: number }[]
  /** Between which places a delimiter in free text can be; undefined without such columns. */
  readonly #free: { readonly first: number; readonly last: number } | undefined

  constructor(header: readonly string[]) {
    this.#columns = new Columns(header, isRead)
    this.#hashes = this.#columns.names.flatMap((name, place) => (isHashColumn(name) ? [{ name, place }] : []))
    if (this.#hashes.length === 0)
      throw new DamagedListError(
        'The CSV has no column of a hash in its first line (MD5, SHA1, PhotoDNA …): it is no export of ICSE. Say its --format.',
      )
    const free = FREE.flatMap((name) => this.#columns.find(name) ?? [])
    this.#free = free.length === 0 ? undefined : { first: Math.min(...free), last: Math.max(...free) }
  }

  itemsOf({ line, cells }: Row): readonly ListItem[] {
    const place = `line ${line}`
    const row = this.#aligned(cells)
    if (typeof row === 'string') return [{ kind: 'refused', place, reason: row }]
    const found = new RecordHashes(place)
    for (const { name, place: at } of this.#hashes) found.addNamed(name, row[at].trim())
    if (cells.length > row.length && found.refused.length > 0)
      return [
        {
          kind: 'refused',
          place,
          reason: 'it has too many cells, and a hash that is none: columns may have moved',
        },
      ]
    const file = this.#fileOf(row, found, place)
    return [file, ...(file.kind === 'file' ? found.refusedOf(file.sourceId, file.isBare) : found.refused)]
  }

  #fileOf(
    row: readonly string[],
    { hashes, unkept, unread }: RecordHashes,
    place: string,
  ): ListedFile | Refused {
    const cell = (name: string): string => {
      const at = this.#columns.find(name)
      return at === undefined ? '' : row[at].trim()
    }
    const own = cell(ID)
    const [first] = hashes
    const sourceId = own === '' ? first && bareId(first) : idOf(own)
    if (sourceId === undefined)
      return {
        kind: 'refused',
        place,
        reason: 'it has no image id that can be used, and no hash in its place',
      }
    const media = cell(MEDIA).toLowerCase()
    const baseline = flagOf(cell(BASELINE))
    return {
      kind: 'file',
      place,
      sourceId,
      ...(own === '' ? { isBare: true } : {}),
      hashes,
      code: baseline === undefined ? undefined : baseline ? 'Baseline' : 'Not baseline',
      series: shortTextOf(cell(SERIES)),
      victimIdentified: flagOf(cell(VICTIM)),
      tags: tagsOf([
        media === '' ? '' : `media:${media}`,
        flagOf(cell(DISTRIBUTED)) ? 'distributed' : '',
        flagOf(cell(OFFENDER)) ? 'offender-identified' : '',
      ]),
      unkept,
      unread,
    }
  }

  /**
   * The cells, each in the place that the header gives its column, or why the row can't be read. A row with more cells than
   * columns has delimiters in its free text: all left of that is counted from the left, all right of it from the right, and
   * the free text is left out. Every cell with a form of its own must have it.
   */
  #aligned(cells: readonly string[]): readonly string[] | string {
    const surplus = cells.length - this.#columns.length
    const free = this.#free
    if (surplus < 0 || (surplus > 0 && !free))
      return `it has ${cells.length} cells in place of ${this.#columns.length}`
    const { names } = this.#columns
    const row =
      surplus > 0 && free
        ? names.map((_, at) => (at < free.first ? cells[at] : at > free.last ? cells[at + surplus] : ''))
        : cells
    const moved = names.findIndex((name, at) => formOf(name)?.test(row[at].trim()) === false)
    if (moved !== -1) return `column ${moved + 1} has a value that it can't have: columns may have moved`
    // A flag where the free text should begin may come from the column left of it: then no flag is sure.
    const flagsMayHaveMoved = surplus > 0 && free && FLAG.test(cells[free.first].trim())
    return flagsMayHaveMoved ? row.map((cell, at) => (formOf(names[at]) === FLAG ? '' : cell)) : row
  }
}

const formOf = (name: string): RegExp | undefined => (Object.hasOwn(FORMS, name) ? FORMS[name] : undefined)
