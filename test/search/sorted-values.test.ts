import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unpackHex } from '../../src/hash/hash-value.ts'
import { sortDistinct } from '../../src/search/sorted-values.ts'
import { concatenated } from './value-sets.ts'

/** Words of few different values, so that values tie in many of their words. */
const arbitraryWords = (count: number): fc.Arbitrary<Uint32Array> =>
  fc
    .array(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), { minLength: count, maxLength: count })
    .map((words) => Uint32Array.from(words))

const printed = (values: Uint32Array, words: number): string[] =>
  Array.from({ length: values.length / words }, (_, place) => unpackHex(values, place * words, words))

test('values are put in the order of their printed forms, each once', () => {
  fc.assert(
    fc.property(fc.array(arbitraryWords(8), { maxLength: 200, size: 'max' }), (values) => {
      const joined = concatenated(values)
      expect(printed(sortDistinct(joined), 8)).toEqual([...new Set(printed(joined, 8))].sort())
    }),
  )
})

test('values of other widths too', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryWords(1), { maxLength: 40 }),
      fc.constantFrom(1, 2, 4, 5),
      (values, words) => {
        const whole = values.slice(0, values.length - (values.length % words))
        const joined = Uint32Array.from(whole, ([word]) => word)
        expect(printed(sortDistinct(joined, words), words)).toEqual(
          [...new Set(printed(joined, words))].sort(),
        )
      },
    ),
  )
})
