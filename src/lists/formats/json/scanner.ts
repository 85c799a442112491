// JSON's grammar over pieces of text, byte by byte: a text that is not well-formed is damaged, wherever the fault stands,
// also in values that are not read. It keeps only its place, so a document of any length takes the same memory.
import { DamagedListError } from '../../list-item.ts'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  IS_ESCAPE,
  IS_PLAIN,
  IS_SPACE,
  IS_WHOLE_NUMBER,
  NUMBER,
  NUMBER_NEXT,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SMALL_U,
  WORDS,
} from './bytes.ts'
import { HEX_DIGIT } from '../../../hash/hash-value.ts'

/** Real lists are nested 6 deep. */
const MAX_DEPTH = 64

const NOTHING: Buffer = Buffer.alloc(0)
const REMEDY = 'Nothing of it is used: get the whole list again from its source'

/** What may come next. */
const EXPECT = {
  value: 0,
  valueOrClose: 1,
  name: 2,
  nameOrClose: 3,
  colon: 4,
  commaOrClose: 5,
  end: 6,
} as const

const MISSING: Readonly<Record<number, string>> = {
  [EXPECT.value]: 'a value',
  [EXPECT.valueOrClose]: 'a value or the end of the array',
  [EXPECT.name]: 'a name in quotes',
  [EXPECT.nameOrClose]: 'a name in quotes or the end of the object',
  [EXPECT.colon]: 'a colon',
  [EXPECT.commaOrClose]: 'a comma, or the end of the object or array',
  [EXPECT.end]: 'nothing more: the document had ended',
}

/** The token that a piece of text may have cut in two. */
const INSIDE = { nothing: 0, string: 1, number: 2, word: 3 } as const

export abstract class JsonScanner {
  /** The piece of text that is read now. */
  protected chunk = NOTHING
  /** How many objects and arrays are open. */
  protected depth = 0
  readonly #isObject = new Uint8Array(MAX_DEPTH + 1)
  #bytesBefore = 0
  #expect: number = EXPECT.value
  #inside: number = INSIDE.nothing
  #isName = false
  /** 0: none; 1: after a backslash; n > 1: n - 1 hexadecimal digits are to come. */
  #escape = 0
  #number = 0
  #word = NOTHING
  #letters = 0

  /** A value begins at `chunk[at]`, whose byte is `first`; `depth` doesn't count it yet. */
  protected abstract valueBegins(at: number, first: number): void
  /** A value has ended before `chunk[to]`; `depth` no longer counts it. */
  protected abstract valueEnds(to: number): void
  /** The quote at `chunk[at]` begins a name. */
  protected abstract nameBegins(at: number): void
  /** The quote at `chunk[at]` ends a name. */
  protected abstract nameEnds(at: number): void
  /** The quote at `chunk[at]` ends a string that is a value; valueEnds follows. */
  protected abstract stringEnds(at: number): void
  /** A number has ended before `chunk[at]`; valueEnds follows. */
  protected abstract numberEnds(at: number, isInteger: boolean): void
  /** The piece is at its end, perhaps in the middle of a name or of a string that is a value. */
  protected abstract chunkEnds(inside: 'name' | 'string' | undefined): void

