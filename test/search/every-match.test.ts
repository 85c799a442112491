import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EveryMatch } from '../../src/search/every-match.ts'
import type { HammingIndex, Matches, RadiusQuery } from '../../src/search/hamming-index.ts'
import { buildIndex, INDEX_KINDS, type IndexKind } from '../../src/search/index-kind.ts'
import {
  crowdedValues,
  distinct,
  nearQueries,
  randomValues,
  wordSource,
} from '../../src/sample/value-sets.ts'
import { bruteForce, type MatchLine } from './matches-oracle.ts'

type Question = Omit<RadiusQuery, 'limit'>

function everyLine(everyMatch: EveryMatch, queries: Uint32Array): MatchLine[] {
  const lines: MatchLine[] = []
  for (const { query, matches, from, to } of everyMatch.find(queries)) {
    for (let at = from; at < to; at++) {
      lines.push([query, matches.ids[at], matches.distances[at], matches.orientations[at]])
    }
  }
  return lines
}

const radius = fc.oneof(fc.nat(64), fc.constantFrom(0, 31, 256), fc.nat(256))
const question: fc.Arbitrary<Question> = fc.oneof(
  fc.record({ maxDistanceBits: radius }),
  radius.map((maxDistanceBits) => ({ maxDistanceBits, orientations: { mask: 0xff, maxDistanceBits } })),
)

describe.each(INDEX_KINDS)('%s', (kind: IndexKind) => {
  test('gives every pair that brute force gives, in its order, however few matches may be held', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 90 }),
        question,
        fc.integer({ min: 1, max: 400 }),
        (seed, size, asked, mostHeld) => {
          const next = wordSource(seed)
          const crowd = crowdedValues(size, 40, next)
          const values = distinct(Uint32Array.of(...crowd, ...randomValues(20, next)))
          const queries = nearQueries(values, 130, () => next() % 40, 8, next)
          const everyMatch = new EveryMatch(buildIndex(kind, values), asked, mostHeld)
          const expected = bruteForce(values, queries, { ...asked, limit: Infinity }).lines
          expect(everyLine(everyMatch, queries)).toEqual(expected)
          // Again, now that it knows how many matches to expect.
          expect(everyLine(everyMatch, queries)).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([0, 1])('a set of %i values is searched like any other', (size) => {
    const values = new Uint32Array(size * 8)
    const everyMatch = new EveryMatch(buildIndex(kind, values), { maxDistanceBits: 256 })
    expect(everyLine(everyMatch, new Uint32Array(0))).toEqual([])
    expect(everyLine(everyMatch, new Uint32Array(16).fill(1))).toHaveLength(2 * size)
  })
})

/** Passes searches on to an index and keeps the sizes of its answers. */
class Watched implements HammingIndex {
  readonly #index: HammingIndex
  readonly answers: number[] = []

  constructor(index: HammingIndex) {
    this.#index = index
  }

  get size(): number {
    return this.#index.size
  }

  search(queries: Uint32Array, query: RadiusQuery): Matches {
    const matches = this.#index.search(queries, query)
    this.answers.push(matches.ids.length)
    return matches
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#index.estimateMicros(queryCount, query)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#index.copyValue(id, to, at)
  }
}

test('where everything matches everything no answer is larger than allowed, and few are asked for', () => {
  const next = wordSource(3)
  const values = randomValues(500, next)
  const index = new Watched(buildIndex('multi-index', values))
  const lines = everyLine(new EveryMatch(index, { maxDistanceBits: 256 }, 10_000), randomValues(2_000, next))
  expect(lines).toHaveLength(1_000_000)
  expect(Math.max(...index.answers)).toBeLessThanOrEqual(10_000)
  // Of 500 matches each, at most 20 queries fit; half of that is aimed at.
  expect(index.answers.length).toBeLessThan(250)
})
