import { describe, expect, it } from 'vitest'
import { TABLES_STRATEGIES } from '../../../src/search/wasm/cost-model.ts'
import { KernelIndex } from '../../../src/search/wasm/kernel-index.ts'
import type { SearchTuning } from '../../../src/search/wasm/search-tuning.ts'
import type { RadiusQuery } from '../../../src/search/hamming-index.ts'
import { bruteForce, matchLines } from '../matches-oracle.ts'
import {
  crowdedValues,
  distinct,
  nearQueries,
  randomValues,
  wordSource,
} from '../../../src/sample/value-sets.ts'

const STRATEGIES = [undefined, 'flat', ...TABLES_STRATEGIES] as const

/** Sixteen-bit chunk 0 of every value the same, so that one bucket holds all. */
function floodedValues(count: number, next: () => number): Uint32Array {
  const values = randomValues(count, next)
  // Rows i = 0 and 2, even j: the bits of the first chunk (see kernel/classes.ts).
  for (let at = 0; at < values.length; at += 8) {
    values[at + 7] &= ~0x5555
    values[at + 6] &= ~0x5555
  }
  return values
}

function clusteredValues(count: number, next: () => number): Uint32Array {
  const parts: number[] = []
  for (let cluster = 0; cluster < count / 50; cluster++) parts.push(...crowdedValues(50, 24, next))
  return distinct(Uint32Array.from(parts))
}

const SETS: Record<string, (next: () => number) => Uint32Array> = {
  'random values': (next) => randomValues(1500, next),
  'clusters of near-duplicates': (next) => clusteredValues(1500, next),
  'values all within 60 bits of each other': (next) => crowdedValues(1200, 30, next),
  'a flooded bucket': (next) => floodedValues(1500, next),
  'no value': () => new Uint32Array(0),
  'one value': (next) => randomValues(1, next),
}

function expectSame(
  values: Uint32Array,
  { flat, multi, tuning }: { flat: KernelIndex; multi: KernelIndex; tuning: SearchTuning },
  queries: Uint32Array,
  query: RadiusQuery,
): void {
  const expected = bruteForce(values, queries, query)
  expect(matchLines(flat.search(queries, query))).toEqual(expected)
  for (const strategy of STRATEGIES) {
    tuning.strategy = strategy
    expect(matchLines(multi.search(queries, query)), strategy).toEqual(expected)
  }
}

describe.each(Object.entries(SETS))('%s', (name, make) => {
  const next = wordSource(name.length)
  const values = make(next)
  const tuning: SearchTuning = {}
  const indices = {
    flat: KernelIndex.flat(values),
    multi: KernelIndex.withTables(values, { tuning }),
    tuning,
  }

  it('gives exactly what brute force gives at every radius that tables serve', () => {
    for (let radius = 0; radius <= 79; radius += radius < 66 ? 1 : 6) {
      const queries = nearQueries(values, 12, () => (radius - (next() % 3) + 256) % 256, 1, next)
      expectSame(values, indices, queries, { maxDistanceBits: radius, limit: 5 })
    }
  })

  it('gives exactly what brute force gives at greater radii', () => {
    const queries = nearQueries(values, 4, () => 90, 1, next)
    for (const radius of [90, 128, 200, 255, 256, 300]) {
      expectSame(values, indices, queries, { maxDistanceBits: radius, limit: Infinity })
    }
  })

  it('finds mirrored and turned copies, each once, at its least distance', () => {
    for (const mask of [0xff, 0x0e, 0x0f, 0xf0, 0x10, 0x24, 0x02, 0x01]) {
      for (const [radius, turned] of [
        [31, 31],
        [31, 44],
        [40, 12],
        [0, 47],
        [20, 0],
      ] as const) {
        const queries = nearQueries(values, 12, () => next() % 40, 8, next)
        expectSame(values, indices, queries, {
          maxDistanceBits: radius,
          orientations: { mask, maxDistanceBits: turned },
          limit: 64,
        })
      }
    }
  })
})

describe('removal by sequence number', () => {
  it('takes a value out of every answer read at its removal or later, and of none read before', () => {
    const next = wordSource(7)
    const values = crowdedValues(600, 20, next)
    const queries = nearQueries(values, 20, () => next() % 20, 1, next)
    const query = { maxDistanceBits: 31, limit: Infinity }
    const removedAt = new Map<number, number>()
    const tuning: SearchTuning = {}
    for (const index of [KernelIndex.flat(values), KernelIndex.withTables(values, { tuning })]) {
      for (let id = 0; id < values.length / 8; id += 3) {
        removedAt.set(id, (id % 50) + 1)
        index.remove(id, (id % 50) + 1)
      }
      expect(index.size).toBe(values.length / 8 - removedAt.size)
      for (const readAt of [0, 1, 25, 50, 51]) {
        const live = (id: number): boolean => (removedAt.get(id) ?? Infinity) > readAt
        const expected = bruteForce(values, queries, query, live)
        for (const strategy of STRATEGIES) {
          tuning.strategy = strategy
          expect(matchLines(index.searchAt(readAt, queries, query))).toEqual(expected)
        }
      }
    }
  })
})

describe('a large set', () => {
  it('gives back every planted neighbour, however it is searched', () => {
    const next = wordSource(100)
    const values = randomValues(100_000, next)
    const queries = nearQueries(values, 4000, () => next() % 32, 1, next)
    const query = { maxDistanceBits: 31, limit: 64 }
    const expected = matchLines(KernelIndex.flat(values).search(queries, query))
    expect(expected.lines.length).toBe(2000)
    const tuning: SearchTuning = {}
    const multi = KernelIndex.withTables(values, { tuning })
    for (const strategy of TABLES_STRATEGIES) {
      tuning.strategy = strategy
      expect(matchLines(multi.search(queries, query))).toEqual(expected)
    }
  })
})
