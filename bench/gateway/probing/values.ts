// Made-up perceptual hashes as they are printed, and altered copies of them.
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
