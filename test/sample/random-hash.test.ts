import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hammingDistance } from '../../src/hash/distance.ts'
import { seededRandom, writeBalancedHash, writeNearHash } from '../../src/sample/random-hash.ts'

const NOTHING = new Uint32Array(8)
const setBits = (words: Uint32Array, at = 0): number => hammingDistance(words, at, NOTHING, 0)

test('a balanced hash has exactly half of its bits set', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const words = new Uint32Array(10).fill(7)
      writeBalancedHash(seededRandom(seed), words, 1)
      expect(setBits(words, 1)).toBe(128)
      expect([words[0], words[9]]).toEqual([7, 7])
    }),
  )
})

test('every bit of a balanced hash is set in half of them', () => {
  const random = seededRandom(1)
  const often = new Uint32Array(256)
  const words = new Uint32Array(8)
  for (let times = 0; times < 4000; times++) {
    writeBalancedHash(random, words, 0)
    for (let bit = 0; bit < 256; bit++) often[bit] += (words[bit >>> 5] >>> (bit & 31)) & 1
  }
  // 2,000 ± 32: five deviations.
  expect(Math.min(...often)).toBeGreaterThan(1840)
  expect(Math.max(...often)).toBeLessThan(2160)
})

function hash(seed: number): string {
  const words = new Uint32Array(8)
  writeBalancedHash(seededRandom(seed), words, 0)
  return String(words)
}

test('the same seed gives the same hash, another seed another', () => {
  expect(hash(5)).toBe(hash(5))
  expect(hash(5)).not.toBe(hash(6))
})

test('a near hash is as far as it was told, and still balanced at an even distance', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(256), (seed, distanceBits) => {
      const random = seededRandom(seed)
      const words = new Uint32Array(16)
      writeBalancedHash(random, words, 0)
      writeNearHash(random, words, 0, distanceBits, words, 8)
      expect(hammingDistance(words, 0, words, 8)).toBe(distanceBits)
      expect(setBits(words, 8)).toBe(128 + (distanceBits % 2))
    }),
  )
})
