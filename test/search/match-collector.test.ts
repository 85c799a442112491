import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MatchCollector } from '../../src/search/match-collector.ts'

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

/** Queries 0 to 2 are finished first, then query 3. */
function collected(offers: readonly Offer[], limit: number, mayRepeat = false) {
  const collector = new MatchCollector(4, limit, index)
  const isFirst = ({ query }: Offer): boolean => query < 3
  for (const { query, id, distance, orientation } of offers.filter(isFirst)) {
    collector.add(query, id, distance, orientation)
  }
  collector.finish(0, 3, mayRepeat)
  for (const { query, id, distance, orientation } of offers.filter((offer) => !isFirst(offer))) {
    collector.add(query, id, distance, orientation)
  }
  collector.finish(3, 4, mayRepeat)
  const { counts, starts, ids, distances, orientations } = collector.answer()
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

test('of a pair in several orientations the nearest counts, of equally near ones the lowest', () => {
  fc.assert(
    fc.property(arbitraryOffers, fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }), (offers, more) => {
      const repeated = offers.flatMap((offer) =>
        more.map((orientation, n) => ({ ...offer, orientation, distance: offer.distance + (n % 2) })),
      )
      const lowest = Math.min(...more.filter((_, n) => n % 2 === 0))
      const once = offers.map((offer) => ({ ...offer, orientation: lowest }))
      expect(collected(repeated, 5, true)).toEqual(expected(once, 5))
    }),
  )
})
