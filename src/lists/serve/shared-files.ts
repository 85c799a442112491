// All files of our lists as others may read them, in the order of their last changes: in memory, packed.
import { hash, randomInt } from 'node:crypto'
import type { EntryChange } from '../../contract/known-hash.ts'
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import { ExactIndex } from '../../search/equal/exact.ts'
import { ByteStore } from './byte-store.ts'
import { ChangeOrder } from './change-order.ts'
import type { ClientView } from './client-view.ts'
import { fingerprintOf, packedValue, printedValue, typeNumber } from './fingerprints.ts'
import { NO_TERMS, TermsTable, UNKNOWN_TERMS, type MediaKind } from './terms.ts'

const DIGEST_WORDS = 4
const CHUNK_ROWS = 2 ** 15

/** Columns of a file's row. */
const ID = 0
const SOURCE = 1
/** The set of terms that it has been on. */
const EXPOSURE = 2
/** Its first hash, plus 1. */
const FIRST = 3
/** Its place in the order of changes, plus 1. */
const PLACE = 4
const FILE_COLUMNS = 5

/** Columns of a hash's row. */
const VALUE = 0
/** The type in the lowest byte; above it the terms, plus 1. 0: the hash is gone. */
const STATE = 1
/** The file's next hash, plus 1. */
const NEXT = 2
const HASH_COLUMNS = 3
const TYPE_BITS = 8
const TYPE_MASK = 0xff

/** One hash as a page has it. */
interface SharedHash {
  readonly tag: string
  /** Undefined: an empty element. */
  readonly value: string | undefined
}

/** A file as one reader sees it: one (source, sourceId) with all hashes that this reader may see. */
export interface SharedFile {
  readonly source: string
  readonly sourceId: string
  /** The id is the value of one of its hashes, those that are gone included: it can't leave as it is. */
  readonly isIdValue: boolean
  /** Seconds since 1970. */
  readonly second: number
  readonly media: MediaKind
  /** Undefined: it was withdrawn, or this reader may no longer see it. */
  readonly live:
    | {
        readonly classification: { readonly scheme: string; readonly code: string }
        readonly hashes: readonly SharedHash[]
      }
    | undefined
}

export interface PageQuery {
  readonly view: ClientView
  /** Only files of this source. */
  readonly source?: string | undefined
  /** Changes after this second, and those of the minute before it again, up to and including `to`. */
  readonly from: number
  readonly to: number
  /** The change to begin with, as `next` of the page before named it. */
  readonly start?: number | undefined
}

export interface SharedPage {
  readonly files: readonly SharedFile[]
  /** The change that the next page begins with, and the last one of the range. Undefined: the range is exhausted. */
  readonly next: { readonly start: number; readonly last: number } | undefined
}

/** A page ends at the first of these: files in it, hashes in it, and changes looked at, as a reader may see few of them. */
const PAGE_FILES = 1_000
const PAGE_HASHES = 20_000
const PAGE_CHANGES = 100_000
/**
 * A range begins this number of seconds before its `from`. A change has the time of its append, and is readable after its
 * transaction's commit, up to 30 s later: a reader whose range ended in between may have asked before it came.
 */
const REPEATED_SECONDS = 60

/**
 * The state of topic known-hashes by file. A hash of a file takes about 60 bytes and its value, a file about 60 and its
 * id: bench/lists/serve-memory.ts measures it. A hash that is gone keeps its row, as long as the process runs, so that readers
 * hear that it is gone.
 */
export class SharedFiles {
  readonly terms = new TermsTable()
  readonly #fileIndex = new ExactIndex(DIGEST_WORDS, [randomInt(2 ** 32), randomInt(2 ** 32)])
  readonly #hashIndex = new ExactIndex(DIGEST_WORDS, [randomInt(2 ** 32), randomInt(2 ** 32)])
  readonly #files = new ChunkedRows(Uint32Array, FILE_COLUMNS, CHUNK_ROWS)
  readonly #hashes = new ChunkedRows(Uint32Array, HASH_COLUMNS, CHUNK_ROWS)
  readonly #texts = new ByteStore()
  readonly #sources: string[] = []
  /** By source, the set of all terms that entries of it have been on. */
  readonly #sourceTerms: number[] = []
  readonly #sourceNumbers = new Map<string, number>()
  readonly #order: ChangeOrder
  readonly #digest = new Uint32Array(DIGEST_WORDS)

  /** @param clock Milliseconds since 1970. */
  constructor(clock: () => number = Date.now) {
    this.#order = new ChangeOrder((file) => this.#file(file, PLACE) - 1, clock)
  }

  /** Files, those that are gone included. */
  get size(): number {
    return this.#files.count
  }

  /** Hashes, those that are gone included. */
  get hashes(): number {
    return this.#hashes.count
  }

  get sources(): readonly string[] {
    return this.#sources
  }

