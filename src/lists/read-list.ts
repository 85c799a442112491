// The room `lists` reads the interchange formats of known-hash lists and keeps the topic known-hashes in step with them.
import type { HashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import { isComment, parseListLine, type LineEntry } from './list-line.ts'
import { TextInput } from './input/text-input.ts'
import { textLines } from './input/text-lines.ts'

/** One entry of a list, before it is given a source. */
export interface ListedHash {
  readonly type: HashType
  readonly value: HashValue
  /** The list's own name for the file. Several types of one file may share it. */
  readonly sourceId: string
  /** Set where the list names no file, so that the id is made of a value. */
  readonly isBare?: boolean
  /** Where it stands: the first line is 1. */
  readonly line?: number
}

/** A line that gives no entry: says where and why, never what the line holds. */
export interface BadLine {
  readonly line: number
  readonly problem: string
}

/**
 * Reads a list: `type value` a line (the ThreatExchange convention for bare lists), optionally followed by the source's
 * id of the file, or what `hashwarden hash` prints, with and without `--json`. `-` is standard input. Blank lines and
 * comments (lines that begin with #) are passed over. Throws a TextInputError, or the system's error.
 *
 * Where a list has no id, the value itself is one. The hashes that `hashwarden hash` prints of one file share the first
 * of them, so that they are known to belong together.
 */
export async function* readList(file: string): AsyncGenerator<ListedHash | BadLine> {
  const files = new FileGroups()
  let line = 0
  for await (const bytes of textLines(new TextInput(file))) {
    line++
    const text = bytes.toString('utf8')
    files.begin(text)
    const parsed = parseListLine(text)
    if (typeof parsed === 'string') yield { line, problem: parsed }
    else for (const entry of parsed) yield { ...files.identified(entry), line }
  }
}

/** Tells which entries without an id are of one file. */
class FileGroups {
  #isIndented = false
  #id: string | undefined
  #types = new Set<HashType>()

  /** Begins a line. A line of JSON, a comment and a line that isn't indented begin another file. */
  begin(line: string): void {
    this.#isIndented = /^[ \t]/.test(line)
    if (!this.#isIndented || isComment(line)) this.#forget()
  }

  identified({ type, value, sourceId }: LineEntry): ListedHash {
    if (sourceId !== undefined) return { type, value, sourceId }
    // A file has one hash of a type.
    if (this.#types.has(type)) this.#forget()
    this.#types.add(type)
    this.#id ??= value
    return { type, value, sourceId: this.#id, isBare: true }
  }

  #forget(): void {
    this.#id = undefined
    this.#types.clear()
  }
}
