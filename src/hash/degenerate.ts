// Degenerate hashes: values that say nothing of the file they stand for. This file alone decides which values are
// degenerate. The rest of hashwarden never takes one for known and never matches one, and counts each one it meets.
import { popcount32 } from './distance.ts'
import { isPerceptual, wordCount, type CryptographicType, type HashType } from './hash-type.ts'
import { packHex } from './hash-value.ts'

/** Why a value is degenerate. A closed list, so that counters can use it as a label. */
export const DEGENERACIES = ['repeated-byte', 'empty-file', 'unbalanced', 'few-edges', 'one-axis'] as const

export type Degeneracy = (typeof DEGENERACIES)[number]

const DESCRIPTIONS: Readonly<Record<Degeneracy, string>> = {
  'repeated-byte': 'it repeats one byte, as placeholders and zeroed memory do',
  'empty-file': 'it is the digest of an empty file',
  unbalanced: 'its set bits are far from half, as in the hash of a blank picture',
  'few-edges': 'it has almost no edges, as in the hash of two plain areas of colour',
  'one-axis': 'all of its rows or all of its columns are alike, as in the hash of plain stripes',
}

/** Why such a value is degenerate, as a part of a sentence. */
export const describeDegeneracy = (degeneracy: Degeneracy): string => DESCRIPTIONS[degeneracy]

/** The digests of zero bytes. Each empty file has them. */
const EMPTY_FILE = {
  sha256: packedText('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  sha1: packedText('da39a3ee5e6b4b0d3255bfef95601890afd80709'),
  md5: packedText('d41d8cd98f00b204e9800998ecf8427e'),
} as const satisfies Record<CryptographicType, Uint32Array>

/**
 * A PDQ hash sets the bits of the coefficients above the median, so 128 of 256. It has 128 in each of 21,145 crops of
 * 349 pictures, in all 130 sample pictures and altered copies, and 115 to 128 in pictures that are exactly symmetric.
 * A blank picture has 60, two plain halves 80: only rounding errors are left to decide.
 *
 * The bound is the field's matching radius. Two values are at least as far apart as their numbers of set bits, so a
 * value outside the bound is more than 31 bits away from every hash with 128: refusing it costs no match at that radius.
 */
const HALF_BITS = 128
const MAX_IMBALANCE_BITS = 31

/**
 * A blockhash has 16 × 16 blocks, so 480 pairs of neighbours. An edge is a pair whose bits differ. One straight border
 * across the picture makes 16 edges, two make 32. The 130 sample pictures and altered copies have at least 70, random
 * bits about 240. (The number of set bits is no criterion here: a plain sky alone moves it from 128 to 160.)
 */
const BLOCKS = 16
const MIN_EDGES = 33

/** Why a value is degenerate, or undefined if it isn't. `value` has the digits of its type, in either case. */
export function degeneracyOf(type: HashType, value: string): Degeneracy | undefined {
  packHex(value, scratch, 0)
  return degeneracyOfPacked(type, scratch)
}

/** Does the same for a packed value (see hash-value.ts) at the beginning of `words`. */
export function degeneracyOfPacked(type: HashType, words: Uint32Array): Degeneracy | undefined {
  if (repeatsOneByte(words, wordCount(type))) return 'repeated-byte'
  if (!isPerceptual(type)) return isEmptyFile(type, words) ? 'empty-file' : undefined
  return type === 'pdq' ? pdqDegeneracy(words) : blockhashDegeneracy(words)
}

const WORDS = 8
const scratch = new Uint32Array(WORDS)

function repeatsOneByte(words: Uint32Array, count: number): boolean {
  const [first] = words
  if (first !== Math.imul(first & 0xff, 0x01010101) >>> 0) return false
  for (let word = 1; word < count; word++) if (words[word] !== first) return false
  return true
}

function packedText(value: string): Uint32Array {
  const words = new Uint32Array(value.length / 8)
  packHex(value, words, 0)
  return words
}

const isEmptyFile = (type: CryptographicType, words: Uint32Array): boolean =>
  EMPTY_FILE[type].every((word, at) => words[at] === word)

function pdqDegeneracy(words: Uint32Array): Degeneracy | undefined {
  let bits = 0
  for (let word = 0; word < WORDS; word++) bits += popcount32(words[word])
  return Math.abs(bits - HALF_BITS) > MAX_IMBALANCE_BITS ? 'unbalanced' : undefined
}

/** The bits of each row of blocks. Scratch: a call is synchronous. */
const rows = new Uint16Array(BLOCKS)

function blockhashDegeneracy(words: Uint32Array): Degeneracy | undefined {
  for (let row = 0; row < BLOCKS; row++) rows[row] = row & 1 ? words[row >> 1] : words[row >> 1] >>> 16
  let across = 0
  let down = 0
  for (let row = 0; row < BLOCKS; row++) {
    across += popcount32((rows[row] ^ (rows[row] >> 1)) & 0x7fff)
    if (row > 0) down += popcount32(rows[row] ^ rows[row - 1])
  }
  if (across + down < MIN_EDGES) return 'few-edges'
  return across === 0 || down === 0 ? 'one-axis' : undefined
}
