import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeKnownSet, SET_NAMES } from '../../bench/search/known-sets.ts'
import { countFound, NOT_PLANTED, plantQueries } from '../../bench/search/planted-queries.ts'
import { orient } from '../../src/hash/orientation.ts'
import { distanceOf256 } from '../../src/search/plain/bit-counts.ts'
import { toClassOrder } from '../../src/search/wasm/class-order.ts'
import { JsFlatIndex } from '../../src/search/plain/js-flat.ts'

const SIZE = 2000
const setName = fc.constantFrom(...SET_NAMES)

const distance = (values: Uint32Array, a: number, b: number): number =>
  distanceOf256(values, a * 8, values, b * 8)

/** In how many of the sixteen 16-bit chunks all values agree. */
const sharedChunks = (words: Uint32Array): number => {
  const chunks = new Uint16Array(words.buffer)
  return Array.from({ length: 16 }, (_, chunk) => chunk).filter((chunk) =>
    chunks.every((bits, n) => n % 16 !== chunk || bits === chunks[chunk]),
  ).length
}

describe('a known set for measuring', () => {
  test.for(SET_NAMES)('%s: holds different values, the same each time', (name) => {
    const values = makeKnownSet(name, SIZE)
    const different = new Set(Array.from({ length: SIZE }, (_, n) => values.slice(n * 8, n * 8 + 8).join()))
    expect(different.size).toBe(SIZE)
    expect(makeKnownSet(name, SIZE)).toEqual(values)
  })

  test('natural: a fifth of the values have near-duplicates, no more', () => {
    const values = makeKnownSet('natural', SIZE)
    let grouped = 0
    for (let n = 0; n < SIZE; n++) {
      for (let other = 0; other < SIZE; other++) {
        if (n === other || distance(values, n, other) > 48) continue
        grouped++
        break
      }
    }
    // The last group may be cut to a single value.
    expect(grouped).toBeGreaterThanOrEqual(SIZE / 5 - 1)
    expect(grouped).toBeLessThanOrEqual(SIZE / 5)
  })

  test('crowd: all values are within 60 bits of each other', () => {
    const values = makeKnownSet('crowd', SIZE)
    const place = fc.nat(SIZE - 1)
    fc.assert(fc.property(place, place, (a, b) => distance(values, a, b) <= 60))
  })

  test('flood: all values share one chunk, in our order of bits and in the plain one', () => {
    const values = makeKnownSet('flood', SIZE)
    const ordered = new Uint32Array(values.length)
    for (let at = 0; at < values.length; at += 8) toClassOrder(values, at, ordered, at)
    expect([sharedChunks(ordered), sharedChunks(values)]).toEqual([1, 1])
  })
})

describe('planted queries', () => {
  test('every other query is so many bits from the known value it was made from, in an orientation asked for', () => {
    fc.assert(
      fc.property(
        setName,
        fc.integer({ min: 0, max: 64 }),
        fc.integer({ min: 1, max: 255 }),
        (name, radius, mask) => {
          const values = makeKnownSet(name, 50)
          const { words, ids, distances } = plantQueries(values, 20, radius, mask)
          for (let query = 0; query < 20; query++) {
            expect(ids[query] === NOT_PLANTED).toBe(query % 2 === 1)
            if (query % 2 === 1) continue
            const turned = new Uint32Array(8)
            const found = [0, 1, 2, 3, 4, 5, 6, 7].some((orientation) => {
              orient(values, ids[query] * 8, orientation, turned, 0)
              return (
                (mask & (1 << orientation)) !== 0 &&
                distanceOf256(turned, 0, words, query * 8) === distances[query] &&
                distances[query] <= radius
              )
            })
            expect(found).toBe(true)
          }
        },
      ),
    )
  })

  test('a value that an answer lacks is noticed, one that nearer ones pushed out is not held against it', () => {
    const values = makeKnownSet('crowd', 500)
    const planted = plantQueries(values, 100, 31, 1)
    const index = new JsFlatIndex()
    for (let at = 0; at < values.length; at += 8) index.add(values, at)
    const whole = { planted: 0, found: 0 }
    countFound(
      whole,
      index,
      index.search(planted.words, { maxDistanceBits: 31, limit: Infinity }),
      values,
      planted,
      0,
    )
    expect(whole).toEqual({ planted: 50, found: 50 })

    const cut = { planted: 0, found: 0 }
    countFound(cut, index, index.search(planted.words, { maxDistanceBits: 31, limit: 1 }), values, planted, 0)
    expect(cut.found).toBe(cut.planted)
    expect(cut.planted).toBeGreaterThan(0)

    const lacking = { planted: 0, found: 0 }
    countFound(
      lacking,
      index,
      index.search(planted.words, { maxDistanceBits: 15, limit: 64 }),
      values,
      planted,
      0,
    )
    expect(lacking.found).toBeLessThan(lacking.planted)
  })
})
