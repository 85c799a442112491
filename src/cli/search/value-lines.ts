// Values of one type from bytes that come in pieces of any size. A line that is a bare value, as nearly all are, is read
// without making a string of it: files of tens of millions of lines would spend their time there.
import { hexDigits, wordCount, type HashType } from '../../hash/hash-type.ts'
import { HEX_DIGIT, packHex, packHexBytes } from '../../hash/hash-value.ts'
import { listedTypeOf } from '../../lists/formats/listed-hash.ts'
import { parseListLine } from '../../lists/formats/list-line.ts'

/** Takes what {@link ValueLines} reads. */
export interface ValueSink {
  /** One value, packed as hash/hash-value.ts does. The words are overwritten by the next value: copy them. */
  value(words: Uint32Array): void
  /** A value of another type, in a line of a list. */
  otherType(): void
  /** Line `line` (the first is 1) gives no value. */
  badLine(line: number, problem: string): void
}

const NEWLINE = 0x0a
const COMMENT = 0x23
/** Longer lines are bad ones, and are not kept. */
const MAX_LINE_BYTES = 64 * 1024

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d

/**
 * Reads the values of one type from lines: a bare value, or what lists/formats/list-line.ts reads (`type value`, and the output of
 * `hashwarden hash`). Blank lines and comments are passed over.
 */
export class ValueLines {
  readonly #sink: ValueSink
  readonly #type: HashType
  readonly #digits: number
  readonly #words: Uint32Array
  #line = 0
  /** The beginning of a line that goes on in the next piece. */
  #begun = Buffer.alloc(0)

  constructor(type: HashType, sink: ValueSink) {
    this.#sink = sink
    this.#type = type
    this.#digits = hexDigits(type)
    this.#words = new Uint32Array(wordCount(type))
  }

  /** Takes a piece of text whose lines end with line feeds (lists/input/text-input.ts). */
  push(piece: Buffer): void {
    let from = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      if (this.#begun.length === 0) this.#readLine(piece, from, end)
      else this.#endLine(piece.subarray(from, end))
      from = end + 1
    }
    if (from === piece.length) return
    // A line that is too long is a bad one; its rest isn't needed.
    if (this.#begun.length <= MAX_LINE_BYTES) this.#begun = Buffer.concat([this.#begun, piece.subarray(from)])
  }

  /** The last line may end without a line feed. */
  end(): void {
    if (this.#begun.length > 0) this.#endLine(Buffer.alloc(0))
  }

  #endLine(rest: Buffer): void {
    const whole = Buffer.concat([this.#begun, rest])
    this.#begun = Buffer.alloc(0)
    this.#readLine(whole, 0, whole.length)
  }

  #readLine(bytes: Buffer, start: number, stop: number): void {
    this.#line++
    let from = start
    let to = stop
    while (from < to && isSpace(bytes[from])) from++
    while (to > from && isSpace(bytes[to - 1])) to--
    if (from === to || bytes[from] === COMMENT) return
    if (to - from === this.#digits && areDigits(bytes, from, to)) {
      packHexBytes(bytes, from, to, this.#words, 0)
      this.#sink.value(this.#words)
    } else if (to - from > MAX_LINE_BYTES) this.#bad()
    else this.#readListLine(bytes.toString('utf8', from, to))
  }

  #readListLine(text: string): void {
    const parsed = parseListLine(text)
    if (typeof parsed === 'string') {
      const isOfList = text.startsWith('{') || listedTypeOf(text.split(/\s/, 1)[0]) !== undefined
      return this.#bad(isOfList ? parsed : undefined)
    }
    for (const { type, value } of parsed) {
      if (type !== this.#type) this.#sink.otherType()
      else {
        packHex(value, this.#words, 0)
        this.#sink.value(this.#words)
      }
    }
  }

  #bad(problem = `expected one ${this.#type} value of ${this.#digits} hexadecimal digits`): void {
    this.#sink.badLine(this.#line, problem)
  }
}

function areDigits(bytes: Buffer, from: number, to: number): boolean {
  // Every digit's value is below 16, and that of everything else is 255.
  let digits = 0
  for (let at = from; at < to; at++) digits |= HEX_DIGIT[bytes[at]]
  return digits < 16
}
