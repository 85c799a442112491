// Made-up perceptual hashes, and copies of them.
import { packed, unpackHex, type HashValue } from '../../../src/hash/hash-value.ts'
import { randomBalancedHash, type Random } from '../../../src/sample/random-hash.ts'

const BITS = 256

export const randomValue = (random: Random): HashValue => randomBalancedHash(random)

/** The value with this number of different bits flipped, by chance. */
export function flipped(value: HashValue, bits: number, random: Random): HashValue {
  const words = packed(value)
  const chosen = new Set<number>()
  while (chosen.size < bits) chosen.add(Math.floor(random() * BITS))
  for (const bit of chosen) words[bit >>> 5] ^= 1 << (bit & 31)
  return unpackHex(words, 0, words.length)
}

/** The same values as those of another picture: each as far from each other as before. */
export function moved(values: readonly HashValue[], random: Random): readonly HashValue[] {
  const by = packed(randomValue(random))
  return values.map((value) => {
    const words = packed(value)
    for (const [at, word] of by.entries()) words[at] ^= word
    return unpackHex(words, 0, words.length)
  })
}
