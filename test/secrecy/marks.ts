// Finds planted values in what the system says, in every form in which a program comes to print one.
import { createHash } from 'node:crypto'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { packHex, unpackHex } from '../../src/hash/hash-value.ts'
import { flipMask, ORIENTATIONS, transpose, transposes } from '../../src/hash/orientation.ts'
import { hexDigits, type HashType } from '../../src/hash/hash-type.ts'

/** Hexadecimal digits of a value that are enough to look it up in a list, and too many for chance. */
const DIGITS = 16
/** Letters of a text that count: a cut text tells as much. */
const LETTERS = 14
/** Of encodings in encodings: JSON in base64 in a URL. */
const DEPTH = 3

/**
 * Values that must not be said. `find` looks for any 16 hexadecimal digits in a row of a value, and for the first 14 letters of a
 * text, in each of these forms: as it is, in either case, raw, hexadecimal (also with separators, as Node prints a buffer),
 * base64 and base64url at any alignment, percent-encoded, escaped as JSON, and decimal (bytes, words of 32 and of 64 bits
 * in either order of bytes, one large number). A PDQ value counts in all eight orientations, because each gives the picture
 * away as much. Digests of a value count as the value: it can be found from them where a list of values is at hand. A value
 * spelt backwards is not looked for: no code here turns text around, and words in the other order of bytes are covered.
 */
export class Marks {
  readonly #windows = new Map<string, string>()
  readonly #texts: (readonly [letters: string, name: string])[] = []

  /** A hash value, in all orientations if it has some. */
  hash(name: string, type: HashType, value: HashValue): this {
    for (const turned of type === 'pdq' ? orientationsOf(value) : [value]) this.#digits(name, turned)
    return this.#digests(name, value).#digests(name, Buffer.from(value, 'hex'))
  }

  /** A reference, a name, a password. The first letters name it, so no other text may begin so. */
  text(name: string, text: string): this {
    if (text.length < LETTERS) throw new RangeError(`A mark has ${LETTERS} letters at least`)
    this.#texts.push([text.slice(0, LETTERS).toLowerCase(), name])
    return this.#digests(name, text)
  }

  /** A key. */
  bytes(name: string, bytes: Uint8Array): this {
    return this.#digits(name, Buffer.from(bytes).toString('hex'))
  }

  /** The names of the marks that are in it, with the form in which each was found. */
  find(content: string | Uint8Array): readonly string[] {
    const found = new Set<string>()
    this.#look(Buffer.from(content).toString('latin1'), '', DEPTH, found)
    return [...found]
  }

  #digests(name: string, of: string | Buffer): this {
    for (const algorithm of ['md5', 'sha1', 'sha256'])
      this.#digits(`${name}, its ${algorithm}`, createHash(algorithm).update(of).digest('hex'))
    return this
  }

  #digits(name: string, digits: string): this {
    for (let at = 0; at + DIGITS <= digits.length; at++)
      this.#windows.set(digits.slice(at, at + DIGITS), name)
    return this
  }

  /** `text` has a letter for each byte. */
  #look(text: string, form: string, depth: number, found: Set<string>): void {
    const lower = text.toLowerCase()
    const say = (name: string, how = ''): Set<string> => found.add(`${name}${form}${how}`)
    for (const [letters, name] of this.#texts) if (lower.includes(letters)) say(name)
    for (const [how, digits] of digitsIn(text, lower)) {
      for (let at = 0; at + DIGITS <= digits.length; at++) {
        const name = this.#windows.get(digits.slice(at, at + DIGITS))
        if (name !== undefined) say(name, how)
      }
    }
    if (depth === 0) return
    for (const [how, decoded] of decodings(text)) this.#look(decoded, `${form}${how}`, depth - 1, found)
  }
}

