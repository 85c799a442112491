// The output lines of `hashwarden search`, written as bytes.
import { ORIENTATIONS } from '../../hash/orientation.ts'

const HEX_BYTES = Buffer.from('0123456789abcdef')
const TAB = 0x09
const NEWLINE = 0x0a
const BUFFER_BYTES = 1 << 20
/** More than two values of 64 digits, a distance, the longest name of an orientation, and the separators take. */
const LONGEST_LINE = 192

const NAMES = ORIENTATIONS.map((name) => Buffer.from(name))

/** Writes found pairs as lines into a buffer, without making a string for each line. */
export class PairLines {
  readonly #bytes = Buffer.alloc(BUFFER_BYTES)
  readonly #withOrientations: boolean
  #end = 0

  constructor(withOrientations: boolean) {
    this.#withOrientations = withOrientations
  }

  get isFull(): boolean {
    return this.#end + LONGEST_LINE > BUFFER_BYTES
  }

  /** Adds a line. `known` is one packed value; the query's packed value begins at `query.words[query.at]`. */
  add(
    query: { readonly words: Uint32Array; readonly at: number },
    known: Uint32Array,
    distance: number,
    orientation: number,
  ): void {
    this.#hex(query.words, query.at, known.length)
    this.#bytes[this.#end++] = TAB
    this.#hex(known, 0, known.length)
    this.#bytes[this.#end++] = TAB
    if (distance >= 100) this.#bytes[this.#end++] = HEX_BYTES[Math.floor(distance / 100)]
    if (distance >= 10) this.#bytes[this.#end++] = HEX_BYTES[Math.floor(distance / 10) % 10]
    this.#bytes[this.#end++] = HEX_BYTES[distance % 10]
    if (this.#withOrientations) {
      this.#bytes[this.#end++] = TAB
      this.#end += NAMES[orientation].copy(this.#bytes, this.#end)
    }
    this.#bytes[this.#end++] = NEWLINE
  }

  /** The lines since the last call. They are valid until the next `add`. */
  take(): Uint8Array {
    const lines = this.#bytes.subarray(0, this.#end)
    this.#end = 0
    return lines
  }

  #hex(words: Uint32Array, at: number, count: number): void {
    let end = this.#end
    for (let place = at; place < at + count; place++) {
      const word = words[place]
      for (let shift = 28; shift >= 0; shift -= 4) this.#bytes[end++] = HEX_BYTES[(word >>> shift) & 15]
    }
    this.#end = end
  }
}
