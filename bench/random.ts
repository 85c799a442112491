import type { Random } from '../src/hash/random-hash.ts'

/** Numbers from 0 to below 1 that the seed determines (splitmix32 by Steele, Lea and Flood: 2³² before it repeats). */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let bits = state ^ (state >>> 16)
    bits = Math.imul(bits, 0x21f0aaad)
    bits ^= bits >>> 15
    bits = Math.imul(bits, 0x735a2d97)
    bits ^= bits >>> 15
    return (bits >>> 0) / 2 ** 32
  }
}
