// Made-up perceptual hashes as they are printed, and copies of them.
import { randomBalancedHash, type Random } from '../../../src/sample/random-hash.ts'

const BITS = 256

export const randomValue = (random: Random): string => randomBalancedHash(random)

/** The value with this number of different bits flipped, by chance. */
export function flipped(value: string, bits: number, random: Random): string {
  const bytes = Buffer.from(value, 'hex')
  const chosen = new Set<number>()
  while (chosen.size < bits) chosen.add(Math.floor(random() * BITS))
  for (const bit of chosen) bytes[bit >>> 3] ^= 1 << (bit & 7)
  return bytes.toString('hex')
}

/** The same values as those of another picture: each as far from each other as before. */
export function moved(values: readonly string[], random: Random): readonly string[] {
  const by = Buffer.from(randomValue(random), 'hex')
  return values.map((value) => {
    const bytes = Buffer.from(value, 'hex')
    for (const [at, byte] of by.entries()) bytes[at] ^= byte
    return bytes.toString('hex')
  })
}
