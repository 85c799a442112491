import type { HammingIndex, Matches, RadiusQuery } from './hamming-index.ts'

const WORDS = 8
/** Nearly every query has fewer matches; one that has more is asked again without a limit. */
const FIRST_LIMIT = 64
/** About so many matches are held at a time, unless a single query has more. */
const MOST_HELD = 1_000_000

/** The matches of one query: the elements `from` to `to` − 1 of the arrays in `matches`. */
export interface QueryMatches {
  /** The query's place in its batch. */
  readonly query: number
  readonly matches: Pick<Matches, 'ids' | 'distances' | 'orientations'>
  readonly from: number
  readonly to: number
}

/**
 * Every match of every query (8 words each), query by query in their order, without a limit and yet in bounded
 * memory, even where everything matches everything: a first search with a limit counts; the queries that have more
 * are searched again in groups whose matches can be held.
 */
export function* everyMatch(
  index: HammingIndex,
  queries: Uint32Array,
  query: Omit<RadiusQuery, 'limit'>,
  { firstLimit = FIRST_LIMIT, mostHeld = MOST_HELD } = {},
): Generator<QueryMatches> {
  const first = index.search(queries, { ...query, limit: firstLimit })
  let group = new Uint32Array(0)
  let found = first
  let inGroup = 0
  for (let number = 0; number < first.counts.length; number++) {
    if (first.counts[number] <= firstLimit) {
      yield { query: number, matches: first, from: first.starts[number], to: first.starts[number + 1] }
      continue
    }
    if (inGroup === group.length) {
      group = cutShort(first.counts, number, firstLimit, mostHeld)
      found = index.search(selected(queries, group), { ...query, limit: Infinity })
      inGroup = 0
    }
    yield { query: number, matches: found, from: found.starts[inGroup], to: found.starts[++inGroup] }
  }
}

/** The next queries from `number` on that the limit cut short, as many as have `mostHeld` matches together. */
function cutShort(
  counts: Uint32Array,
  number: number,
  limit: number,
  mostHeld: number,
): Uint32Array<ArrayBuffer> {
  const group = [number]
  let held = counts[number]
  for (let next = number + 1; next < counts.length; next++) {
    if (counts[next] <= limit) continue
    held += counts[next]
    if (held > mostHeld) break
    group.push(next)
  }
  return Uint32Array.from(group)
}

function selected(queries: Uint32Array, numbers: Uint32Array): Uint32Array {
  const words = new Uint32Array(numbers.length * WORDS)
  for (const [place, number] of numbers.entries()) {
    words.set(queries.subarray(number * WORDS, (number + 1) * WORDS), place * WORDS)
  }
  return words
}
