// CSV by a mapping: the lists of hotlines, and any table of hashes.
import { DamagedListError, type ListItem, type Refused } from '../list-item.ts'
import type { CsvMapping } from './csv-mapping.ts'
import { csvRows, isRow, type Row } from './csv-rows.ts'
import { dateOf } from './dates.ts'
import { codeOf, flagOf, shortTextOf, tagsOf } from './field-values.ts'
import { bareId } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { columnName, Columns, idOf } from './table.ts'

/** Reads the rows as a mapping says. Throws a DamagedListError if the header lacks a column that the mapping names. */
export async function* readMappedCsv(
  text: AsyncIterable<Buffer>,
  mapping: CsvMapping,
): AsyncGenerator<readonly ListItem[]> {
  let table: MappedTable | undefined
  const decoded = mapping.encoding === 'windows-1252' ? fromWindows1252(text) : text
  for await (const lines of csvRows(decoded, mapping.delimiter)) {
    const items: ListItem[] = []
    for (const line of lines) {
      if (!isRow(line)) {
        items.push(line)
        continue
      }
      const isHeader = table === undefined && mapping.header
      table ??= new MappedTable(line.cells, mapping)
      if (!isHeader) items.push(...table.itemsOf(line))
    }
    if (items.length > 0) yield items
  }
  if (table === undefined) throw new DamagedListError('The CSV has no row: it is empty. Get the file again.')
}

async function* fromWindows1252(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('windows-1252')
  for await (const chunk of text) yield Buffer.from(decoder.decode(chunk))
}

class MappedTable {
  readonly #mapping: CsvMapping
  readonly #length: number
  readonly #hashes: readonly (readonly [type: string, place: number])[]
  readonly #place: Readonly<Partial<Record<keyof CsvMapping['columns'], number>>>

  constructor(firstRow: readonly string[], mapping: CsvMapping) {
    this.#mapping = mapping
    this.#length = firstRow.length
    const { hashes = {}, ...others } = mapping.columns
    const read = new Set([...Object.values(hashes), ...Object.values(others)].map(columnName))
    const header = mapping.header ? firstRow : firstRow.map((_, at) => String(at + 1))
    const columns = new Columns(header, (name) => read.has(name))
    const find = (named: string, what: string): number => {
      const place = columns.find(columnName(named))
      if (place === undefined)
        throw new DamagedListError(
          `The CSV has no column of the name that the mapping gives for ${what}${columns.length === 1 ? ', and only one column: its delimiter may be another one' : ''}. Mend the mapping, or get the right file.`,
        )
      return place
    }
    this.#hashes = Object.entries(hashes).map(([type, named]) => [type, find(named, type)])
    this.#place = Object.fromEntries(
      Object.entries(others).map(([what, named]) => [what, find(named, `\`${what}\``)]),
    )
  }

  itemsOf({ line, cells }: Row): readonly ListItem[] {
    const place = `line ${line}`
    const refused = (reason: string): Refused => ({ kind: 'refused', place, reason })
    if (cells.length !== this.#length)
      return [refused(`it has ${cells.length} cells in place of ${this.#length}`)]
    const found = this.#hashesOf(cells, place)
    const own = this.#cell(cells, 'id')
    const [first] = found.hashes
    const sourceId = own === '' ? first && bareId(first) : idOf(own)
    if (sourceId === undefined) {
      if (found.refused.length > 0) return found.refused
      if (found.unkept) return [{ kind: 'passed-over', place, why: `type ${found.unkept.join(', ')}` }]
      return [refused('it has no id that can be used, and no hash in its place')]
    }
    const isBare = own === ''
    const identity = { place, sourceId, ...(isBare ? { isBare } : {}) }
    const refusedOnes = found.refusedOf(sourceId, isBare)
    const badOne = (reason: string): Refused => ({ ...refused(reason), sourceId })
    const isLive = this.#isLive(cells)
    if (isLive === undefined)
      return [badOne('its status is none of those that the mapping names'), ...refusedOnes]
    if (!isLive) {
      // A row of one hash ends that hash, and not the file's other rows.
      const isOfHash = isBare || this.#cell(cells, 'value') !== ''
      const hashes = isOfHash ? { hashes: found.hashes } : {}
      return [{ kind: 'withdrawal', ...identity, ...hashes }, ...refusedOnes]
    }
    const code = this.#codeOf(cells)
    if (code === null) return [badOne('its class is none of those that the mapping names'), ...refusedOnes]
    return [
      {
        kind: 'file',
        ...identity,
        hashes: found.hashes,
        code,
        ...this.#wordsOf(cells),
        unkept: found.unkept,
        unread: found.unread,
      },
      ...refusedOnes,
      ...(this.#hasBadDate(cells)
        ? [badOne(`its date is none of the form ${this.#mapping.dates ?? ''}; its hashes are read`)]
        : []),
    ]
  }

  #cell(cells: readonly string[], what: keyof CsvMapping['columns']): string {
    const place = this.#place[what]
    return place === undefined ? '' : cells[place].trim()
  }

  #hashesOf(cells: readonly string[], place: string): RecordHashes {
    const found = new RecordHashes(place)
    for (const [type, at] of this.#hashes) found.addNamed(type, cells[at].trim())
    if (this.#place.type !== undefined) {
      const word = this.#cell(cells, 'type')
      found.addNamed(wordIn(this.#mapping.types, word) ?? word, this.#cell(cells, 'value'))
    }
    return found
  }

  /** Whether the row's status says that the file is listed; undefined: it says nothing that the mapping knows. */
  #isLive(cells: readonly string[]): boolean | undefined {
    const { status } = this.#mapping
    if (!status) return true
    const word = this.#cell(cells, 'status').toLowerCase()
    const isAmong = (words: readonly string[]): boolean => words.some((known) => known.toLowerCase() === word)
    if (isAmong(status.live)) return true
    return isAmong(status.withdrawn) ? false : undefined
  }

  #codeOf(cells: readonly string[]): string | undefined | null {
    const word = this.#cell(cells, 'code')
    if (word === '') return undefined
    const { codes } = this.#mapping
    return codes ? (wordIn(codes, word) ?? null) : codeOf(word)
  }

  #wordsOf(cells: readonly string[]): object {
    return {
      series: shortTextOf(this.#cell(cells, 'series')),
      victimIdentified: flagOf(this.#cell(cells, 'victimIdentified')),
      tags: tagsOf(this.#cell(cells, 'tags')),
      changedAt: this.#dateOf(cells),
    }
  }

  #dateOf(cells: readonly string[]): string | undefined {
    const { dates } = this.#mapping
    return dates && dateOf(dates, this.#cell(cells, 'changedAt'))
  }

  #hasBadDate(cells: readonly string[]): boolean {
    return this.#cell(cells, 'changedAt') !== '' && this.#dateOf(cells) === undefined
  }
}

const wordIn = <Meaning>(
  words: Readonly<Record<string, Meaning>> | undefined,
  word: string,
): Meaning | undefined => (words && Object.hasOwn(words, word) ? words[word] : undefined)
