import { expect, test } from 'vitest'
import { mannWhitney } from '../../bench/gateway/mann-whitney.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'

test('the statistic is that of a worked example, ties included', () => {
  // U = 0 of 25: all of one sample lie below all of the other. z = -12.5 / sqrt(25 * 11 / 12).
  expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).z).toBeCloseTo(-2.6112, 4)
  expect(mannWhitney([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]).p).toBeCloseTo(0.00902, 4)
  expect(mannWhitney([1, 1, 1], [1, 1, 1])).toEqual({ z: 0, p: expect.closeTo(1, 5) })
  // Ranks 1.5, 1.5, 3.5 of six values in three pairs: U = 6.5 - 6, which 4.5 is the mean of.
  expect(mannWhitney([1, 1, 2], [2, 3, 3]).z).toBeCloseTo(-4 / Math.sqrt((9 / 12) * (7 - 18 / 30)), 6)
})

test('samples of one distribution differ by chance alone, and a small shift of one is found', () => {
  const random = seededRandom(7)
  const sample = (shift: number): readonly number[] =>
    Array.from({ length: 20_000 }, () => -Math.log(1 - random()) + shift)
  expect(mannWhitney(sample(0), sample(0)).p).toBeGreaterThan(0.001)
  expect(mannWhitney(sample(0.05), sample(0)).p).toBeLessThan(0.001)
})
