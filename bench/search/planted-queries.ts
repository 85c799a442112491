// Queries of which every other one is a known value with some bits changed, and must be found.
import { orient } from '../../src/hash/orientation.ts'
import type { HammingIndex, Matches } from '../../src/search/hamming-index.ts'
import { flipBits, randomValues, wordSource } from '../../src/sample/value-sets.ts'

const WORDS = 8
const SEED = 31
/** In `ids`: this query was not planted. */
export const NOT_PLANTED = 0xffffffff

export interface PlantedQueries {
  /** 8 words a query. */
  readonly words: Uint32Array
  /** Of each query the place of the known value that it was made from, or NOT_PLANTED. */
  readonly ids: Uint32Array
  /** Of each planted query how many bits were changed. */
  readonly distances: Uint32Array
}

/**
 * `count` queries for a known set: those at even places planted, at distances uniform over 0 to `radius`, each in one
 * of the orientations in the mask (all equally often); the others random.
 */
export function plantQueries(
  values: Uint32Array,
  count: number,
  radius: number,
  orientations: number,
): PlantedQueries {
  const next = wordSource(SEED + radius)
  const asked = [0, 1, 2, 3, 4, 5, 6, 7].filter((orientation) => orientations & (1 << orientation))
  const words = randomValues(count, next)
  const ids = new Uint32Array(count).fill(NOT_PLANTED)
  const distances = new Uint32Array(count)
  for (let query = 0; query < count; query += 2) {
    ids[query] = next() % (values.length / WORDS)
    distances[query] = next() % (radius + 1)
    orient(values, ids[query] * WORDS, asked[next() % asked.length], words, query * WORDS)
    flipBits(words, query * WORDS, distances[query], next)
  }
  return { words, ids, distances }
}

export interface Recall {
  planted: number
  found: number
}

/**
 * Adds to `recall` what an engine's answer to queries `from` onward found of the planted `values`. A planted value that nearer ones pushed out of a list
 * cut to its limit is neither planted nor found here: the exact counts of all peers are compared elsewhere.
 */
export function countFound(
  recall: Recall,
  engine: Pick<HammingIndex, 'copyValue'>,
  matches: Matches,
  values: Uint32Array,
  planted: PlantedQueries,
  from: number,
): void {
  const known = new Uint32Array(WORDS)
  const isPlanted = (match: number, id: number): boolean => {
    // Each engine numbers values in its own way.
    engine.copyValue(match, known, 0)
    return known.every((word, n) => word === values[id * WORDS + n])
  }
  for (let query = 0; query < matches.counts.length; query++) {
    const id = planted.ids[from + query]
    if (id === NOT_PLANTED) continue
    const start = matches.starts[query]
    const end = matches.starts[query + 1]
    const found = matches.ids.subarray(start, end).some((match) => isPlanted(match, id))
    const cut = matches.counts[query] > end - start
    if (!found && cut && (start === end || matches.distances[end - 1] <= planted.distances[from + query])) {
      continue
    }
    recall.planted++
    if (found) recall.found++
  }
}
