// The bound on how far a packed file may expand: a file of a megabyte can be made that unpacks to a thousand times that.
import { TextInputError } from './text-input-error.ts'

/** What a packed file may unpack to. */
export interface ExpansionBound {
  /** Times the bytes of the file that were read. Lists of hashes, which hardly pack, reach 2 to 20. */
  readonly ratio: number
  /** Bytes that are free of the ratio: a small file may well be a long row of the same. */
  readonly freeBytes: number
  /** The most bytes, whatever the ratio. */
  readonly mostBytes: number
}

export const EXPANSION_BOUND: ExpansionBound = { ratio: 100, freeBytes: 64 << 20, mostBytes: 256 * 2 ** 30 }

/** Counts the bytes of a packed file and those that it unpacks to, and throws a TextInputError when they are too many. */
export class Expansion {
  readonly #name: string
  readonly #bound: ExpansionBound
  #packedBytes = 0

  constructor(name: string, bound: ExpansionBound) {
    this.#name = name
    this.#bound = bound
  }

  /** The number of bytes of the file that have been read by now. */
  readUpTo(bytes: number): void {
    this.#packedBytes = bytes
  }

  /** The bytes of one stage of unpacking, as they come. */
  async *bounded(unpacked: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { ratio, freeBytes, mostBytes } = this.#bound
    let bytes = 0
    for await (const chunk of unpacked) {
      bytes += chunk.length
      if (bytes > mostBytes) throw this.#problem(`${mostBytes} bytes`)
      if (bytes > freeBytes && bytes > ratio * this.#packedBytes)
        throw this.#problem(`${ratio} times its size`)
      yield chunk
    }
  }

  #problem(bound: string): TextInputError {
    return new TextInputError(
      `${this.#name} unpacks to more than ${bound}, as a file does that is made to fill memory or disk: if it is a list, unpack it yourself and read the unpacked file`,
    )
  }
}
