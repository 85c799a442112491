// A filter that other threads ask whether a cryptographic value may be known.
import { keyedHash, type TableKey } from './keyed-hash.ts'

// A level of a filter is an array of blocks of 512 bits, one cache line each, 16 bits for each value that it is for.
const BLOCK_WORDS = 16
const LEVEL_BLOCK_BITS = [11, 15, 19, 23] as const
const VALUES_PER_BLOCK = 32
/** Bits set for each value, all in one block: of the values that were never added 1 % pass (2 % at most). */
const PROBES = 3
const LEVELS = LEVEL_BLOCK_BITS.length
/** Values that are gone are tolerated up to this number, and up to twice as many as there are others. */
const FEWEST_GONE = 65_536
const MOST_GONE_SHARE = 2

// The words of the shared state: how often the filter was built again, and how many values were added to each half.
const BUILDS = 0
const ADDED = 1

/** What another thread needs to read a filter. */
export interface FilterTicket {
  readonly wordsPerValue: number
  readonly key: TableKey
  /** Of each half one block array a level. All are address space until they are written. */
  readonly halves: readonly (readonly SharedArrayBuffer[])[]
  readonly state: SharedArrayBuffer
}

/**
 * Says of a value whether it may have been added: never no of one that was, and is not gone. Threads read it while one
 * adds, without locks. (A scalable blocked Bloom filter: Almeida et al., Information Processing Letters 101, 2007; Putze
 * et al., WEA 2007.) It takes 2 to 4 bytes a value, up to about 290 million values.
 *
 * A value can't be taken out of such a filter. So there are two halves: when the half in use holds too many values that
 * are gone, the other half gets the values that are there, a few at a time, and then takes its place.
 */
export class ValueFilter {
  readonly ticket: FilterTicket
  readonly #halves: readonly (readonly Uint32Array[])[]
  readonly #state: Uint32Array
  #isBuildingAgain = false

  /** The filter that another thread made. */
  constructor(ticket: FilterTicket) {
    this.ticket = ticket
    this.#halves = ticket.halves.map((levels) => levels.map((level) => new Uint32Array(level)))
    this.#state = new Uint32Array(ticket.state)
  }

  /** @param key Random and kept to the process, so that no values can be crafted that all pass. */
  static create(wordsPerValue: number, key: TableKey): ValueFilter {
    const state = new SharedArrayBuffer(4 * (ADDED + 2))
    return new ValueFilter({ wordsPerValue, key, halves: [newHalf(), newHalf()], state })
  }

  /** Adds the value at `words[at]`. One thread adds. */
  add(words: Uint32Array, at: number): void {
    const hash = this.#hash(words, at)
    this.#addTo(this.#inUse, hash)
    if (this.#isBuildingAgain) this.#addTo(1 - this.#inUse, hash)
  }

  /**
   * Begins to build the filter again if there are only `size` values beside those that are gone; returns whether it does.
   * From then on the caller passes every value to `addAgain`, and then calls `endAgain`.
   */
  beginAgain(size: number): boolean {
    const gone = this.#state[ADDED + this.#inUse] - size
    if (this.#isBuildingAgain || gone <= FEWEST_GONE || gone <= MOST_GONE_SHARE * size) return false
    this.#isBuildingAgain = true
    const other = 1 - this.#inUse
    // No reader looks at it: all that do begin again when they see that it is no longer in use.
    for (let level = levelOf(this.#state[ADDED + other]); level >= 0; level--)
      this.#halves[other][level].fill(0)
    Atomics.store(this.#state, ADDED + other, 0)
    return true
  }

  addAgain(words: Uint32Array, at: number): void {
    this.#addTo(1 - this.#inUse, this.#hash(words, at))
  }

  endAgain(): void {
    this.#isBuildingAgain = false
    Atomics.add(this.#state, BUILDS, 1)
  }

  /** Whether the value at `words[at]` may have been added. */
  mayHave(words: Uint32Array, at: number): boolean {
    const hash = this.#hash(words, at)
    for (;;) {
      const builds = Atomics.load(this.#state, BUILDS)
      const answer = this.#has(builds & 1, hash)
      // If the halves have changed places meanwhile, the answer may be that of a half that was being cleared.
      if (Atomics.load(this.#state, BUILDS) === builds) return answer
    }
  }

  get #inUse(): number {
    return this.#state[BUILDS] & 1
  }

  #addTo(half: number, hash: number): void {
    const count = Atomics.load(this.#state, ADDED + half)
    const level = levelOf(count)
    const blocks = this.#halves[half][level]
    const block = blockOf(hash, level)
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe)
      blocks[block + (bit >>> 5)] |= 1 << (bit & 31)
    }
    Atomics.store(this.#state, ADDED + half, count + 1)
  }

  #has(half: number, hash: number): boolean {
    const count = Atomics.load(this.#state, ADDED + half)
    if (count === 0) return false
    for (let level = levelOf(count - 1); level >= 0; level--) {
      if (passes(this.#halves[half][level], hash, level)) return true
    }
    return false
  }

  #hash(words: Uint32Array, at: number): number {
    return keyedHash(this.ticket.key, words, at, this.ticket.wordsPerValue)
  }
}

const newHalf = (): SharedArrayBuffer[] =>
  LEVEL_BLOCK_BITS.map((bits) => new SharedArrayBuffer(4 * BLOCK_WORDS * 2 ** bits))

function passes(blocks: Uint32Array, hash: number, level: number): boolean {
  const block = blockOf(hash, level)
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitOf(hash, probe)
    if (((blocks[block + (bit >>> 5)] >>> (bit & 31)) & 1) === 0) return false
  }
  return true
}

/** The level that the value number `count` goes into; the last one takes all that is left. */
function levelOf(count: number): number {
  let level = 0
  for (let room = 0; level < LEVELS - 1; level++) {
    room += VALUES_PER_BLOCK * 2 ** LEVEL_BLOCK_BITS[level]
    if (count < room) break
  }
  return level
}

/** The first word of a value's block: from the hash's highest bits. */
const blockOf = (hash: number, level: number): number =>
  (hash >>> (32 - LEVEL_BLOCK_BITS[level])) * BLOCK_WORDS

/** A bit of the block, from the hash mixed again for each probe (Fibonacci hashing). */
const bitOf = (hash: number, probe: number): number => Math.imul(hash, ODD[probe]) >>> 23
const ODD = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35] as const