  /** Reads a piece of text. Throws a DamagedListError. */
  push(chunk: Buffer): void {
    this.chunk = chunk
    let at = 0
    while (at < chunk.length) {
      if (this.#inside === INSIDE.nothing) at = this.#structure(at)
      else if (this.#inside === INSIDE.string) at = this.#string(at)
      else if (this.#inside === INSIDE.number) at = this.#digits(at)
      else at = this.#letter(at)
    }
    const isInString = this.#inside === INSIDE.string
    this.chunkEnds(isInString ? (this.#isName ? 'name' : 'string') : undefined)
    this.#bytesBefore += chunk.length
    this.chunk = NOTHING
  }

  /** Says that no more text comes. Throws a DamagedListError if the document isn't whole. */
  end(): void {
    if (this.#bytesBefore === 0) throw new DamagedListError('The text is empty, and an empty text is no list')
    if (this.#expect !== EXPECT.end)
      throw this.damaged(0, `the text is cut off: it ends where ${MISSING[this.#expect]} should follow`)
  }

  /** Whether the innermost open value is an object. */
  protected get isInObject(): boolean {
    return this.#isObject[this.depth] === 1
  }

  /** The error for a fault at `chunk[at]`. `what` never quotes the text. */
  protected damaged(at: number, what: string): DamagedListError {
    return new DamagedListError(`Byte ${this.#bytesBefore + at + 1} of the text: ${what}. ${REMEDY}`)
  }

  #unexpected(at: number): DamagedListError {
    return this.damaged(at, `it isn't well-formed JSON: expected ${MISSING[this.#expect]}`)
  }

  #structure(at: number): number {
    const byte = this.chunk[at]
    if (IS_SPACE[byte] === 1) return at + 1
    switch (this.#expect) {
      case EXPECT.commaOrClose:
        if (byte !== COMMA) return this.#close(at, byte)
        this.#expect = this.isInObject ? EXPECT.name : EXPECT.value
        return at + 1
      case EXPECT.colon:
        if (byte !== COLON) throw this.#unexpected(at)
        this.#expect = EXPECT.value
        return at + 1
      case EXPECT.nameOrClose:
        return byte === CLOSE_BRACE ? this.#close(at, byte) : this.#name(at, byte)
      case EXPECT.name:
        return this.#name(at, byte)
      case EXPECT.valueOrClose:
        return byte === CLOSE_BRACKET ? this.#close(at, byte) : this.#value(at, byte)
      case EXPECT.value:
        return this.#value(at, byte)
      default:
        throw this.#unexpected(at)
    }
  }

  #name(at: number, byte: number): number {
    if (byte !== QUOTE) throw this.#unexpected(at)
    this.#isName = true
    this.#inside = INSIDE.string
    this.nameBegins(at)
    return this.#string(at + 1)
  }

  #value(at: number, byte: number): number {
    this.valueBegins(at, byte)
    switch (byte) {
      case QUOTE:
        this.#isName = false
        this.#inside = INSIDE.string
        return this.#string(at + 1)
      case OPEN_BRACE:
        this.#open(at, 1)
        this.#expect = EXPECT.nameOrClose
        return at + 1
      case OPEN_BRACKET:
        this.#open(at, 0)
        this.#expect = EXPECT.valueOrClose
        return at + 1
    }
    this.#number = NUMBER_NEXT[byte]
    if (this.#number !== 0) {
      this.#inside = INSIDE.number
      return this.#digits(at + 1)
    }
    const word = WORDS.get(byte)
    if (word === undefined) throw this.#unexpected(at)
    this.#inside = INSIDE.word
    this.#word = word
    this.#letters = 1
    return at + 1
  }

  #open(at: number, isObject: 0 | 1): void {
    if (this.depth === MAX_DEPTH)
      throw this.damaged(at, `objects and arrays are nested over ${MAX_DEPTH} deep`)
    this.#isObject[++this.depth] = isObject
  }

  #close(at: number, byte: number): number {
    if (byte !== (this.isInObject ? CLOSE_BRACE : CLOSE_BRACKET)) throw this.#unexpected(at)
    this.depth--
    this.#ended(at + 1)
    return at + 1
  }

  #ended(to: number): void {
    this.#inside = INSIDE.nothing
    this.#expect = this.depth === 0 ? EXPECT.end : EXPECT.commaOrClose
    this.valueEnds(to)
  }

  /** Reads on in a string from `chunk[from]`. */
  #string(from: number): number {
    const { chunk } = this
    const { length } = chunk
    for (let at = from; at < length; at++) {
      if (this.#escape !== 0) {
        this.#escaped(at, chunk[at])
        continue
      }
      while (at < length && IS_PLAIN[chunk[at]] === 1) at++
      if (at === length) return length
      if (chunk[at] === QUOTE) {
        this.#stringEnded(at)
        return at + 1
      }
      if (chunk[at] !== BACKSLASH)
        throw this.damaged(at, 'a string holds a control character that is not escaped')
      this.#escape = 1
    }
    return length
  }

  #escaped(at: number, byte: number): void {
    if (this.#escape === 1) {
      if (IS_ESCAPE[byte] === 0) throw this.damaged(at, 'a string has an escape that JSON does not know')
      this.#escape = byte === SMALL_U ? 5 : 0
      return
    }
    if (HEX_DIGIT[byte] > 15) throw this.damaged(at, 'a string has an escape that JSON does not know')
    this.#escape = this.#escape === 2 ? 0 : this.#escape - 1
  }

  #stringEnded(at: number): void {
    if (!this.#isName) {
      this.stringEnds(at)
      this.#ended(at + 1)
      return
    }
    this.#inside = INSIDE.nothing
    this.#expect = EXPECT.colon
    this.nameEnds(at)
  }

  #digits(from: number): number {
    const { chunk } = this
    for (let at = from; at < chunk.length; at++) {
      const next = NUMBER_NEXT[this.#number * 256 + chunk[at]]
      if (next !== 0) {
        this.#number = next
        continue
      }
      if (!IS_WHOLE_NUMBER[this.#number])
        throw this.damaged(at, "it isn't well-formed JSON: a number is not whole")
      this.numberEnds(at, this.#number === NUMBER.integer)
      this.#ended(at)
      return at
    }
    return chunk.length
  }

  #letter(at: number): number {
    if (this.chunk[at] !== this.#word[this.#letters])
      throw this.damaged(at, "it isn't well-formed JSON: an unknown word")
    if (++this.#letters === this.#word.length) this.#ended(at + 1)
    return at + 1
  }
}
