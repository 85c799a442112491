import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { orient } from '../../src/hash/orientation.ts'

/** The value with `count` bits flipped, from bit `from` of its text on. */
export function flipped(value: HashValue, count: number, from = 0): HashValue {
  const words = packed(value)
  for (let bit = from; bit < from + count; bit++) words[(bit >>> 5) % words.length] ^= 1 << (bit & 31)
  return unpackHex(words, 0, words.length)
}

/** The PDQ hash of the picture after orientation `index`, as predicted from the bits. */
export function oriented(value: HashValue, index: number): HashValue {
  const words = new Uint32Array(8)
  orient(packed(value), 0, index, words, 0)
  return unpackHex(words, 0, 8)
}
