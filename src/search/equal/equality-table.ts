// A hash table of ids.
import { ChunkedRows } from './chunked-rows.ts'
import { withRoom } from '../growth.ts'
import { keyedHash, type TableKey } from './keyed-hash.ts'

const SLOT_BITS = 12
/** Slots of a segment: 20 KiB, and a fraction of a millisecond to move. */
const SLOTS = 1 << SLOT_BITS
const SLOT_MASK = SLOTS - 1
/** Segments of one chunk of memory: 1.25 MiB. */
const CHUNK_SEGMENTS = 64
/** Slots of a segment that may be in use: 3/4. */
const FULLEST = (SLOTS * 3) / 4
/** Values for each segment when room is made ahead: chance fills none (six deviations below the limit). */
const RESERVED = FULLEST - 330
/** A segment's number in the directory is taken from the hash's bits above those of the slot. */
const MOST_DEPTH = 32 - SLOT_BITS

// What a slot's tag says. A taken slot's has the high bit set and below it seven bits of the value's hash.
const EMPTY = 0
const REMOVED = 1
const TAKEN = 0x80

/** Queries whose tags are brought from memory together. */
const BATCH = 1024

// Scratch memory that all tables share: calls are synchronous, so one table uses it at a time.
const movedIds = new Uint32Array(SLOTS)
const movedHashes = new Uint32Array(SLOTS)
const batchHashes = new Uint32Array(BATCH)
/** Takes the result of reads that only prefetch tags, so that the compiler keeps them. Never read. */
const touchedTags = new Uint32Array(1)

/** Holds the values that a table finds by equality. */
export interface NumberedValues {
  /** Whether value `id` equals the one at `words[at]`. */
  equals(id: number, words: Uint32Array, at: number): boolean
  /** Copies the words of value `id` to `to[at]`. */
  copyValue(id: number, to: Uint32Array, at: number): void
}

/**
 * Finds the ids of values by equality: a hash table of ids. The values are held elsewhere.
 *
 * Open addressing with linear probing in segments of 4,096 slots, each at most 3/4 full. One that is full is split
 * in two by one more bit of the hash (extendible hashing: Fagin et al., ACM TODS 4, 1979), so that no `add` ever
 * moves more than one segment, and nothing is freed or copied as a whole. A byte beside each slot holds seven bits of
 * the hash, so that of the values that aren't in the table (nearly all that are reported) few are compared with one
 * that is; the others cost one cache miss, and those of a batch are waited for together.
 *
 * 10,000,000 ids take 8.4 bytes each (between 6.7 and 13.3, as the segments are more or less full).
 */
export class EqualityTable {
  readonly #values: NumberedValues
  readonly #width: number
  readonly #key: TableKey
  readonly #tags = new ChunkedRows(Uint8Array, SLOTS, CHUNK_SEGMENTS)
  readonly #ids = new ChunkedRows(Uint32Array, SLOTS, CHUNK_SEGMENTS)
  /** Of each segment: taken slots; slots that are not empty; number of hash bits that all its values share. */
  #taken = new Uint16Array(1)
  #used = new Uint16Array(1)
  #depths = new Uint8Array(1)
  /** The segment of each value of the hash's first `depth` bits. */
  #directory = new Uint32Array(1)
  #depth = 0
  #size = 0
  readonly #moved: Uint32Array

  /**
   * @param wordsPerValue Width of the values in 32-bit words.
   * @param key Random and kept to the process, so that no list can be crafted to make the table slow.
   */
  constructor(values: NumberedValues, wordsPerValue: number, key: TableKey) {
    this.#values = values
    this.#width = wordsPerValue
    this.#key = key
    this.#moved = new Uint32Array(wordsPerValue)
    this.#tags.append()
    this.#ids.append()
  }

