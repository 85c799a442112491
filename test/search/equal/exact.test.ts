import { seededRandom } from '../../../src/sample/random-hash.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExactIndex } from '../../../src/search/equal/exact.ts'
import { keyedHash } from '../../../src/search/equal/keyed-hash.ts'

const KEY = [0x01234567, 0x89abcdef] as const

/** Few different values, many nearly equal, so that adds, returns and removals meet. */
const valueOf = (number: number, wordsPerValue: number): Uint32Array => {
  const words = new Uint32Array(wordsPerValue).fill(0xffffffff)
  words[number % wordsPerValue] = number
  return words
}

describe.each([4, 5, 8] as const)('ExactIndex of %i words', (wordsPerValue) => {
  test('finds what is known and nothing else, while values come and go', () => {
    const arbitrarySteps = fc.array(fc.tuple(fc.boolean(), fc.nat(300)), { maxLength: 1500, size: 'max' })
    fc.assert(
      fc.property(arbitrarySteps, (steps) => {
        const index = new ExactIndex(wordsPerValue, KEY)
        const ids = new Map<number, number>()
        for (const [adds, number] of steps) {
          const id = ids.get(number)
          if (adds) {
            const given = index.add(valueOf(number, wordsPerValue), 0)
            if (id === undefined) expect([...ids.values()]).not.toContain(given)
            else expect(given).toBe(id)
            ids.set(number, given)
          } else if (id !== undefined) {
            index.remove(id)
            index.remove(id)
            ids.delete(number)
          }
        }
        const queries = new Uint32Array(301 * wordsPerValue)
        for (let number = 0; number <= 300; number++) {
          queries.set(valueOf(number, wordsPerValue), number * wordsPerValue)
        }
        const found = new Int32Array(301)
        index.lookup(queries, found)
        expect([...found]).toEqual(Array.from({ length: 301 }, (_, number) => ids.get(number) ?? -1))
        expect(index.size).toBe(ids.size)
      }),
      { numRuns: 100 },
    )
  })

  test('gives back the values that it was given, from 100,000 of them', () => {
    const random = seededRandom(wordsPerValue)
    const words = Uint32Array.from({ length: 100_000 * wordsPerValue }, () => random() * 2 ** 32)
    const index = new ExactIndex(wordsPerValue, KEY)
    for (let at = 0; at < words.length; at += wordsPerValue) index.add(words, at)
    const found = new Int32Array(100_000)
    index.lookup(words, found)
    expect(found).toEqual(Int32Array.from(found.keys()))
    const copy = new Uint32Array(words.length)
    for (let id = 0; id < 100_000; id++) index.copyValue(id, copy, id * wordsPerValue)
    expect(copy).toEqual(words)
  })

  test('finds what is known and nothing else among 20,000 values, of which each third leaves and returns', () => {
    const random = seededRandom(wordsPerValue)
    const words = Uint32Array.from({ length: 20_000 * wordsPerValue }, () => random() * 2 ** 32)
    const index = new ExactIndex(wordsPerValue, KEY)
    const expected = new Int32Array(20_000)
    for (let value = 0; value < 20_000; value++) expected[value] = index.add(words, value * wordsPerValue)
    const found = new Int32Array(20_000)
    for (let round = 0; round < 12; round++) {
      for (let value = round % 3; value < 20_000; value += 3) {
        if (expected[value] === -1) expected[value] = index.add(words, value * wordsPerValue)
        else {
          index.remove(expected[value])
          expected[value] = -1
        }
      }
      index.lookup(words, found)
      expect(found).toEqual(expected)
      expect(index.size).toBe(expected.filter((id) => id !== -1).length)
    }
  })

  test('takes no more memory after 50,000 values have come and gone one by one than after 100', () => {
    const index = new ExactIndex(wordsPerValue, KEY)
    const value = new Uint32Array(wordsPerValue)
    const live = (numbers: number): void => {
      for (let number = 0; number < numbers; number++) {
        value[0] = number
        index.remove(index.add(value, 0))
      }
    }
    live(100)
    const { bytes } = index
    live(50_000)
    expect(index.bytes).toBe(bytes)
  })

  test('stays quick when values come and go for long', () => {
    const index = new ExactIndex(wordsPerValue, KEY)
    const value = new Uint32Array(wordsPerValue)
    const started = performance.now()
    for (let number = 0; number < 200_000; number++) {
      value[0] = number
      index.remove(index.add(value, 0))
    }
    expect(index.size).toBe(0)
    const out = new Int32Array(1)
    index.lookup(value, out)
    expect(out[0]).toBe(-1)
    // A table that drowned in removed slots would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('removing what was never added is an error that says so', () => {
    expect(() => new ExactIndex(wordsPerValue, KEY).remove(0)).toThrow(RangeError)
  })
})

describe('the place of a value in the table', () => {
  test.each([0, 1, 2, 3])('is as good as random when values differ in word %i alone', (word) => {
    const places = new Uint32Array(4096)
    const value = new Uint32Array(4)
    for (let number = 0; number < places.length; number++) {
      value[word] = number << 20
      places[keyedHash(KEY, value, 0, 4) & 4095]++
    }
    // Of 4,096 balls in as many bins the fullest has about 7.
    expect(Math.max(...places)).toBeLessThan(12)
  })

  test('changes with the key', () => {
    const value = Uint32Array.of(1, 2, 3, 4)
    const places = new Set(Array.from({ length: 64 }, (_, secret) => keyedHash([secret, 0], value, 0, 4)))
    expect(places.size).toBe(64)
  })
})
