import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hammingDistance, popcount32 } from '../../src/hash/distance.ts'

const arbitraryWord = fc.integer({ min: 0, max: 0xffffffff })
const ones = (word: number): number => word.toString(2).replaceAll('0', '').length

test('the number of set bits of a word, signed or not, is that of its binary digits', () => {
  fc.assert(
    fc.property(arbitraryWord, (word) => {
      expect(popcount32(word)).toBe(ones(word))
      expect(popcount32(word | 0)).toBe(ones(word))
    }),
  )
  expect([0, 1, 0x80000000, 0xffffffff].map(popcount32)).toEqual([0, 1, 1, 32])
})

test('the distance of two values is the number of binary digits in which they differ', () => {
  const arbitraryPair = fc
    .constantFrom(4, 5, 8)
    .chain((count) =>
      fc.array(fc.tuple(arbitraryWord, arbitraryWord), { minLength: count, maxLength: count }),
    )
  fc.assert(
    fc.property(arbitraryPair, fc.nat(3), fc.nat(3), (pair, atA, atB) => {
      const a = new Uint32Array(pair.length + 3)
      const b = new Uint32Array(pair.length + 3)
      let naive = 0
      for (const [word, [ofA, ofB]] of pair.entries()) {
        a[atA + word] = ofA
        b[atB + word] = ofB
        naive += ones((ofA ^ ofB) >>> 0)
      }
      expect(hammingDistance(a, atA, b, atB, pair.length)).toBe(naive)
    }),
  )
})

test('values of 256 bits need no count', () => {
  expect(hammingDistance(new Uint32Array(8), 0, new Uint32Array(8).fill(0xffffffff), 0)).toBe(256)
})
