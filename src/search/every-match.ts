// Every match of every query, in bounded memory.
import type { HammingIndex, Matches, RadiusQuery } from './hamming-index.ts'
import { selectedQueries } from './wasm/selected-queries.ts'

const WORDS = 8
/** About this many matches are held at a time, unless a single query has more. */
const MOST_HELD = 1_000_000
/** Queries searched together at first, and at most: an index is quickest with many. */
const FIRST_SLICE = 64
const WIDEST_SLICE = 16_384
const GROWTH = 4

/** The matches of one query: the elements `from` to `to` − 1 of the arrays in `matches`. */
export interface QueryMatches {
  /** The query's number in its batch. */
  readonly query: number
  readonly matches: Pick<Matches, 'ids' | 'distances' | 'orientations'>
  readonly from: number
  readonly to: number
}

/**
 * Finds every match of every query, without a limit and yet in bounded memory, even where everything matches
 * everything. A batch is searched in slices, sized by the number of matches so far, with a limit that bounds the
 * matches of one slice; queries that have more are searched again, in groups whose matches can be held.
 */
export class EveryMatch {
  readonly #index: HammingIndex
  readonly #query: Omit<RadiusQuery, 'limit'>
  readonly #mostHeld: number
  #slice = FIRST_SLICE

  constructor(index: HammingIndex, query: Omit<RadiusQuery, 'limit'>, mostHeld = MOST_HELD) {
    this.#index = index
    this.#query = query
    this.#mostHeld = mostHeld
  }

  /** The matches of each query (8 words each), in the queries' order. The arrays are the caller's to keep. */
  *find(queries: Uint32Array): Generator<QueryMatches> {
    const count = queries.length / WORDS
    for (let from = 0; from < count;) {
      const to = Math.min(from + this.#slice, count)
      yield* this.#findSlice(queries, from, to)
      from = to
    }
  }

  *#findSlice(queries: Uint32Array, from: number, to: number): Generator<QueryMatches> {
    const slice = queries.subarray(from * WORDS, to * WORDS)
    const limit = Math.max(1, Math.floor(this.#mostHeld / (to - from)))
    const first = this.#index.search(slice, { ...this.#query, limit })
    this.#adapt(first.counts)
    let group = new Uint32Array(0)
    let found = first
    let inGroup = 0
    for (let number = 0; number < first.counts.length; number++) {
      const query = from + number
      if (first.counts[number] <= limit) {
        yield { query, matches: first, from: first.starts[number], to: first.starts[number + 1] }
        continue
      }
      if (inGroup === group.length) {
        group = this.#cutShort(first.counts, number, limit)
        found = this.#index.search(selectedQueries(slice, group), { ...this.#query, limit: Infinity })
        inGroup = 0
      }
      yield { query, matches: found, from: found.starts[inGroup], to: found.starts[++inGroup] }
    }
  }

  /** The next slice: if its queries have as many matches on average, they fill half of what can be held. */
  #adapt(counts: Uint32Array): void {
    let matches = 0
    for (const count of counts) matches += count
    const fitting = Math.floor((this.#mostHeld * counts.length) / (2 * matches))
    this.#slice = Math.max(1, Math.min(fitting, this.#slice * GROWTH, WIDEST_SLICE))
  }

  /** The next queries from `number` on that the limit cut short, as many as can be held with all their matches. */
  #cutShort(counts: Uint32Array, number: number, limit: number): Uint32Array<ArrayBuffer> {
    const group = [number]
    let held = counts[number]
    for (let next = number + 1; next < counts.length; next++) {
      if (counts[next] <= limit) continue
      held += counts[next]
      if (held > this.#mostHeld) break
      group.push(next)
    }
    return Uint32Array.from(group)
  }
}