  /** Number of ids in the table. */
  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#tags.bytes + this.#ids.bytes + this.#directory.byteLength
  }

  /** Makes room in an empty table for `count` ids, so that they are added without a move. */
  reserve(count: number): void {
    if (this.#used[0] > 0 || this.#depth > 0) return
    while (count > RESERVED * 2 ** this.#depth && this.#depth < MOST_DEPTH) {
      for (const segment of new Set(this.#directory)) this.#split(segment)
    }
  }

  /** The id of the value at `words[at]`, or -1. */
  find(words: Uint32Array, at: number): number {
    const hash = keyedHash(this.#key, words, at, this.#width)
    return this.#find(words, at, hash)
  }

  /** For each value in `queries` (packed one after the other) writes its id to `out`, or -1. */
  lookup(queries: Uint32Array, out: Int32Array): void {
    const width = this.#width
    const count = queries.length / width
    for (let from = 0; from < count; from += BATCH) {
      const length = Math.min(BATCH, count - from)
      for (let query = 0; query < length; query++) {
        batchHashes[query] = keyedHash(this.#key, queries, (from + query) * width, width)
      }
      // A loop that does nothing else has many of its cache misses in flight at once.
      let touched = 0
      for (let query = 0; query < length; query++) {
        const hash = batchHashes[query]
        const segment = this.#segmentOf(hash)
        touched += this.#tags.chunk(segment)[this.#tags.at(segment) + (hash & SLOT_MASK)]
      }
      touchedTags[0] ^= touched
      for (let query = 0; query < length; query++) {
        out[from + query] = this.#find(queries, (from + query) * width, batchHashes[query])
      }
    }
  }

  /**
   * Adds an id whose value, at `words[at]`, no id of the table has.
   * @throws {RangeError} When the table is full: at some 10^9 ids.
   */
  add(id: number, words: Uint32Array, at: number): void {
    this.#addHashed(id, keyedHash(this.#key, words, at, this.#width))
  }

  /** Writes the hash of each value in `values`, packed one after the other, to `out` from `at` on: for `addHashed`. */
  hashAll(values: Uint32Array, out: Uint32Array, at: number): void {
    const width = this.#width
    for (let from = 0; from < values.length; from += width) {
      out[at++] = keyedHash(this.#key, values, from, width)
    }
  }

  /**
   * Adds many ids, as `add` does, by the hashes of their values. They go in segment by segment, so that a million of
   * them wait for memory about as often as some thousands would one by one.
   * @param room To sort them in: twice as long as they are.
   */
  addHashed(ids: Uint32Array, hashes: Uint32Array, room: Uint32Array): void {
    const segments = this.#tags.count
    const ends = new Uint32Array(segments + 1)
    for (let place = 0; place < ids.length; place++) ends[this.#segmentOf(hashes[place]) + 1]++
    for (let segment = 1; segment <= segments; segment++) ends[segment] += ends[segment - 1]
    const sortedIds = room.subarray(0, ids.length)
    const sortedHashes = room.subarray(ids.length)
    for (let place = 0; place < ids.length; place++) {
      const to = ends[this.#segmentOf(hashes[place])]++
      sortedIds[to] = ids[place]
      sortedHashes[to] = hashes[place]
    }
    for (let segment = 0, from = 0; segment < segments; from = ends[segment++]) {
      const to = ends[segment]
      if (this.#used[segment] + to - from <= FULLEST) this.#fill(segment, sortedIds, sortedHashes, from, to)
      else for (let place = from; place < to; place++) this.#addHashed(sortedIds[place], sortedHashes[place])
    }
  }

  /** Takes `id` out, whose value is at `words[at]`. Returns false if the table doesn't hold it. */
  remove(id: number, words: Uint32Array, at: number): boolean {
    const hash = keyedHash(this.#key, words, at, this.#width)
    const segment = this.#segmentOf(hash)
    const tags = this.#tags.chunk(segment)
    const ids = this.#ids.chunk(segment)
    const first = this.#tags.at(segment)
    for (let slot = hash & SLOT_MASK; tags[first + slot] !== EMPTY; slot = (slot + 1) & SLOT_MASK) {
      if (tags[first + slot] < TAKEN || ids[first + slot] !== id) continue
      // A slot before an empty one ends no probe that passes through it, so it can be empty itself.
      if (tags[first + ((slot + 1) & SLOT_MASK)] === EMPTY) {
        tags[first + slot] = EMPTY
        this.#used[segment]--
      } else {
        tags[first + slot] = REMOVED
      }
      this.#taken[segment]--
      this.#size--
      return true
    }
    return false
  }

  #addHashed(id: number, hash: number): void {
    while (this.#used[this.#segmentOf(hash)] >= FULLEST) this.#makeRoom(this.#segmentOf(hash))
    this.#place(id, hash)
    this.#size++
  }

  #segmentOf(hash: number): number {
    // In two shifts, because a shift by 32 is none.
    return this.#directory[(hash >>> 1) >>> (31 - this.#depth)]
  }

  #find(words: Uint32Array, at: number, hash: number): number {
    const segment = this.#segmentOf(hash)
    const tags = this.#tags.chunk(segment)
    const first = this.#tags.at(segment)
    const tag = tagOf(hash)
    for (let slot = hash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const found = tags[first + slot]
      if (found === EMPTY) return -1
      if (found !== tag) continue
      const id = this.#ids.chunk(segment)[first + slot]
      if (this.#values.equals(id, words, at)) return id
    }
  }

  /** Puts an id that the table doesn't hold in the first free slot. */
  #place(id: number, hash: number): void {
    const segment = this.#segmentOf(hash)
    const tags = this.#tags.chunk(segment)
    const first = this.#tags.at(segment)
    let slot = hash & SLOT_MASK
    while (tags[first + slot] >= TAKEN) slot = (slot + 1) & SLOT_MASK
    if (tags[first + slot] === EMPTY) this.#used[segment]++
    tags[first + slot] = tagOf(hash)
    this.#ids.chunk(segment)[first + slot] = id
    this.#taken[segment]++
  }

  /** Puts the ids `from` to `to` − 1 in a segment that has room for all of them. */
  #fill(segment: number, newIds: Uint32Array, hashes: Uint32Array, from: number, to: number): void {
    const tags = this.#tags.chunk(segment)
    const ids = this.#ids.chunk(segment)
    const first = this.#tags.at(segment)
    for (let place = from; place < to; place++) {
      const hash = hashes[place]
      let slot = hash & SLOT_MASK
      while (tags[first + slot] >= TAKEN) slot = (slot + 1) & SLOT_MASK
      if (tags[first + slot] === EMPTY) this.#used[segment]++
      tags[first + slot] = tagOf(hash)
      ids[first + slot] = newIds[place]
    }
    this.#taken[segment] += to - from
    this.#size += to - from
  }

  /** Rids a segment of its removed slots, and splits it in two unless that alone makes room enough. */
  #makeRoom(segment: number): void {
    const tags = this.#tags.chunk(segment)
    const ids = this.#ids.chunk(segment)
    const first = this.#tags.at(segment)
    let count = 0
    for (let slot = first; slot < first + SLOTS; slot++) {
      if (tags[slot] >= TAKEN) movedIds[count++] = ids[slot]
    }
    for (let moved = 0; moved < count; moved++) {
      this.#values.copyValue(movedIds[moved], this.#moved, 0)
      movedHashes[moved] = keyedHash(this.#key, this.#moved, 0, this.#width)
    }
    tags.fill(EMPTY, first, first + SLOTS)
    this.#taken[segment] = 0
    this.#used[segment] = 0
    if (count > FULLEST / 2) this.#split(segment)
    for (let moved = 0; moved < count; moved++) this.#place(movedIds[moved], movedHashes[moved])
  }

  /** Gives half of an empty segment's hashes to a new one. */
  #split(segment: number): void {
    const depth = this.#depths[segment] + 1
    if (depth > MOST_DEPTH)
      throw new RangeError('An EqualityTable is full: split the set over several processes')
    if (depth > this.#depth) this.#deepen()
    const other = this.#tags.append()
    this.#ids.append()
    this.#taken = withRoom(Uint16Array, this.#taken, other + 1)
    this.#used = withRoom(Uint16Array, this.#used, other + 1)
    this.#depths = withRoom(Uint8Array, this.#depths, other + 1)
    this.#depths[segment] = depth
    this.#depths[other] = depth
    // The segment's places in the directory are neighbours; their upper half is the new segment's.
    const places = 1 << (this.#depth - depth + 1)
    const from = this.#directory.indexOf(segment)
    this.#directory.fill(other, from + places / 2, from + places)
  }

  /** Doubles the directory: one more bit of the hash says the segment. */
  #deepen(): void {
    const deeper = new Uint32Array(this.#directory.length * 2)
    for (const [place, segment] of this.#directory.entries()) deeper.fill(segment, place * 2, place * 2 + 2)
    this.#directory = deeper
    this.#depth++
  }
}

/** From bits just above those that say the slot: those of the segment are the highest. */
const tagOf = (hash: number): number => TAKEN | ((hash >>> SLOT_BITS) & 0x7f)
