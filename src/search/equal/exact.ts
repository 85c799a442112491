// Equality search over the values of one cryptographic type.
import { ChunkedRows } from './chunked-rows.ts'
import { EqualityTable, type NumberedValues } from './equality-table.ts'
import type { IdRange } from '../hamming-index.ts'
import type { TableKey } from './keyed-hash.ts'
import type { ValueFilter } from './value-filter.ts'

const CHUNK_VALUES = 2 ** 15

/** The most ids there can be: `lookup` answers in an Int32Array. */
const MOST_VALUES = 2 ** 31 - 1

/**
 * Which known value equals a reported one: for the values of one cryptographic type, packed as
 * hash/hash-value.ts does, in rows that an {@link EqualityTable} finds.
 *
 * Ids are numbered from 0; that of a removed value is given to the next one that is added. What it costs at 10,000,000
 * values: bench/results/search-exact.json.
 */
export class ExactIndex implements NumberedValues {
  readonly wordsPerValue: 4 | 5 | 8
  readonly #width: number
  readonly #rows: ChunkedRows<Uint32Array>
  readonly #table: EqualityTable
  readonly #filter: ValueFilter | undefined
  /** The row that was freed last, plus 1; its first word names the one before it. 0: no row is free. */
  #free = 0
  #idsToFilter: IdRange | undefined

  /**
   * @param wordsPerValue 4 for MD5, 5 for SHA-1, 8 for SHA-256.
   * @param key Random and kept to the process, so that no list can be crafted to make the table slow.
   * @param filter Shows other threads which values were never added.
   */
  constructor(wordsPerValue: 4 | 5 | 8, key: TableKey, filter?: ValueFilter) {
    this.#filter = filter
    this.wordsPerValue = wordsPerValue
    this.#width = wordsPerValue
    this.#rows = new ChunkedRows(Uint32Array, wordsPerValue, CHUNK_VALUES)
    this.#table = new EqualityTable(this, wordsPerValue, key)
  }

  /** Number of values that can match. */
  get size(): number {
    return this.#table.size
  }

  get bytes(): number {
    return this.#rows.bytes + this.#table.bytes
  }

  /** Makes room in an empty index for `count` values. */
  reserve(count: number): void {
    this.#table.reserve(count)
  }

  /** Adds the value at `words[at]` and returns its id: the one that it has if the index holds it already. */
  add(words: Uint32Array, at: number): number {
    const held = this.#table.find(words, at)
    if (held !== -1) return held
    const id = this.#freeRow()
    const row = this.#rows.chunk(id)
    const to = this.#rows.at(id)
    for (let word = 0; word < this.#width; word++) row[to + word] = words[at + word]
    this.#table.add(id, words, at)
    this.#filter?.add(words, at)
    return id
  }

  /** Takes value `id` out of every later answer and frees its id; a second time, if it is still free, changes nothing. */
  remove(id: number): void {
    if (!(id >= 0 && id < this.#rows.count)) {
      throw new RangeError(`No value has the id ${id}: ids so far are 0 to ${this.#rows.count - 1}`)
    }
    const row = this.#rows.chunk(id)
    const at = this.#rows.at(id)
    if (!this.#table.remove(id, row, at)) return
    row[at] = this.#free
    this.#free = id + 1
  }

  /**
   * The ids whose values the caller is to pass to `filterAgain`, a few at a time, because the filter holds many values
   * that are gone; the same object until `filteredAll`. Undefined while the filter is good.
   */
  idsToFilter(): IdRange | undefined {
    if (this.#filter?.beginAgain(this.size)) this.#idsToFilter = { from: 0, to: this.#rows.count }
    return this.#idsToFilter
  }

  filterAgain(id: number): void {
    this.#filter?.addAgain(this.#rows.chunk(id), this.#rows.at(id))
  }

  filteredAll(): void {
    this.#filter?.endAgain()
    this.#idsToFilter = undefined
  }

  /** The id of the value at `words[at]`, or -1 if it isn't known. */
  find(words: Uint32Array, at: number): number {
    return this.#table.find(words, at)
  }

  /** For each value in `queries` (packed one after the other) writes its id to `out`, or -1 if it isn't known. */
  lookup(queries: Uint32Array, out: Int32Array): void {
    this.#table.lookup(queries, out)
  }

  equals(id: number, words: Uint32Array, at: number): boolean {
    const row = this.#rows.chunk(id)
    const from = this.#rows.at(id)
    for (let word = 0; word < this.#width; word++) {
      if (row[from + word] !== words[at + word]) return false
    }
    return true
  }

  /** Copies the words of value `id` to `to[at]`. */
  copyValue(id: number, to: Uint32Array, at: number): void {
    const row = this.#rows.chunk(id)
    const from = this.#rows.at(id)
    for (let word = 0; word < this.#width; word++) to[at + word] = row[from + word]
  }

  /** A row for one more value: one that was freed, or a new one. */
  #freeRow(): number {
    if (this.#free > 0) {
      const id = this.#free - 1
      this.#free = this.#rows.chunk(id)[this.#rows.at(id)]
      return id
    }
    if (this.#rows.count === MOST_VALUES) {
      throw new RangeError(`An ExactIndex holds at most ${MOST_VALUES} values: split the set`)
    }
    return this.#rows.append()
  }
}
