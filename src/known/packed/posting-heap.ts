// The memory of postings.
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import { sectionOf, type SnapshotSection } from '../snapshot/write-snapshot.ts'
import type { PackedTime } from './added-at.ts'
import { readRows, rowsSection } from './saved-rows.ts'
import { SourceIdBytes, SOURCE_ID_MAX_WORDS } from './source-id-bytes.ts'

/** No posting. */
export const NONE = 0

// The words of a posting. Behind them stand the bytes of its source id, padded with zeros to whole words.
const NEXT = 0
const TERM = 1
/** `first` of its PackedTime. */
const TIME = 2
/** Its PackedTime's `second` (bits 0–9) and `form` (10–11), and the number of bytes of its source id (24–31). */
const SHAPE = 3
const HEADER_WORDS = 4

const CHUNK_WORDS = 2 ** 18
/** Addresses have 30 bits: 4 GiB of postings. One with a source id of 12 bytes takes 28 bytes. */
const END = 2 ** 30
/** Bytes of postings that one known set has room for. */
export const MOST_POSTING_BYTES = 4 * END

/**
 * The postings of the known set: for each entry its source id, the number of its term, and its time. A posting is one
 * run of words, so that reading it is one cache miss, and is known by its address. Erased ones are used again for
 * postings of their size.
 */
export class PostingHeap {
  /** Rows of one word. Postings lie within a chunk. */
  readonly #words = new ChunkedRows(Uint32Array, 1, CHUNK_WORDS)
  /** By size in words, the first erased posting; it names the next one as its NEXT. */
  readonly #erased = new Uint32Array(HEADER_WORDS + SOURCE_ID_MAX_WORDS + 1)
  /** Address 0 is NONE. */
  #top = 1

  get bytes(): number {
    return this.#words.bytes
  }

  /**
   * Writes a posting; returns its address.
   * @throws {RangeError} When the heap is full.
   */
  write(term: number, time: PackedTime, sourceId: SourceIdBytes): number {
    const posting = this.#allocate(HEADER_WORDS + sourceId.wordCount)
    const words = this.#words.chunk(posting)
    const at = this.#words.at(posting)
    words[at + NEXT] = NONE
    words[at + TERM] = term
    words[at + TIME] = time.first
    words[at + SHAPE] = time.second | (time.form << 10) | (sourceId.byteLength << 24)
    for (let word = 0; word < sourceId.wordCount; word++) {
      words[at + HEADER_WORDS + word] = sourceId.words[word]
    }
    return posting
  }

  erase(posting: number): void {
    const size = HEADER_WORDS + wordsOf(this.#word(posting, SHAPE) >>> 24)
    this.setNext(posting, this.#erased[size])
    this.#erased[size] = posting
  }

  next(posting: number): number {
    return this.#word(posting, NEXT)
  }

  setNext(posting: number, next: number): void {
    this.#words.chunk(posting)[this.#words.at(posting) + NEXT] = next
  }

  term(posting: number): number {
    return this.#word(posting, TERM)
  }

  time(posting: number): PackedTime {
    const shape = this.#word(posting, SHAPE)
    return { form: (shape >>> 10) & 3, first: this.#word(posting, TIME), second: shape & 0x3ff }
  }

  sourceId(posting: number): string {
    const from = this.#words.at(posting) + HEADER_WORDS
    return SourceIdBytes.read(this.#words.chunk(posting), from, this.#word(posting, SHAPE) >>> 24)
  }

  hasSourceId(posting: number, sourceId: SourceIdBytes): boolean {
    const words = this.#words.chunk(posting)
    const at = this.#words.at(posting)
    if (words[at + SHAPE] >>> 24 !== sourceId.byteLength) return false
    for (let word = 0; word < sourceId.wordCount; word++) {
      if (words[at + HEADER_WORDS + word] !== sourceId.words[word]) return false
    }
    return true
  }

  /** The postings as they lie, and the erased ones. */
  sections(): readonly SnapshotSection[] {
    return [
      rowsSection('postings', this.#words.count, 1, (first, to) => this.#words.copyTo(first, to)),
      sectionOf('postings.erased', this.#erased),
    ]
  }

  /** Fills an empty heap with them. */
  async restore(reader: SnapshotReader): Promise<void> {
    await readRows(reader, 'postings', 1, (words, first) => this.#words.setFrom(first, words))
    await reader.read('postings.erased', this.#erased)
    this.#top = Math.max(1, this.#words.count)
  }

  #word(posting: number, word: number): number {
    return this.#words.chunk(posting)[this.#words.at(posting) + word]
  }

  #allocate(size: number): number {
    const erased = this.#erased[size]
    if (erased !== NONE) {
      this.#erased[size] = this.next(erased)
      return erased
    }
    let address = this.#top
    if (address % CHUNK_WORDS > CHUNK_WORDS - size) address = Math.ceil(address / CHUNK_WORDS) * CHUNK_WORDS
    if (address + size > END) {
      throw new RangeError(
        'The known set holds 4 GiB of postings and no more: match fewer lists in one process',
      )
    }
    this.#top = address + size
    this.#words.reach(this.#top - 1)
    return address
  }
}

const wordsOf = (bytes: number): number => (bytes + 3) >>> 2
