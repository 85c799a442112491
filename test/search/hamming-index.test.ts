import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ORIENTATIONS, orient } from '../../src/hash/orientation.ts'
import { seededRandom, writeBalancedHash, writeNearHash } from '../../src/sample/random-hash.ts'
import { BkTree } from '../../src/search/plain/bk-tree.ts'
import { JsFlatIndex } from '../../src/search/plain/js-flat.ts'
import type { MutableHammingIndex } from '../../src/search/hamming-index.ts'
import { TABLES_STRATEGIES, type Strategy } from '../../src/search/wasm/cost-model.ts'
import { DynamicIndex } from '../../src/search/dynamic/dynamic-index.ts'
import { bruteForce } from './brute-force.ts'
import { smallArena } from './wasm/small-arena.ts'
import { arbitraryLife, arbitraryValue, concatenated, type Round } from './value-sets.ts'

/** Lives through the rounds; after each the index must answer as brute force does. */
function live(index: MutableHammingIndex, rounds: readonly Round[]): void {
  const known = new Map<number, Uint32Array>()
  for (const { add, remove, queries, asked } of rounds) {
    const texts = new Set([...known.values()].map(String))
    for (const value of add) {
      if (texts.has(String(value))) continue
      texts.add(String(value))
      known.set(index.add(value, 0), value)
    }
    for (const place of remove) {
      const ids = [...known.keys()]
      if (ids.length === 0) break
      const id = ids[place % ids.length]
      index.remove(id)
      known.delete(id)
    }
    expect(index.size).toBe(known.size)
    const batch = concatenated(queries)
    expect(index.search(batch, asked)).toEqual(bruteForce(batch, known, asked))
  }
}

/** Of sets so small that by itself it would look into none of its tables. */
function dynamicIndex(strategy: Strategy, cachedAnswers = 0): DynamicIndex {
  return new DynamicIndex({
    building: 'inline',
    tailValues: 7,
    createArena: smallArena(50),
    cachedAnswers,
    tuning: { strategy },
  })
}

test('kept answers are never out of date, whatever is added and removed between two times that a value is asked', () => {
  fc.assert(
    fc.property(arbitraryLife, (rounds) => {
      const index = dynamicIndex('direct', 40)
      const queries = rounds.flatMap((round) => round.queries)
      // Every question is asked in every round, and twice in each.
      live(
        index,
        rounds.flatMap((round) => [
          { ...round, queries },
          { ...round, queries, asked: rounds[0].asked, add: [], remove: [] },
        ]),
      )
    }),
    { numRuns: 60 },
  )
})

/** Values all `2` bits from each other: a BK-tree of one branch, 255 deep. */
function equidistantValues(): Uint32Array[] {
  return Array.from({ length: 256 }, (_, bit) => {
    const value = new Uint32Array(8)
    value[bit >>> 5] = 1 << (bit & 31)
    return value
  })
}