function orientationsOf(value: HashValue): readonly string[] {
  const words = new Uint32Array(8)
  packHex(value, words, 0)
  const turned = new Uint32Array(8)
  transpose(words, 0, turned, 0)
  return ORIENTATIONS.map((_, index) => {
    const from = transposes(index) ? turned : words
    return unpackHex(
      from.map((word) => word ^ flipMask(index)),
      0,
      hexDigits('pdq') / 8,
    )
  })
}

/** Whatever may be digits of a value, as hexadecimal ones. */
function* digitsIn(text: string, lower: string): Generator<readonly [how: string, digits: string]> {
  for (const [run] of lower.matchAll(/[0-9a-f]{16,}/g)) yield ['', run]
  // Node prints `<Buffer 12 ab …>`; others write 12:ab:… or 0x12, 0xab, …
  for (const [run] of lower.matchAll(
    /(?:(?:0x|\\x)?[0-9a-f]{2,8}(?:[ :,-]{1,2}|(?=\\x))){2,}(?:0x|\\x)?[0-9a-f]{2,8}/g,
  ))
    yield [' (hexadecimal with separators)', run.replaceAll(/0x|\\x|[ :,-]/g, '')]
  for (const [run] of text.matchAll(/\b\d{1,3}(?:[\s,]{1,8}\d{1,3}){7,}\b/g))
    yield [' (decimal bytes)', hexOf(run, 2)]
  for (const [run] of text.matchAll(/\b\d{1,20}n?(?:[\s,]{1,8}\d{1,20}n?)+\b/g)) {
    yield [' (decimal words)', hexOf(run, 8)]
    yield [' (decimal words)', swapped(hexOf(run, 8), 8)]
    yield [' (decimal words of 64 bits)', hexOf(run, 16)]
    yield [' (decimal words of 64 bits)', swapped(hexOf(run, 16), 16)]
  }
  for (const [run] of text.matchAll(/\d{17,100}/g)) {
    const digits = BigInt(run).toString(16)
    const whole = digits.padStart(Math.ceil(digits.length / 16) * 16, '0')
    yield [' (a decimal number)', whole]
    yield [' (a decimal number)', swapped(whole, 16)]
  }
  // Raw bytes: what is no text.
  for (const [run] of text.matchAll(/[^]{8,}/g))
    if (/[^\t\n\r -~]/.test(run)) yield [' (raw)', Buffer.from(run, 'latin1').toString('hex')]
}

/** Of each number as many digits as its word has. */
const hexOf = (numbers: string, digits: number): string =>
  (numbers.match(/\d+/g) ?? [])
    .map((number) => BigInt(number).toString(16).padStart(digits, '0').slice(-digits))
    .join('')

/** The bytes of each word in the other order. */
const swapped = (digits: string, wordDigits: number): string =>
  (digits.match(new RegExp(`.{${wordDigits}}`, 'g')) ?? [])
    .map((word) => (word.match(/../g) ?? []).toReversed().join(''))
    .join('')

/** What the text becomes if its encoded parts are decoded: one text for each encoding and each place at which it may begin. */
function* decodings(text: string): Generator<readonly [how: string, decoded: string]> {
  if (/%[0-9a-f]{2}/i.test(text))
    yield [' (percent-encoded)', text.replaceAll(/%([0-9a-f]{2})/gi, (_, byte: string) => characterOf(byte))]
  if (/\\u00[0-9a-f]{2}/i.test(text))
    yield [' (escaped)', text.replaceAll(/\\u00([0-9a-f]{2})/gi, (_, byte: string) => characterOf(byte))]
  for (const [encoding, pattern, places] of [
    ['hex', /[0-9a-fA-F]{20,}/g, 2],
    ['base64', /[\w+/-]{16,}/g, 4],
  ] as const) {
    const runs = text.match(pattern)
    if (runs === null) continue
    for (let place = 0; place < places; place++)
      yield [
        ` (${encoding})`,
        runs.map((run) => Buffer.from(run.slice(place), encoding).toString('latin1')).join('\n'),
      ]
  }
}

const characterOf = (byte: string): string => String.fromCharCode(Number.parseInt(byte, 16))
