// ThreatExchange: the CSV that its command line exports.
import { DamagedListError, type ListedFile, type ListItem } from '../list-item.ts'
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

/** Opinions that are known. Of another one the scheme says that it is none. */
const POSITIVE = 'POSITIVE_CLASS'
const SEED = 'INVESTIGATION_SEED'
const NEGATIVE = 'NEGATIVE_CLASS'
const DISPUTED = 'DISPUTED'
const KNOWN: ReadonlySet<string | undefined> = new Set([POSITIVE, SEED, NEGATIVE, DISPUTED])

/** Values that are given together. */
const TOGETHER = 500

/** A value, and what the collaborations say of it, each in a row of its own. */
interface Judged {
  readonly file: ListedFile
  readonly codes: Set<string | undefined>
  readonly tags: Set<string>
}

/**
 * Reads the rows. The class is the opinion: POSITIVE_CLASS, INVESTIGATION_SEED, NEGATIVE_CLASS or DISPUTED. Values come once
 * all rows are read: a later row may be another collaboration's "no".
 */
export async function* readThreatExchangeCsv(
  text: AsyncIterable<Buffer>,
): AsyncGenerator<readonly ListItem[]> {
  const values = new Map<string, Judged>()
  /** Values with an opinion that can't be read, which may be a "no". */
  const unread = new Set<string>()
  let columns: Columns | undefined
  for await (const lines of csvRows(text, ',')) {
    const items: ListItem[] = []
    for (const line of lines) {
      if (!isRow(line)) items.push(line)
      else if (columns === undefined) columns = columnsOf(line)
      else
        for (const item of itemsOf(line, columns)) {
          if (addOpinion(values, item)) continue
          items.push(item)
          if (item.kind === 'refused' && item.sourceId !== undefined) unread.add(item.sourceId)
        }
    }
    if (items.length > 0) yield items
  }
  if (columns === undefined)
    throw new DamagedListError('The CSV has no header: it is empty. Get the file again.')
  let files: ListItem[] = []
  for (const { file, codes, tags } of values.values()) {
    if (unread.has(file.sourceId)) continue
    files.push({ ...file, code: opinionOf(codes), tags: tagsOf([...tags]) })
    if (files.length < TOGETHER) continue
    yield files
    files = []
  }
  if (files.length > 0) yield files
}

/** Returns false if the item is no value with an opinion. */
function addOpinion(values: Map<string, Judged>, item: ListItem): boolean {
  if (item.kind !== 'file') return false
  const [{ type, value }] = item.hashes
  const key = `${type} ${value}`
  const judged = values.get(key)
  if (judged === undefined)
    values.set(key, { file: item, codes: new Set([item.code]), tags: new Set(item.tags) })
  else {
    judged.codes.add(item.code)
    for (const tag of item.tags ?? []) judged.tags.add(tag)
  }
  return true
}

/** What several opinions come to. One that isn't known may be a "no": it stands, so that the scheme refuses the value. */
function opinionOf(codes: ReadonlySet<string | undefined>): string | undefined {
  for (const code of codes) if (codes.size === 1 || !KNOWN.has(code)) return code
  return codes.has(NEGATIVE) || codes.has(DISPUTED) ? DISPUTED : POSITIVE
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
  const sourceId = bareId(hash)
  const code = codeOf(cell(CATEGORY).toUpperCase())
  if (code === null) return [{ kind: 'refused', place, sourceId, reason: 'its category is none' }]
  const tags = tagsOf(cell(TAGS).split(/[\s,;|]+/))
  return [{ kind: 'file', place, sourceId, isBare: true, hashes, code, tags }]
}
