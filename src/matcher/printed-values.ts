// Finds hashes in JSON text that is not parsed yet.
import { HEX_DIGIT } from '../hash/hash-value.ts'

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
/** What a report prints a hash under. */
const NAME = Buffer.from('"value"')

/**
 * Finds, in JSON text that is not parsed yet, the strings of hexadecimal digits in fields named `value`: all hashes of a
 * report are among them, and hardly any other text. It looks at one byte in each run of as many as the shortest hash
 * has digits, and reads on only around a digit.
 */
export class PrintedValues {
  readonly #shortest: number
  /** Element n: whether strings of n digits are looked for. */
  readonly #isSought: Uint8Array

  /** @param digits How many digits the strings have that are looked for. */
  constructor(digits: Iterable<number>) {
    const sought = [...digits]
    this.#shortest = Math.min(...sought)
    this.#isSought = new Uint8Array(Math.max(0, ...sought) + 1)
    for (const length of sought) this.#isSought[length] = 1
  }

  /**
   * Writes where the digits of each begin and end to `places`, two elements a string, in their order, and returns how
   * many strings there are: at most half as many as `places` has elements, even if there are more. Undefined if a
   * string may be printed in another way, which JSON allows: by a backslash.
   */
  find(text: Uint8Array, places: Uint32Array): number | undefined {
    if (text.includes(BACKSLASH)) return undefined
    let found = 0
    for (let at = 0; at < text.length && 2 * found < places.length; at += this.#shortest) {
      if (!isDigit(text[at])) continue
      let from = at
      while (from > 0 && isDigit(text[from - 1])) from--
      let to = at + 1
      while (to < text.length && isDigit(text[to])) to++
      if (this.#isSought[to - from] === 1 && text[to] === QUOTE && isOfValue(text, from - 1)) {
        places[2 * found] = from
        places[2 * found + 1] = to
        found++
      }
      at = to
    }
    return found
  }
}

const isDigit = (byte: number): boolean => HEX_DIGIT[byte] < 16

/** Whether a string that begins with the quote at `quoteAt` is that of a field `value`. */
function isOfValue(text: Uint8Array, quoteAt: number): boolean {
  if (text[quoteAt] !== QUOTE) return false
  const colonAt = beforeSpace(text, quoteAt)
  if (text[colonAt] !== COLON) return false
  const nameAt = beforeSpace(text, colonAt) + 1 - NAME.length
  for (let n = 0; n < NAME.length; n++) if (text[nameAt + n] !== NAME[n]) return false
  return true
}

/** Where the last byte before `at` stands that is no white space of JSON. */
function beforeSpace(text: Uint8Array, at: number): number {
  let before = at - 1
  while (text[before] === 0x20 || text[before] === 0x0a || text[before] === 0x0d || text[before] === 0x09)
    before--
  return before
}
