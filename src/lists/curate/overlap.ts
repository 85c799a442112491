// Which values sources share, and which of two had a value on an earlier day.
import type { EntryTable } from './entry-table.ts'

/** Days from here on differ: 14 bits reach to the year 2044. */
const FIRST_DAY = Date.parse('2000-01-01') / 86_400_000
const LAST_DAY = 2 ** 14 - 1
const SOURCE_BITS = 8
const DAY_BITS = 14

/** By the numbers of two sources. */
class Pairs {
  readonly #counts: Uint32Array
  readonly #sources: number

  constructor(sources: number) {
    this.#sources = sources
    this.#counts = new Uint32Array(sources * sources)
  }

  add(one: number, other: number): void {
    this.#counts[one * this.#sources + other]++
  }

  of(one: number, other: number): number {
    return this.#counts[one * this.#sources + other]
  }
}

export interface Overlap {
  /** Different values of each source, by its number. */
  readonly values: Uint32Array
  /** Values that both have. */
  shared(one: number, other: number): number
  /** Values of both that `other` had on an earlier day than `one`. */
  sharedEarlier(one: number, other: number): number
}

/**
 * Sorts 42 bits of each value's digest, with day and source below them: 8 bytes an entry, and of ten million values a
 * dozen are taken for another one, which these counts bear.
 */
export function overlapOf(table: EntryTable): Overlap {
  const sources = table.sources.length
  const values = new Uint32Array(sources)
  const shared = new Pairs(sources)
  const earlier = new Pairs(sources)
  const words = sortedValues(table)
  // The sources that have the value, in the order of their days.
  const having: number[] = []
  const since: number[] = []
  for (let at = 0; at < words.length; at += 2) {
    const isNext = at > 0 && isSameValue(words, at - 2, at)
    if (!isNext) having.length = 0
    const source = words[at] & ((1 << SOURCE_BITS) - 1)
    // A source may have a value in many files: its first day counts.
    if (having.includes(source)) continue
    const day = (words[at] >>> SOURCE_BITS) & LAST_DAY
    values[source]++
    for (const [place, other] of having.entries()) {
      shared.add(source, other)
      shared.add(other, source)
      if (since[place] < day) earlier.add(source, other)
    }
    since[having.push(source) - 1] = day
  }
  return {
    values,
    shared: (one, other) => shared.of(one, other),
    sharedEarlier: (one, other) => earlier.of(one, other),
  }
}

const isSameValue = (words: Uint32Array, one: number, other: number): boolean =>
  words[one + 1] === words[other + 1] &&
  words[one] >>> (SOURCE_BITS + DAY_BITS) === words[other] >>> (SOURCE_BITS + DAY_BITS)

function sortedValues(table: EntryTable): Uint32Array {
  const digests = new Uint32Array(4)
  return sorted(table, (row, words, at) => {
    table.copyDigests(row, digests)
    const day = Math.min(Math.max(table.dayAt(row) - FIRST_DAY, 0), LAST_DAY)
    const rest = digests[0] >>> (SOURCE_BITS + DAY_BITS)
    words[at] = (rest << (SOURCE_BITS + DAY_BITS)) | (day << SOURCE_BITS) | sourceOf(table, row)
    words[at + 1] = digests[1]
  })
}

/** Different files (sourceIds) of each source, by its number. */
export function filesOf(table: EntryTable): Uint32Array {
  const files = new Uint32Array(table.sources.length)
  const digests = new Uint32Array(4)
  const words = sorted(table, (row, to, at) => {
    table.copyDigests(row, digests)
    to[at] = ((digests[2] >>> SOURCE_BITS) << SOURCE_BITS) | sourceOf(table, row)
    to[at + 1] = digests[3]
  })
  for (let at = 0; at < words.length; at += 2) {
    const isNext = at > 0 && words[at] === words[at - 2] && words[at + 1] === words[at - 1]
    if (!isNext) files[words[at] & ((1 << SOURCE_BITS) - 1)]++
  }
  return files
}

const sourceOf = (table: EntryTable, row: number): number => table.kinds[table.kindAt(row)].sourceNumber

/** Two words for each entry, the second one the more significant, in ascending order. */
function sorted(
  table: EntryTable,
  write: (row: number, words: Uint32Array, at: number) => void,
): Uint32Array {
  const numbers = new BigUint64Array(table.size)
  // The machine is little-endian, as all that Node runs on are: the second word of a number is the greater one.
  const words = new Uint32Array(numbers.buffer)
  let at = 0
  for (let row = 0; row < table.end; row++) {
    if (table.kindAt(row) === -1) continue
    write(row, words, at)
    at += 2
  }
  numbers.sort()
  return words
}
