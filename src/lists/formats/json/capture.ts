// The bytes of records that are kept, until a batch of them is parsed in one call: that takes less than a call for each.
import { isUtf8 } from 'node:buffer'
import { countNames } from '../../../contract/json.ts'
import { COMMA, OPEN_BRACKET, CLOSE_BRACKET, QUOTE } from './bytes.ts'

/** A batch is parsed once it has this many bytes. */
const BATCH_BYTES = 128 * 1024
const FIRST_BYTES = 256 * 1024

/** Stands for a text that is too long. No hash, id or short text may hold this character, so that it is refused there. */
export const TEXT_TOO_LONG = '\u0000'
const TOO_LONG = Buffer.from(JSON.stringify(TEXT_TOO_LONG))

interface Captured {
  /** Index of its first byte. */
  readonly start: number
  readonly end: number
  /** How many names it has, also within its values. */
  readonly names: number
  readonly number: number
}

/** Why a value was refused as a whole. */
type Fault = 'too large' | 'not UTF-8' | 'a name twice'

export type Parsed = { readonly value: unknown } | { readonly fault: Fault }

export class Capture {
  readonly #maxBytes: number
  readonly #take: (number: number, parsed: Parsed) => void
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  #start = 0
  #number = 0
  #isTooLarge = false
  #waiting: Captured[] = []
  /** Names of the value that is being captured: counted by the caller. */
  names = 0

  /** `take` gets each value, in order, with the number that it began with. No value may take more than `maxBytes`. */
  constructor(maxBytes: number, take: (number: number, parsed: Parsed) => void) {
    this.#maxBytes = maxBytes
    this.#take = take
  }

  /** How many bytes have been captured. */
  get length(): number {
    return this.#length
  }

  begin(number: number): void {
    if (this.#length === 0) this.#bytes[this.#length++] = OPEN_BRACKET
    else this.#bytes[this.#length++] = COMMA
    this.#start = this.#length
    this.#number = number
    this.#isTooLarge = false
    this.names = 0
  }

  /** Takes bytes of a value on. */
  append(chunk: Buffer, from: number, to: number): void {
    const bytes = to - from
    if (this.#isTooLarge || bytes <= 0) return
    if (this.#length - this.#start + bytes > this.#maxBytes) {
      this.#isTooLarge = true
      this.#length = this.#start
      return
    }
    this.#makeRoom(bytes)
    chunk.copy(this.#bytes, this.#length, from, to)
    this.#length += bytes
  }

  /** Takes back what came after this length, and puts text in its place. */
  replace(length: number, text: Buffer = TOO_LONG): void {
    if (this.#isTooLarge) return
    this.#length = length
    this.append(text, 0, text.length)
  }

  /** Puts the token that began at this length into quotes. */
  quote(length: number): void {
    if (this.#isTooLarge) return
    this.#makeRoom(2)
    this.#bytes.copyWithin(length + 1, length, this.#length)
    this.#bytes[length] = QUOTE
    this.#bytes[this.#length + 1] = QUOTE
    this.#length += 2
  }

  /** Forgets the value that has begun: it is none. */
  discard(): void {
    this.#length = this.#start - 1
  }

  /** The value is complete. */
  finish(): void {
    if (this.#isTooLarge) {
      this.discard()
      this.flush()
      this.#take(this.#number, { fault: 'too large' })
      return
    }
    this.#waiting.push({ start: this.#start, end: this.#length, names: this.names, number: this.#number })
    if (this.#length >= BATCH_BYTES) this.flush()
  }

  /** Parses all complete values. No value may have begun. */
  flush(): void {
    const waiting = this.#waiting
    const length = this.#length
    this.#waiting = []
    this.#length = 0
    if (waiting.length === 0) return
    this.#bytes[length] = CLOSE_BRACKET
    const batch = this.#parse(0, length + 1)
    for (const [at, { start, end, names, number }] of waiting.entries()) {
      const parsed: Parsed = Array.isArray(batch) ? { value: batch[at] } : this.#parseOne(start, end)
      const isTwice = 'value' in parsed && countNames(parsed.value) !== names
      this.#take(number, isTwice ? { fault: 'a name twice' } : parsed)
    }
  }

  #parseOne(start: number, end: number): Parsed {
    const value = this.#parse(start, end)
    return value === undefined ? { fault: 'not UTF-8' } : { value }
  }

  /** undefined: the bytes are not UTF-8. The scanner has found them well-formed in every other way. */
  #parse(start: number, end: number): unknown {
    const bytes = this.#bytes.subarray(start, end)
    return isUtf8(bytes) ? JSON.parse(bytes.toString('utf8')) : undefined
  }

  /** Room for more bytes, and for one that closes. */
  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes + 2
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
