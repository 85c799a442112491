// Filling an equality table with many values at once.
import type { EqualityTable } from './equality-table.ts'

/** Values that are added together. */
const BATCH = 2 ** 18

/** Adds many values to an {@link EqualityTable}, best one that has room for them, in half the time of one by one. */
export class TableFiller {
  readonly #table: EqualityTable
  readonly #width: number
  readonly #ids = new Uint32Array(BATCH)
  readonly #hashes = new Uint32Array(BATCH)
  readonly #room = new Uint32Array(2 * BATCH)
  #waiting = 0

  constructor(table: EqualityTable, wordsPerValue: number) {
    this.#table = table
    this.#width = wordsPerValue
  }

  /** Adds values, packed one after the other, that the table doesn't hold. Some wait until `flush`. */
  add(ids: Uint32Array, values: Uint32Array): void {
    for (let done = 0; done < ids.length;) {
      const end = Math.min(ids.length, done + BATCH - this.#waiting)
      this.#ids.set(ids.subarray(done, end), this.#waiting)
      this.#table.hashAll(values.subarray(done * this.#width, end * this.#width), this.#hashes, this.#waiting)
      this.#waiting += end - done
      done = end
      if (this.#waiting === BATCH) this.flush()
    }
  }

  flush(): void {
    const count = this.#waiting
    this.#table.addHashed(
      this.#ids.subarray(0, count),
      this.#hashes.subarray(0, count),
      this.#room.subarray(0, 2 * count),
    )
    this.#waiting = 0
  }
}
