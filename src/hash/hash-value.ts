// Hash values as text and packed into 32-bit words, and the way between both.
import { hexDigits, type HashType } from './hash-type.ts'

declare const brand: unique symbol

/** A hash value in canonical form: lower-case hexadecimal, exactly as long as its type is wide. */
export type HashValue = string & { readonly [brand]: 'HashValue' }

/** The number that each byte stands for as a hexadecimal digit, in either case; 255 for a byte that is no digit. */
export const HEX_DIGIT = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  HEX_DIGIT[text.charCodeAt(0)] = digit
  HEX_DIGIT[text.toUpperCase().charCodeAt(0)] = digit
}

/** Whether `text` is a printed value of this type: as many hexadecimal digits as the type has, in either case. */
export function isPrintedHash(type: HashType, text: string): boolean {
  if (text.length !== hexDigits(type)) return false
  // Called for each hash of each report. A loop takes about half of the time of a regular expression.
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 255) return false
    digits |= HEX_DIGIT[code]
  }
  return digits < 16
}

/** The canonical form of a printed hash value, or undefined if it is not one. */
export const parseHashValue = (type: HashType, text: string): HashValue | undefined =>
  // The brand stands for what was just checked: a printed value in lower case.
  isPrintedHash(type, text) ? (text.toLowerCase() as HashValue) : undefined

/**
 * Writes a printed value into `words` from index `at` on, one 32-bit word for each eight digits: word 0 holds
 * the first eight digits, its highest bit the highest bit of the hash. (So numeric order of the words is
 * alphabetic order of the text.) The caller has checked the value; digits may have either case.
 */
export function packHex(text: string, words: Uint32Array, at: number): void {
  for (let digit = 0, word = at; digit < text.length; word++) {
    let bits = 0
    for (const end = digit + 8; digit < end; digit++) bits = (bits << 4) | HEX_DIGIT[text.charCodeAt(digit)]
    words[word] = bits
  }
}

/** Packs the digits in `bytes` from index `from` up to `to`, as {@link packHex} does. */
export function packHexBytes(
  bytes: Uint8Array,
  from: number,
  to: number,
  words: Uint32Array,
  at: number,
): void {
  for (let digit = from, word = at; digit < to; word++) {
    let bits = 0
    for (const end = digit + 8; digit < end; digit++) bits = (bits << 4) | HEX_DIGIT[bytes[digit]]
    words[word] = bits
  }
}

/** The packed form of one value: `Uint32Array` of bits / 32 words, as {@link packHex} lays them out. */
export function packed(value: HashValue): Uint32Array {
  const words = new Uint32Array(value.length / 8)
  packHex(value, words, 0)
  return words
}

/** The printed form of `count` packed words from index `at` on. */
export function unpackHex(words: Uint32Array, at: number, count: number): HashValue {
  let text = ''
  for (let word = at; word < at + count; word++) text += words[word].toString(16).padStart(8, '0')
  // Eight lower-case digits for each word: canonical by construction.
  return text as HashValue
}
