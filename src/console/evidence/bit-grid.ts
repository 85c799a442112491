// The bits of two hashes side by side, with the orientation undone, so that what differs is exactly the distance.
import { hexDigits, HASH_TYPES, type HashType } from '../../hash/hash-type.ts'
import { parseHashValue, packed } from '../../hash/hash-value.ts'
import { inverseOrientation, orient, ORIENTATIONS, type Orientation } from '../../hash/orientation.ts'

export interface BitGrids {
  /** 256 bits each, in the order of the hash's text. */
  readonly reported: readonly boolean[]
  readonly known: readonly boolean[]
  readonly differs: readonly boolean[]
  readonly distanceBits: number
}

/** Undefined for hashes that are compared by equality: there is nothing to see. */
export function bitGrids(
  type: HashType,
  reported: string,
  known: string,
  orientation: Orientation = 'as-is',
): BitGrids | undefined {
  const [a, b] = [parseHashValue(type, reported), parseHashValue(type, known)]
  if (HASH_TYPES[type].kind !== 'perceptual' || a === undefined || b === undefined) return undefined
  const words = packed(a)
  const upright = new Uint32Array(words.length)
  if (HASH_TYPES[type].orientable)
    orient(words, 0, inverseOrientation(ORIENTATIONS.indexOf(orientation)), upright, 0)
  else upright.set(words)
  const bits = hexDigits(type) * 4
  const [reportedBits, knownBits] = [bitsOf(upright, bits), bitsOf(packed(b), bits)]
  const differs = reportedBits.map((bit, at) => bit !== knownBits[at])
  return {
    reported: reportedBits,
    known: knownBits,
    differs,
    distanceBits: differs.filter(Boolean).length,
  }
}

const bitsOf = (words: Uint32Array, bits: number): readonly boolean[] =>
  Array.from({ length: bits }, (_, at) => ((words[at >> 5] >>> (31 - (at & 31))) & 1) === 1)