describe.each<[string, () => MutableHammingIndex]>([
  ['JsFlatIndex', () => new JsFlatIndex()],
  ['BkTree', () => new BkTree()],
  ...(['flat', ...TABLES_STRATEGIES] as const).map((strategy): [string, () => MutableHammingIndex] => [
    `DynamicIndex, ${strategy}`,
    () => dynamicIndex(strategy),
  ]),
])('%s', (name, create) => {
  test('answers as brute force does, at every radius, limit and set of orientations, while values come and go', () => {
    fc.assert(
      fc.property(arbitraryLife, (rounds) => live(create(), rounds)),
      // An index with tables takes 30 ms to make.
      { numRuns: name.includes('Dynamic') ? 60 : 150 },
    )
  })

  test('an empty index and an empty batch give an empty answer', () => {
    const index = create()
    const nothing = {
      ids: new Uint32Array(0),
      distances: new Uint16Array(0),
      orientations: new Uint8Array(0),
    }
    expect(index.search(new Uint32Array(16), { maxDistanceBits: 256, limit: Infinity })).toEqual({
      counts: new Uint32Array(2),
      starts: new Uint32Array(3),
      ...nothing,
    })
    index.add(new Uint32Array(8), 0)
    expect(index.search(new Uint32Array(0), { maxDistanceBits: 256, limit: Infinity })).toEqual({
      counts: new Uint32Array(0),
      starts: new Uint32Array(1),
      ...nothing,
    })
  })

  test('a turned or mirrored copy is found with the name of what was done to the known picture', () => {
    fc.assert(
      fc.property(arbitraryValue, fc.nat(7), (known, orientation) => {
        const index = create()
        index.add(known, 0)
        const reported = new Uint32Array(8)
        orient(known, 0, orientation, reported, 0)
        const orientations = { mask: 1 << orientation, maxDistanceBits: 0 }
        const matches = index.search(reported, { maxDistanceBits: 0, orientations, limit: 1 })
        expect(matches.counts[0]).toBe(1)
        // A symmetric value may be found as it is.
        expect([0, orientation]).toContain(matches.orientations[0])
      }),
    )
    expect(ORIENTATIONS).toHaveLength(8)
  })

  test('values all equally far from each other are all found', () => {
    const values = equidistantValues()
    const asked = { maxDistanceBits: 2, limit: Infinity }
    live(create(), [{ add: values, remove: [], queries: values.slice(0, 3), asked }])
    live(create(), [{ add: values, remove: [0, 7, 200], queries: values.slice(0, 3), asked }])
  })

  test('a value that was removed and comes back is found again, under a new id', () => {
    const index = create()
    const value = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    index.add(new Uint32Array(8), 0)
    let id = index.add(value, 0)
    for (let times = 0; times < 3000; times++) {
      index.remove(id)
      const next = index.add(value, 0)
      expect(next).toBeGreaterThan(id)
      id = next
    }
    expect(index.size).toBe(2)
    expect([...index.search(value, { maxDistanceBits: 0, limit: Infinity }).ids]).toEqual([id])
  })

  test('removing twice changes nothing, and removing what was never added is an error that says so', () => {
    const index = create()
    const id = index.add(new Uint32Array(8), 0)
    index.remove(id)
    index.remove(id)
    expect(index.size).toBe(0)
    expect(() => index.remove(1)).toThrow(RangeError)
    expect(() => index.remove(-1)).toThrow(/id -1/)
  })

  test('gives back the values that it was given', () => {
    fc.assert(
      fc.property(fc.array(arbitraryValue, { minLength: 1 }), (values) => {
        const index = create()
        const ids = values.map((value) => index.add(concatenated([value, value]), 8))
        const copy = new Uint32Array(10)
        for (const [place, id] of ids.entries()) {
          index.copyValue(id, copy, 2)
          expect(copy.subarray(2)).toEqual(values[place])
        }
      }),
    )
  })

  test('expects a search to take longer for more queries, values and orientations', () => {
    const index = create()
    const asked = { maxDistanceBits: 31, limit: 64 }
    expect(index.estimateMicros(1000, asked)).toBe(0)
    const estimates: number[] = []
    for (const value of equidistantValues()) {
      index.add(value, 0)
      estimates.push(index.estimateMicros(10, asked))
    }
    expect(estimates).toEqual(estimates.toSorted((a, b) => a - b))
    expect(index.estimateMicros(20, asked)).toBeGreaterThan(index.estimateMicros(10, asked))
    const oriented = { ...asked, orientations: { mask: 0xfe, maxDistanceBits: 31 } }
    expect(index.estimateMicros(10, oriented)).toBeGreaterThan(index.estimateMicros(10, asked))
  })
})

describe('JsFlatIndex and BkTree', () => {
  test.each([0, 4, 16, 31, 44, 64, 100])('agree among 5,000 values at radius %i', (maxDistanceBits) => {
    const random = seededRandom(maxDistanceBits)
    const flat = new JsFlatIndex()
    const tree = new BkTree()
    const known = new Uint32Array(5000 * 8)
    for (let at = 0; at < known.length; at += 8) {
      writeBalancedHash(random, known, at)
      expect(tree.add(known, at)).toBe(flat.add(known, at))
    }
    const queries = new Uint32Array(100 * 8)
    for (let at = 0; at < queries.length; at += 8) {
      const near = new Uint32Array(8)
      writeNearHash(random, known, at * 3, Math.floor(random() * (maxDistanceBits + 1)), near, 0)
      orient(near, 0, (at >>> 3) & 7, queries, at)
    }
    const orientations = { mask: 0xfe, maxDistanceBits }
    const asked = { maxDistanceBits, orientations, limit: 64 }
    const matches = flat.search(queries, asked)
    expect(Math.min(...matches.counts)).toBeGreaterThan(0)
    expect(tree.search(queries, asked)).toEqual(matches)
  })
})
