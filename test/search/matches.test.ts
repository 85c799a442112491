import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MatchCollector } from '../../src/search/matches.ts'

/** Values whose order is that of their ids backwards, and whose first words are equal in threes. */
const index = {
  copyValue(id: number, to: Uint32Array, at: number): void {
    to.fill(0, at, at + 8)
    to[at] = 0xffffffff - Math.floor(id / 3)
    to[at + 7] = 0xffffffff - id
  },
}

interface Offer {
  readonly query: number
  readonly id: number
  readonly distance: number
  readonly orientation: number
}

const arbitraryOffers = fc.uniqueArray(
  fc.record({
    query: fc.nat(3),
    id: fc.nat(400),
    distance: fc.oneof(fc.nat(256), fc.constantFrom(0, 4)),
    orientation: fc.nat(7),
  }),
  { selector: ({ query, id }) => query * 1000 + id, minLength: 0, maxLength: 600, size: 'max' },
)

function expected(offers: readonly Offer[], limit: number) {
  const queries = [0, 1, 2, 3].map((query) => offers.filter((offer) => offer.query === query))
  const best = queries.map((all) =>
    all.toSorted((a, b) => a.distance - b.distance || b.id - a.id).slice(0, limit),
  )
  return { counts: queries.map((all) => all.length), best }
}

function collected(offers: readonly Offer[], limit: number) {
  const collector = new MatchCollector(4, limit, index)
  for (const { query, id, distance, orientation } of offers) collector.offer(query, id, distance, orientation)
  const { counts, starts, ids, distances, orientations } = collector.finish()
  const best = [0, 1, 2, 3].map((query) =>
    Array.from({ length: starts[query + 1] - starts[query] }, (_, place) => {
      const at = starts[query] + place
      return { query, id: ids[at], distance: distances[at], orientation: orientations[at] }
    }),
  )
  expect(ids).toHaveLength(starts[4])
  return { counts: [...counts], best }
}

test('counts every match and keeps the best of each query by distance, then known value, in whatever order they come', () => {
  fc.assert(
    fc.property(arbitraryOffers, fc.constantFrom(0, 1, 3, 64, Infinity), (offers, limit) => {
      expect(collected(offers, limit)).toEqual(expected(offers, limit))
    }),
    { numRuns: 300 },
  )
})

test.each(['nearest first', 'nearest last'])(
  'a query with 200,000 matches gives the best three, %s',
  (order) => {
    const offers = Array.from({ length: 200_000 }, (_, id) => ({
      query: 2,
      id,
      distance: Math.floor(id / 1000),
      orientation: 0,
    }))
    if (order === 'nearest last') offers.reverse()
    const { counts, best } = collected(offers, 3)
    expect(counts).toEqual([0, 0, 200_000, 0])
    expect(best[2].map(({ id }) => id)).toEqual([999, 998, 997])
  },
)
