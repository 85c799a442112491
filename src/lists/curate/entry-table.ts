// The entries of topic known-hashes in few bytes each: not their values, but what can be counted of them.
import { hash, randomInt } from 'node:crypto'
import type { Entry, EntryChange, EntryIdentity } from '../../contract/known-hash.ts'
import { ExactIndex } from '../../search/equal/exact.ts'
import { withRoom } from '../../search/growth.ts'

/** Two words of a digest over type and value, two over source and sourceId. */
const ROW_WORDS = 4
/** Words are compared by their first 56 bits or fewer, beside a source: so its number has 8 bits. */
const MOST_SOURCES = 256
const DAY_MS = 86_400_000
const LAST_DAY = 2 ** 16 - 1

/** What entries have in common: a few hundred kinds in a set of ten million. */
export interface EntryKind {
  readonly source: string
  /** Its number in `sources`. */
  readonly sourceNumber: number
  readonly type: Entry['type']
  /** `scheme:code` */
  readonly classification: string
  readonly role: Entry['role']
  /** Why entries of this kind are held back; undefined: they are not. */
  readonly held: NonNullable<Entry['held']>['why'] | undefined
}

/** There are more sources than can be counted beside each other. */
class TooManySourcesError extends Error {
  readonly code = 'TOO_MANY_SOURCES'
  override readonly name = 'TooManySourcesError'

  constructor() {
    super(`Known hashes have more than ${MOST_SOURCES} sources: they can't be counted beside each other`)
  }
}

/**
 * The latest state of each entry, in about 35 bytes: a digest of its key, its kind, and the day on which it was added.
 * (Two keys of ten million share their 128 bits of SHA-256 by chance once in 10²⁴ tables.)
 */
export class EntryTable {
  readonly #rows = new ExactIndex(ROW_WORDS, [randomInt(2 ** 32), randomInt(2 ** 32)])
  /** By row: number of the kind plus 1. 0: no entry. */
  #kindOf = new Uint32Array(1024)
  /** By row: days since 1970. */
  #dayOf = new Uint16Array(1024)
  #end = 0
  readonly #kinds: EntryKind[] = []
  readonly #kindNumbers = new Map<string, number>()
  readonly #sources: string[] = []
  readonly #row = new Uint32Array(ROW_WORDS)

  get size(): number {
    return this.#rows.size
  }

  /** What it takes, without the kinds. */
  get bytes(): number {
    return this.#rows.bytes + this.#kindOf.byteLength + this.#dayOf.byteLength
  }

  get kinds(): readonly EntryKind[] {
    return this.#kinds
  }

  get sources(): readonly string[] {
    return this.#sources
  }

  /** One more than the greatest row. */
  get end(): number {
    return this.#end
  }

  apply({ identity, entry }: EntryChange): void {
    const row = this.#digestOf(identity)
    if (entry === null) {
      const id = this.#rows.find(row, 0)
      if (id === -1) return
      this.#kindOf[id] = 0
      this.#rows.remove(id)
      return
    }
    const id = this.#rows.add(row, 0)
    this.#kindOf = withRoom(Uint32Array, this.#kindOf, id + 1)
    this.#dayOf = withRoom(Uint16Array, this.#dayOf, id + 1)
    this.#end = Math.max(this.#end, id + 1)
    this.#kindOf[id] = this.#kindNumber(entry) + 1
    const day = Math.floor(Date.parse(entry.addedAt) / DAY_MS)
    this.#dayOf[id] = Math.min(Math.max(day, 0), LAST_DAY)
  }

  /** The number of a row's kind, or -1 if no entry has the row. */
  kindAt(row: number): number {
    return this.#kindOf[row] - 1
  }

  /** Days since 1970. */
  dayAt(row: number): number {
    return this.#dayOf[row]
  }

  /** Writes a row's digests: two words of the value's, two of the file's. */
  copyDigests(row: number, to: Uint32Array): void {
    this.#rows.copyValue(row, to, 0)
  }

  /** The next call overwrites the result. */
  #digestOf({ type, value, source, sourceId }: EntryIdentity): Uint32Array {
    const ofValue = hash('sha256', `${type}:${value}`, 'buffer')
    const ofFile = hash('sha256', `${source}:${sourceId}`, 'buffer')
    for (const word of [0, 1]) {
      this.#row[word] = ofValue.readUInt32LE(word * 4)
      this.#row[word + 2] = ofFile.readUInt32LE(word * 4)
    }
    return this.#row
  }

  #kindNumber({ source, type, classification: { scheme, code }, role, held }: Entry): number {
    const name = `${source} ${type} ${role} ${held?.why ?? ''} ${scheme}:${code}`
    const known = this.#kindNumbers.get(name)
    if (known !== undefined) return known
    let sourceNumber = this.#sources.indexOf(source)
    if (sourceNumber === -1) {
      if (this.#sources.length === MOST_SOURCES) throw new TooManySourcesError()
      sourceNumber = this.#sources.push(source) - 1
    }
    const classification = `${scheme}:${code}`
    const number = this.#kinds.push({ source, sourceNumber, type, classification, role, held: held?.why }) - 1
    this.#kindNumbers.set(name, number)
    return number
  }
}