  /** Applies a record of the topic: its offset, and its time in milliseconds since 1970. */
  apply({ identity, key, entry }: EntryChange, offset: number, timeMs: number): void {
    const { source, sourceId, type, value } = identity
    const file = this.#fileOf(source, sourceId)
    const number = this.#hashIndex.add(this.#digestOf(key), 0)
    const isNew = number === this.#hashes.count
    if (isNew) {
      const place = this.#texts.add(packedValue(type, value))
      this.#hashes.append()
      this.#setHash(number, VALUE, place)
      this.#setHash(number, STATE, typeNumber(type))
      this.#setHash(number, NEXT, this.#file(file, FIRST))
      this.#setFile(file, FIRST, number + 1)
    }
    const terms = entry === null ? undefined : this.terms.numberOf(entry)
    const state = (terms === undefined ? 0 : (terms + 1) << TYPE_BITS) | typeNumber(type)
    // A record that changes nothing of what readers see isn't a change of the file.
    if (!isNew && state >>> 0 === this.#hash(number, STATE)) return
    this.#setHash(number, STATE, state >>> 0)
    // What was removed before we have read a word of it: only the removal was left in the topic.
    const met = terms ?? (isNew ? UNKNOWN_TERMS : undefined)
    if (met !== undefined) this.#setFile(file, EXPOSURE, this.terms.setWith(this.#file(file, EXPOSURE), met))
    if (terms !== undefined) {
      const at = this.#file(file, SOURCE)
      this.#sourceTerms[at] = this.terms.setWith(this.#sourceTerms[at], terms)
    }
    this.#setFile(file, PLACE, this.#order.add(file, offset, timeMs) + 1)
    this.#order.tidy((moved, place) => this.#setFile(moved, PLACE, place + 1))
  }

  /** No later change gets this second or an earlier one: a reader has been given all of them. */
  close(second: number): void {
    this.#order.close(second)
  }

  /** A page of changes, oldest first. A file stands at its last change, in its latest state. */
  page({ view, source, from, to, start }: PageQuery): SharedPage {
    const order = this.#order
    const end = order.firstAfter(to)
    const since = order.firstAfter(from - REPEATED_SECONDS)
    const first = Math.max(since, start === undefined ? 0 : order.firstFrom(start))
    const files: SharedFile[] = []
    const seen = this.#sources.map((name) => view.maySeeSource(name) && (source ?? name) === name)
    let hashes = 0
    let at = first
    for (; at < end && files.length < PAGE_FILES && hashes < PAGE_HASHES; at++) {
      if (at - first >= PAGE_CHANGES) break
      const file = order.file(at)
      if (this.#file(file, PLACE) !== at + 1 || !seen[this.#file(file, SOURCE)]) continue
      const shared = this.#shared(file, order.second(at), view)
      if (shared === undefined) continue
      files.push(shared)
      hashes += shared.live?.hashes.length ?? 0
    }
    const next = at < end ? { start: order.offset(at), last: order.offset(end - 1) } : undefined
    return { files, next }
  }

  /** The file as this reader sees it; undefined if the reader never saw it. */
  #shared(file: number, second: number, view: ClientView): SharedFile | undefined {
    const hashes: { readonly rank: number; readonly hash: SharedHash }[] = []
    let classification: { readonly scheme: string; readonly code: string } | undefined
    let media: MediaKind | undefined
    let byType: MediaKind | undefined
    const sourceId = this.#texts.get(this.#file(file, ID)).toString('utf8')
    let isIdValue = false
    for (let next = this.#file(file, FIRST); next !== 0; next = this.#hash(next - 1, NEXT)) {
      const state = this.#hash(next - 1, STATE)
      const type = state & TYPE_MASK
      const { tag, form, of } = fingerprintOf(type)
      // A picture's kind of hash may also be of a frame, so of two kinds the picture's counts.
      if (of === 'image' || byType === undefined) byType = of
      const value =
        form === 'empty' ? undefined : printedValue(type, this.#texts.get(this.#hash(next - 1, VALUE)))
      isIdValue ||= value === sourceId
      const terms = (state >>> TYPE_BITS) - 1
      if (terms < 0) continue
      media ??= this.terms.get(terms)?.media
      if (!view.sees(terms)) continue
      classification ??= this.terms.get(terms)?.classification
      hashes.push({ rank: type, hash: { tag, value } })
    }
    if (classification === undefined) {
      const met = this.#sourceTerms[this.#file(file, SOURCE)]
      if (!view.mayHaveSeen(this.#file(file, EXPOSURE), met)) return undefined
    }
    return {
      source: this.#sources[this.#file(file, SOURCE)],
      sourceId,
      isIdValue,
      second,
      media: media ?? byType ?? 'image',
      live: classification && {
        classification,
        hashes: hashes.toSorted((a, b) => a.rank - b.rank).map(({ hash: one }) => one),
      },
    }
  }

  #fileOf(source: string, sourceId: string): number {
    const file = this.#fileIndex.add(this.#digestOf(`${source}:${sourceId}`), 0)
    if (file < this.#files.count) return file
    this.#files.append()
    this.#setFile(file, ID, this.#texts.add(Buffer.from(sourceId, 'utf8')))
    this.#setFile(file, SOURCE, this.#sourceNumber(source))
    this.#setFile(file, EXPOSURE, NO_TERMS)
    return file
  }

  #sourceNumber(source: string): number {
    let number = this.#sourceNumbers.get(source)
    if (number === undefined) {
      number = this.#sources.push(source) - 1
      this.#sourceTerms.push(NO_TERMS)
      this.#sourceNumbers.set(source, number)
    }
    return number
  }

  #file(file: number, column: number): number {
    return this.#files.chunk(file)[this.#files.at(file) + column]
  }

  #setFile(file: number, column: number, value: number): void {
    this.#files.chunk(file)[this.#files.at(file) + column] = value
  }

  #hash(number: number, column: number): number {
    return this.#hashes.chunk(number)[this.#hashes.at(number) + column]
  }

  #setHash(number: number, column: number, value: number): void {
    this.#hashes.chunk(number)[this.#hashes.at(number) + column] = value
  }

  /** 128 bits of SHA-256: among ten million texts two share them by chance once in 10²⁴ lists. The next call overwrites it. */
  #digestOf(text: string): Uint32Array {
    const bytes = hash('sha256', text, 'buffer')
    for (let word = 0; word < DIGEST_WORDS; word++) this.#digest[word] = bytes.readUInt32LE(word * 4)
    return this.#digest
  }
}
