// Plain lists: `type value` a line (the ThreatExchange convention for bare lists), and what `hashwarden hash` prints.
import { lineBatches } from '../input/text-lines.ts'
import type { ListedFile, ListItem } from '../list-item.ts'
import type { EntryFormat } from './entry-format.ts'
import { isComment, parseListLine, type LineEntry } from './list-line.ts'
import { bareId, isContentName, listedTypeOf } from './listed-hash.ts'

/** Whether a line can be one of such a list. */
export function recogniseLines(line: string): boolean {
  if (line.startsWith('{')) return typeof parseListLine(line) !== 'string'
  const [name, value] = line.trim().split(/\s+/, 2)
  return value !== undefined && (listedTypeOf(name) !== undefined || isContentName(name))
}

/**
 * Reads `type value` a line, optionally followed by the source's id of the file, or what `hashwarden hash` prints, with
 * and without `--json`. Blank lines and comments (lines that begin with #) are passed over.
 *
 * Where a list has no id, the value itself is one. The hashes that `hashwarden hash` prints of one file share the first
 * of them, so that they are known to belong together.
 */
export async function* readLines(text: AsyncIterable<Buffer>): AsyncGenerator<readonly ListItem[]> {
  const files = new FileGroups()
  let number = 0
  for await (const lines of lineBatches(text)) {
    const items: ListItem[] = []
    for (const bytes of lines) {
      const line = bytes.toString('utf8')
      const place = `line ${++number}`
      files.begin(line)
      const parsed = parseListLine(line)
      if (typeof parsed !== 'string') for (const entry of parsed) items.push(files.file(entry, place))
      else if (isContentName(line.trim().split(/\s/, 1)[0]))
        items.push({ kind: 'passed-over', place, why: 'content, which is never read' })
      else items.push({ kind: 'refused', place, reason: parsed })
    }
    if (items.length > 0) yield items
  }
}

/**
 * Plain lines of entries, to be written. A line has no place for what makes an entry harmless: suppressed values, canaries
 * and values held back would be matches to the next reader. An id with white space in it can't stand in a line.
 */
export const PLAIN_LINES: EntryFormat = {
  begin: '',
  entry: (entry) => {
    const { type, value, sourceId, role, held } = entry
    if (role !== 'match' || held || /\s/u.test(sourceId)) return undefined
    return `${type} ${value}${sourceId === bareId(entry) ? '' : ` ${sourceId}`}\n`
  },
  end: '',
}

/** Tells which entries without an id are of one file. */
class FileGroups {
  #isIndented = false
  #id: string | undefined
  #types = new Set<string>()

  /** Begins a line. A line of JSON, a comment and a line that isn't indented begin another file. */
  begin(line: string): void {
    this.#isIndented = /^[ \t]/.test(line)
    if (!this.#isIndented || isComment(line)) this.#forget()
  }

  file({ sourceId, ...hash }: LineEntry, place: string): ListedFile {
    if (sourceId !== undefined) return { kind: 'file', place, sourceId, hashes: [hash] }
    // A file has one hash of a type.
    if (this.#types.has(hash.type)) this.#forget()
    this.#types.add(hash.type)
    this.#id ??= bareId(hash)
    return { kind: 'file', place, sourceId: this.#id, isBare: true, hashes: [hash] }
  }

  #forget(): void {
    this.#id = undefined
    this.#types.clear()
  }
}
