// The Hamming distance of packed values.

/** Number of set bits in a 32-bit word (Hacker's Delight, 2nd ed., figure 5-2). */
export function popcount32(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Hamming distance in bits of two packed values of `count` words, at `a[atA]` and `b[atB]`. */
export function hammingDistance(a: Uint32Array, atA: number, b: Uint32Array, atB: number, count = 8): number {
  let distanceBits = 0
  for (let word = 0; word < count; word++) distanceBits += popcount32(a[atA + word] ^ b[atB + word])
  return distanceBits
}
