// Growing memory for rows of equal width.
type Words = Uint8Array | Uint32Array

/**
 * Rows of equal width that only ever grow, in chunks that never move: an append copies no more than the first
 * chunk, and no more than one chunk is partly idle. (One array that grows by copying pauses 0.3 s at 10,000,000 rows
 * of 32 bytes, and up to a third of it is idle.) Row r is `width` elements of `chunk(r)` from index `at(r)` on;
 * rows begin as zeros.
 */
export class ChunkedRows<T extends Words> {
  readonly #Type: new (length: number) => T
  readonly #width: number
  readonly #shift: number
  readonly #chunks: T[] = []
  #count = 0

  /** @param chunkRows Rows of a chunk, a power of two. (The first chunk starts small and grows to that.) */
  constructor(Type: new (length: number) => T, width: number, chunkRows: number) {
    this.#Type = Type
    this.#width = width
    this.#shift = Math.log2(chunkRows)
  }

  /** Number of rows. */
  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }

  /** Replaced while the first chunk grows: don't keep it over an append. */
  chunk(row: number): T {
    return this.#chunks[row >>> this.#shift]
  }

  at(row: number): number {
    return (row & ((1 << this.#shift) - 1)) * this.#width
  }

  /** Copies rows into `to`, from `row` on, as many as fill it. */
  copyTo(row: number, to: Words): void {
    for (let done = 0; done < to.length;) {
      const part = this.#part(row + done / this.#width, to.length - done)
      to.set(part, done)
      done += part.length
    }
  }

  /** Writes rows, from `row` on, over those that are there and behind them. */
  setFrom(row: number, from: Words): void {
    if (from.length === 0) return
    this.reach(row + from.length / this.#width - 1)
    for (let done = 0; done < from.length;) {
      const part = this.#part(row + done / this.#width, from.length - done)
      part.set(from.subarray(done, done + part.length))
      done += part.length
    }
  }

  /** The number of one more row. */
  append(): number {
    this.reach(this.#count)
    return this.#count - 1
  }

  /** Makes sure that there is a row of this number, and with it all before it. */
  reach(row: number): void {
    if (row < this.#count) return
    this.#count = row + 1
    const full = this.#width << this.#shift
    const chunk = row >>> this.#shift
    const needed = chunk > 0 ? full : this.#count * this.#width
    const [first] = this.#chunks
    if (!first || first.length < needed) {
      this.#chunks[0] = new this.#Type(Math.min(full, needed * 2))
      if (first) this.#chunks[0].set(first)
    }
    while (this.#chunks.length <= chunk) this.#chunks.push(new this.#Type(full))
  }

  /** At most `length` elements from a row on, as far as its chunk goes. */
  #part(row: number, length: number): Words {
    const at = this.at(row)
    return this.chunk(row).subarray(at, Math.min(at + length, this.#width << this.#shift))
  }
}
