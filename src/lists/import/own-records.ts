// What this process has published of a source and has not read back: its own records among those of others.

/** The print of an entry's content; undefined: the record removed the entry. */
type Print = string | undefined

/** Takes a bit for each entry, however many are published. */
export class OwnRecords {
  #bits = new Uint32Array(0)
  /** Of entries that were published more than once: the prints of all but the latest. */
  readonly #earlier = new Map<number, Print[]>()
  #count = 0

  /** Number of records that are in the topic for sure. */
  get count(): number {
    return this.#count
  }

  /** Whether a record of the entry was published and not read back. */
  has(id: number): boolean {
    const word = id >>> 5
    return word < this.#bits.length && (this.#bits[word] & (1 << (id & 31))) !== 0
  }

  /** A record of the entry is about to be published. `before`: the print of the last one, if there is one. */
  begin(id: number, before: Print): void {
    if (this.has(id)) {
      const earlier = this.#earlier.get(id)
      if (earlier) earlier.push(before)
      else this.#earlier.set(id, [before])
      return
    }
    const word = id >>> 5
    if (word >= this.#bits.length) {
      const grown = new Uint32Array(Math.max(2_048, word * 2))
      grown.set(this.#bits)
      this.#bits = grown
    }
    this.#bits[word] |= 1 << (id & 31)
  }

  /** This number of records is in the topic for sure. */
  wrote(count: number): void {
    this.#count += count
  }

  /** Whether a record that was read is one of these. Its earlier ones are done then, too. `latest`: the print of the last one. */
  take(id: number, print: Print, latest: Print): boolean {
    if (!this.has(id)) return false
    const earlier = this.#earlier.get(id) ?? []
    const at = earlier.indexOf(print)
    if (at !== -1) {
      earlier.splice(0, at + 1)
      return true
    }
    if (print !== latest) return false
    this.#earlier.delete(id)
    this.#bits[id >>> 5] &= ~(1 << (id & 31))
    return true
  }

  clear(): void {
    this.#bits = new Uint32Array(0)
    this.#earlier.clear()
    this.#count = 0
  }
}
