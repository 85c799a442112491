// Source ids, packed.
const MAX_BYTES = 64
export const SOURCE_ID_MAX_WORDS = MAX_BYTES / 4

const encoder = new TextEncoder()

/** One source id in UTF-8, in whole words, as postings hold it. Made once, used for one text after the other. */
export class SourceIdBytes {
  /** Zero behind the bytes. */
  readonly words = new Uint32Array(SOURCE_ID_MAX_WORDS)
  readonly #bytes = new Uint8Array(this.words.buffer)
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  get wordCount(): number {
    return (this.#byteLength + 3) >>> 2
  }

  /** @throws {RangeError} For a text of more than 64 bytes: the contract refuses it. */
  set(text: string): void {
    this.words.fill(0)
    const { read, written } = encoder.encodeInto(text, this.#bytes)
    if (read < text.length)
      throw new RangeError(`A source id has more than ${MAX_BYTES} bytes: check the entry`)
    this.#byteLength = written
  }

  /** The text whose `byteLength` bytes begin at `words[at]`. */
  static read(words: Uint32Array, at: number, byteLength: number): string {
    return Buffer.from(words.buffer, words.byteOffset + at * 4, byteLength).toString('utf8')
  }
}
