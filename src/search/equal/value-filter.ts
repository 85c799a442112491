import { keyedHash, type TableKey } from './keyed-hash.ts'

// A level of the filter is an array of blocks of 512 bits, one cache line each, 16 bits for each value that it is for.
const BLOCK_WORDS = 16
const LEVEL_BLOCK_BITS = [11, 15, 19, 23] as const
const VALUES_PER_BLOCK = 32
/** Bits set for each value, all in one block: of the values that were never added 1 % pass (2 % at most). */
const PROBES = 3
const LEVELS = LEVEL_BLOCK_BITS.length

/** What another thread needs to read a filter. */
export interface FilterTicket {
  readonly wordsPerValue: number
  readonly key: TableKey
  /** One block array a level, then the number of values added. All are address space until they are written. */
  readonly levels: readonly SharedArrayBuffer[]
  readonly added: SharedArrayBuffer
}

/**
 * Says of a value whether it may have been added: never no of one that was. Threads read it while one adds, without
 * locks; nothing is ever taken out. (A scalable blocked Bloom filter: Almeida et al., Information Processing Letters
 * 101, 2007; Putze et al., WEA 2007.) It takes 2 to 4 bytes a value, up to about 290 million values.
 */
export class ValueFilter {
  readonly ticket: FilterTicket
  readonly #levels: readonly Uint32Array[]
  readonly #added: Uint32Array

  /** The filter that another thread made. */
  constructor(ticket: FilterTicket) {
    this.ticket = ticket
    this.#levels = ticket.levels.map((level) => new Uint32Array(level))
    this.#added = new Uint32Array(ticket.added)
  }

  /** @param key Random and kept to the process, so that no values can be crafted that all pass. */
  static create(wordsPerValue: number, key: TableKey): ValueFilter {
    const levels = LEVEL_BLOCK_BITS.map((bits) => new SharedArrayBuffer(4 * BLOCK_WORDS * 2 ** bits))
    return new ValueFilter({ wordsPerValue, key, levels, added: new SharedArrayBuffer(4) })
  }

  /** Adds the value at `words[at]`. One thread adds. */
  add(words: Uint32Array, at: number): void {
    const count = Atomics.load(this.#added, 0)
    const level = levelOf(count)
    const hash = this.#hash(words, at)
    const blocks = this.#levels[level]
    const block = blockOf(hash, level)
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe)
      const place = block + (bit >>> 5)
      blocks[place] |= 1 << (bit & 31)
    }
    Atomics.store(this.#added, 0, count + 1)
  }

  /** Whether the value at `words[at]` may have been added. */
  mayHave(words: Uint32Array, at: number): boolean {
    const count = Atomics.load(this.#added, 0)
    if (count === 0) return false
    const hash = this.#hash(words, at)
    for (let level = levelOf(count - 1); level >= 0; level--) {
      if (this.#passes(hash, level)) return true
    }
    return false
  }

  #passes(hash: number, level: number): boolean {
    const blocks = this.#levels[level]
    const block = blockOf(hash, level)
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe)
      if (((blocks[block + (bit >>> 5)] >>> (bit & 31)) & 1) === 0) return false
    }
    return true
  }

  #hash(words: Uint32Array, at: number): number {
    return keyedHash(this.ticket.key, words, at, this.ticket.wordsPerValue)
  }
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

/** A bit of the block, from the hash mixed anew for each probe (Fibonacci hashing). */
const bitOf = (hash: number, probe: number): number => Math.imul(hash, ODD[probe]) >>> 23
const ODD = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35] as const
