// ThreatExchange: the CSV that its command line exports.
import { DamagedListError, type ListItem } from '../list-item.ts'
import { csvRows, isRow, type Row } from './csv-rows.ts'
import { codeOf, tagsOf } from './field-values.ts'
import { bareId, isContentName } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { Columns, delimiterOf } from './table.ts'

const TYPE = 'signaltype'
const VALUE = 'signalstr'
const CATEGORY = 'category'
const TAGS = 'tags'
const NEEDED = [TYPE, VALUE, CATEGORY] as const
const READ = new Set<string>([...NEEDED, TAGS])

export const recogniseThreatExchangeCsv = (head: string): boolean =>
  delimiterOf(head, (name) => NEEDED.some((needed) => needed === name)).found === NEEDED.length

/** Reads the rows. The class is the opinion: POSITIVE_CLASS, INVESTIGATION_SEED, NEGATIVE_CLASS or DISPUTED. */
export async function* readThreatExchangeCsv(
  text: AsyncIterable<Buffer>,
): AsyncGenerator<readonly ListItem[]> {
  let columns: Columns | undefined
  for await (const lines of csvRows(text, ',')) {
    const items: ListItem[] = []
    for (const line of lines) {
      if (!isRow(line)) items.push(line)
      else if (columns === undefined) columns = columnsOf(line)
      else items.push(...itemsOf(line, columns))
    }
    if (items.length > 0) yield items
  }
  if (columns === undefined)
    throw new DamagedListError('The CSV has no header: it is empty. Get the file again.')
}

function columnsOf({ cells }: Row): Columns {
  const columns = new Columns(cells, (name) => READ.has(name))
  for (const name of NEEDED)
    if (columns.find(name) === undefined)
      throw new DamagedListError(
        'The CSV has no columns signal_type, signal_str and category in its first line: it is no export of ThreatExchange. Say its --format.',
      )
  return columns
}

function itemsOf({ line, cells }: Row, columns: Columns): readonly ListItem[] {
  const place = `line ${line}`
  if (cells.length !== columns.length)
    return [{ kind: 'refused', place, reason: `it has ${cells.length} cells in place of ${columns.length}` }]
  const cell = (name: string): string => {
    const at = columns.find(name)
    return at === undefined ? '' : cells[at].trim()
  }
  const name = cell(TYPE)
  if (isContentName(name)) return [{ kind: 'passed-over', place, why: 'content, which is never read' }]
  const found = new RecordHashes(place)
  found.addNamed(name, cell(VALUE))
  const { hashes, refused, unkept } = found
  if (refused.length > 0) return refused
  const [hash] = hashes
  if (hash === undefined)
    return [{ kind: 'passed-over', place, why: `type ${unkept?.join(', ') ?? 'without a value'}` }]
  const code = codeOf(cell(CATEGORY).toUpperCase())
  if (code === null) return [{ kind: 'refused', place, reason: 'its category is none' }]
  const tags = tagsOf(cell(TAGS).split(/[\s,;|]+/))
  return [{ kind: 'file', place, sourceId: bareId(hash), isBare: true, hashes, code, tags }]
}
