// Made-up hashes for samples, tests and benchmarks. No picture stands behind them. Randomness is a parameter,
// so that a seed reproduces them.

import { popcount32 } from '../hash/distance.ts'
import { unpackHex, type HashValue } from '../hash/hash-value.ts'

/** Like Math.random: a number from 0 to below 1. */
export type Random = () => number

const BITS = 256
const WORDS = BITS / 32

const randomBit = (random: Random): number => Math.floor(random() * BITS)

/**
 * Writes a random hash of 8 words to `to[at]` with exactly 128 bits set, as every PDQ hash has (its threshold is
 * the median): all such hashes are equally likely.
 */
export function writeBalancedHash(random: Random, to: Uint32Array, at: number): void {
  let excess = -BITS / 2
  for (let word = at; word < at + WORDS; word++) {
    to[word] = Math.floor(random() * 2 ** 32)
    excess += popcount32(to[word])
  }
  // Some 8 bits too many or too few: drawing only those keeps it uniform and takes a tenth of a shuffle's time.
  const surplus = excess > 0 ? 1 : 0
  while (excess !== 0) {
    const bit = randomBit(random)
    const word = at + (bit >>> 5)
    if (((to[word] >>> (bit & 31)) & 1) !== surplus) continue
    to[word] ^= 1 << (bit & 31)
    excess += surplus === 1 ? -1 : 1
  }
}

/** A random hash of exactly 128 set bits, printed. */
export function randomBalancedHash(random: Random): HashValue {
  const words = new Uint32Array(WORDS)
  writeBalancedHash(random, words, 0)
  return unpackHex(words, 0, WORDS)
}

/**
 * Writes to `to[toAt]` a random hash exactly `distanceBits` from the 8 words at `from[at]`, whose set and clear
 * bits are flipped in turn: so a balanced hash stays balanced at even distances. `distanceBits` must be at most
 * twice the number of set bits, and of clear ones.
 */
export function writeNearHash(
  random: Random,
  from: Uint32Array,
  at: number,
  distanceBits: number,
  to: Uint32Array,
  toAt: number,
): void {
  const original = from.slice(at, at + WORDS)
  to.set(original, toAt)
  for (let flipped = 0; flipped < distanceBits;) {
    const bit = randomBit(random)
    const word = bit >>> 5
    const mask = 1 << (bit & 31)
    const wasSet = (original[word] & mask) !== 0 ? 1 : 0
    const untouched = ((to[toAt + word] ^ original[word]) & mask) === 0
    if (wasSet !== (flipped & 1) || !untouched) continue
    to[toAt + word] ^= mask
    flipped++
  }
}

/** A reproducible stream of random numbers: mulberry32 by Tommy Ettinger (public domain), for any 32-bit seed. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
