// The BK-tree of mnemonist as an index like ours.
import { BKTree } from 'mnemonist'
import { distanceOf256 } from '../../src/search/plain/bit-counts.ts'
import type { Matches, RadiusQuery } from '../../src/search/hamming-index.ts'

const WORDS = 8

/**
 * mnemonist's BKTree over packed values. Its items are places in one array and its distance is ours, the quickest for
 * it that we know: it is measured at its best. It is asked query by query.
 */
export class MnemonistTree {
  /** Comparisons that the last search made. */
  visited = 0
  readonly #words: Uint32Array
  readonly #tree: BKTree<number>

  constructor(values: Uint32Array) {
    // One place more, for the query.
    this.#words = new Uint32Array(values.length + WORDS)
    this.#words.set(values)
    this.#tree = new BKTree<number>((a, b) => {
      this.visited++
      return distanceOf256(this.#words, a, this.#words, b)
    })
    for (let at = 0; at < values.length; at += WORDS) this.#tree.add(at)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    to.set(this.#words.subarray(id * WORDS, (id + 1) * WORDS), at)
  }

  search(queries: Uint32Array, { maxDistanceBits }: RadiusQuery): Matches {
    this.visited = 0
    const queryCount = queries.length / WORDS
    const counts = new Uint32Array(queryCount)
    const starts = new Uint32Array(queryCount + 1)
    const ids: number[] = []
    const distances: number[] = []
    const asked = this.#words.length - WORDS
    for (let query = 0; query < queryCount; query++) {
      this.#words.set(queries.subarray(query * WORDS, (query + 1) * WORDS), asked)
      const found = this.#tree.search(maxDistanceBits, asked)
      for (const { item, distance } of found) {
        ids.push(item / WORDS)
        distances.push(distance)
      }
      counts[query] = found.length
      starts[query + 1] = ids.length
    }
    return {
      counts,
      starts,
      ids: Uint32Array.from(ids),
      distances: Uint16Array.from(distances),
      orientations: new Uint8Array(ids.length),
    }
  }
}
