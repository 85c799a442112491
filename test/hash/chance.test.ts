import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chanceOfPair, expectedByChance } from '../../src/hash/chance.ts'

describe('the chance that an unrelated pair matches', () => {
  test.each([
    ['pdq', 70, 9e-9],
    ['pdq', 80, 2.5e-7],
    ['pdq', 90, 7e-6],
    ['pdq', 96, 9e-5],
    ['pdq', 128, 0.5],
    ['blockhash', 10, 2.6e-6],
    ['blockhash', 20, 2e-5],
    ['blockhash', 31, 8.5e-5],
    ['blockhash', 128, 0.5],
  ] as const)('of %s at %i bits is what was measured, %d', (type, distanceBits, share) => {
    expect(chanceOfPair(type, distanceBits) / share).toBeCloseTo(1, 9)
  })

  test.each(['pdq', 'blockhash'] as const)('of %s grows with the distance and is a probability', (type) => {
    fc.assert(
      fc.property(fc.nat(255), (distanceBits) => {
        const chance = chanceOfPair(type, distanceBits)
        expect(chance).toBeGreaterThan(0)
        expect(chanceOfPair(type, distanceBits + 1)).toBeGreaterThanOrEqual(chance)
        expect(chanceOfPair(type, distanceBits + 1)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('of a PDQ hash at 31 bits is far below what any list is long', () => {
    expect(chanceOfPair('pdq', 31)).toBeLessThan(1e-12)
  })

  test.each([
    ['md5', 128],
    ['sha1', 160],
    ['sha256', 256],
  ] as const)('of %s is one in 2^%i', (type, bits) => {
    expect(chanceOfPair(type, 0)).toBe(2 ** -bits)
  })
})

test('matches to expect grow with the known values and the orientations searched', () => {
  const one = expectedByChance('pdq', 80, 1, 1)
  expect(one).toBe(chanceOfPair('pdq', 80))
  expect(expectedByChance('pdq', 80, 1_000_000, 8) / (8_000_000 * one)).toBeCloseTo(1, 9)
})
