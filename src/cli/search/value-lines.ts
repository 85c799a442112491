import { hexDigits, wordCount, type HashType } from '../../hash/hash-type.ts'
import { HEX_DIGIT } from '../../hash/hash-value.ts'

/** Takes what {@link ValueLines} reads. */
export interface ValueSink {
  /** One value, packed as hash/hash-value.ts does. The words are written anew for the next: copy them. */
  value(words: Uint32Array): void
  /** Line `line` (the first is 1) is neither a value, nor blank, nor a comment. */
  badLine(line: number): void
}

const NEWLINE = 0x0a
const HASH = 0x23
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0d || byte === 0x09

/** Where in its line the reader stands; `bad` and `comment` last to the line's end. */
type Place = 'before' | 'in-value' | 'after' | 'comment' | 'bad'

/**
 * Reads values of one type, one a line, from bytes that come in pieces of any size: no text is made of them, because
 * files of tens of millions of lines would spend their time there. Blank lines and lines that begin with # are passed
 * over, spaces around a value are too, and so is the carriage return of a Windows line.
 */
export class ValueLines {
  readonly #sink: ValueSink
  readonly #digits: number
  readonly #words: Uint32Array
  #place: Place = 'before'
  #line = 1
  /** Digits of the value read so far, and the word that the next goes into. */
  #count = 0
  #word = 0

  constructor(type: HashType, sink: ValueSink) {
    this.#sink = sink
    this.#digits = hexDigits(type)
    this.#words = new Uint32Array(wordCount(type))
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      if (this.#place === 'before' || this.#place === 'in-value') at = this.#readDigits(bytes, at)
      if (at === bytes.length) return
      const byte = bytes[at]
      if (byte === NEWLINE) this.#endLine()
      else if (this.#place === 'in-value') this.#place = isSpace(byte) ? 'after' : 'bad'
      else if (this.#place === 'after' && !isSpace(byte)) this.#place = 'bad'
      else if (this.#place === 'before' && !isSpace(byte)) this.#place = byte === HASH ? 'comment' : 'bad'
    }
  }

  /** The last line may end without a line break. */
  end(): void {
    this.#endLine()
  }

  /** Reads digits from `at` on; returns where they end. */
  #readDigits(bytes: Uint8Array, from: number): number {
    let count = this.#count
    let word = this.#word
    let at = from
    for (; at < bytes.length; at++) {
      const digit = HEX_DIGIT[bytes[at]]
      if (digit === 255) break
      word = (word << 4) | digit
      // A line that is too long goes on to be counted, outside of the words.
      if ((++count & 7) === 0) this.#words[(count >>> 3) - 1] = word
    }
    if (at > from) this.#place = 'in-value'
    this.#count = count
    this.#word = word
    return at
  }

  #endLine(): void {
    const holdsValue = this.#place === 'in-value' || this.#place === 'after'
    if (this.#place === 'bad' || (holdsValue && this.#count !== this.#digits)) this.#sink.badLine(this.#line)
    else if (holdsValue) this.#sink.value(this.#words)
    this.#place = 'before'
    this.#count = 0
    this.#line++
  }
}
