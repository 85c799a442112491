// Finds, in bounded memory and a fraction of a microsecond a report, whether one submitter sends many different values around
// one centre: somebody who alters a picture again and again, and looks which copy gets through.
//
// A table has cells, each of one submitter for a time. A cell holds a few centres, and of each a bitmap of the values near
// it: its set bits estimate how many different ones there were (linear counting, Whang et al. 1990), so that a value that
// comes again counts once. Cells and centres that find no company lose their places to others (Misra and Gries 1982): so it
// finds a submitter's cluster if that makes up more than about a tenth of its reports.
import { popcount32 } from '../../hash/distance.ts'

/** Of a value. */
export const VALUE_WORDS = 8
const BITMAP_WORDS = 8
const BITMAP_BITS = BITMAP_WORDS * 32
/** Centres in a cell. */
const CENTRES = 4

// Words of a centre.
const BITMAP = VALUE_WORDS
const FOUND = BITMAP + BITMAP_WORDS
const VOTES = FOUND + 1
const BEGAN = VOTES + 1
const SEEN = BEGAN + 1
const CENTRE_WORDS = SEEN + 1
// Words of a cell. A tag of 0: it is empty.
const TAG = 0
const LIFE = 1
const HEAD_WORDS = 2
const CELL_WORDS = HEAD_WORDS + CENTRES * CENTRE_WORDS

/** A submitter keeps its cell while it sends one of this many reports that fall there. */
const LIFE_PER_REPORT = 8
const MOST_LIFE = 64

export interface NearTerms {
  /** A power of two. */
  readonly cells: number
  /** Values closer to a centre than this are the same picture, encoded again: they don't count. At least 1. */
  readonly fromBits: number
  /** Values up to this distance from a centre count. */
  readonly toBits: number
  /** Different values around one centre, from which on there is an alarm. Below 200. */
  readonly distinct: number
  /** Within this time. */
  readonly windowSeconds: number
}

export class NearDuplicates {
  readonly #terms: NearTerms
  readonly #words: Uint32Array
  /** Set bits of a bitmap that stand for `distinct` values. */
  readonly #alarmBits: number

  constructor(terms: NearTerms) {
    this.#terms = terms
    this.#words = new Uint32Array(terms.cells * CELL_WORDS)
    this.#alarmBits = Math.round(BITMAP_BITS * (1 - Math.exp(-terms.distinct / BITMAP_BITS)))
  }

  /**
   * Whether this value makes the number of different ones around a centre reach `distinct`. Then it is counted anew.
   * @param submitter 32 bits that stand for who sends it.
   * @param value Words of a perceptual hash.
   * @param seconds Of a clock that only rises.
   */
  add(submitter: number, value: Uint32Array, seconds: number): boolean {
    const cell = this.#cellOf(submitter)
    if (cell === undefined) return false
    const { windowSeconds, fromBits, toBits } = this.#terms
    const words = this.#words
    let free: number | undefined
    let weakest = cell + HEAD_WORDS
    for (let centre = cell + HEAD_WORDS; centre < cell + CELL_WORDS; centre += CENTRE_WORDS) {
      if (words[centre + VOTES] === 0 || seconds - words[centre + SEEN] > windowSeconds) {
        free ??= centre
        continue
      }
      const bits = this.#distance(centre, value)
      if (bits <= toBits) return this.#near(centre, value, bits >= fromBits, seconds)
      if (isWeaker(words, centre, weakest)) weakest = centre
    }
    if (free !== undefined) this.#begin(free, value, seconds)
    else if (words[weakest + VOTES] > 1) words[weakest + VOTES]--
    else if (isAdmitted(value)) this.#begin(weakest, value, seconds)
    return false
  }

  /** Where the submitter's cell begins; undefined if another submitter has it and keeps it. */
  #cellOf(submitter: number): number | undefined {
    const words = this.#words
    const tag = submitter >>> 0 || 1
    const cell = (mixed(tag) & (this.#terms.cells - 1)) * CELL_WORDS
    if (words[cell + TAG] === tag) {
      words[cell + LIFE] = Math.min(MOST_LIFE, words[cell + LIFE] + LIFE_PER_REPORT)
      return cell
    }
    if (words[cell + TAG] !== 0 && words[cell + LIFE] > 1) {
      words[cell + LIFE]--
      return undefined
    }
    words.fill(0, cell, cell + CELL_WORDS)
    words[cell + TAG] = tag
    words[cell + LIFE] = LIFE_PER_REPORT
    return cell
  }

  #distance(centre: number, value: Uint32Array): number {
    const words = this.#words
    let bits = 0
    for (let word = 0; word < VALUE_WORDS; word++) bits += popcount32(words[centre + word] ^ value[word])
    return bits
  }

  #begin(centre: number, value: Uint32Array, seconds: number): void {
    const words = this.#words
    words.fill(0, centre, centre + CENTRE_WORDS)
    for (let word = 0; word < VALUE_WORDS; word++) words[centre + word] = value[word]
    words[centre + VOTES] = 1
    words[centre + BEGAN] = seconds
    words[centre + SEEN] = seconds
  }

  #near(centre: number, value: Uint32Array, doesCount: boolean, seconds: number): boolean {
    const words = this.#words
    words[centre + VOTES]++
    words[centre + SEEN] = seconds
    if (!doesCount) return false
    if (seconds - words[centre + BEGAN] > this.#terms.windowSeconds) this.#empty(centre, seconds)
    const bit = bitOf(value)
    const at = centre + BITMAP + (bit >>> 5)
    const mask = 1 << (bit & 31)
    if ((words[at] & mask) !== 0) return false
    words[at] |= mask
    words[centre + FOUND]++
    if (words[centre + FOUND] < this.#alarmBits) return false
    this.#empty(centre, seconds)
    return true
  }

  #empty(centre: number, seconds: number): void {
    const words = this.#words
    words.fill(0, centre + BITMAP, centre + FOUND + 1)
    words[centre + BEGAN] = seconds
  }
}

const isWeaker = (words: Uint32Array, a: number, b: number): boolean =>
  words[a + VOTES] < words[b + VOTES] ||
  (words[a + VOTES] === words[b + VOTES] && words[a + SEEN] < words[b + SEEN])

/** The last steps of MurmurHash3: each bit of the number changes half of the bits. */
export function mixed(number: number): number {
  let mix = number
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b)
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
  return (mix ^ (mix >>> 16)) >>> 0
}

/**
 * One of four values, by chance, takes the place of another that has found no company: so a centre has the time of about 16
 * other reports to find some.
 */
const isAdmitted = (value: Uint32Array): boolean => (mixed(value[1] ^ value[6]) & 3) === 0

/** Which bit of a bitmap a value sets. */
function bitOf(value: Uint32Array): number {
  let mix = 0
  for (let word = 0; word < VALUE_WORDS; word++) mix = Math.imul(mix ^ value[word], 0x9e3779b1) ^ (mix >>> 15)
  return mixed(mix) & (BITMAP_BITS - 1)
}
