import type { LiveIndex } from '../../src/search/live/live-index.ts'
import { globalId } from '../../src/search/wasm/kernel-search.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { crowdedValues, nearQueries, wordSource } from '../../src/sample/value-sets.ts'

const VALUES = 90_000
const ADDED_A_FRAME = 6
const ARENA_VALUES = 20_000
const CROWD = 45

/**
 * A life of a set that is known in advance: frame f adds some values and removes some older ones. Whoever has the seed
 * knows every state, so that readers in other threads can check their answers.
 */
export class History {
  readonly values: Uint32Array
  readonly frames = VALUES / ADDED_A_FRAME
  /** Sequence number at which each value is removed; Infinity for those that stay. */
  readonly #removedAt: Float64Array
  readonly #removals: number[][]

  constructor(seed: number) {
    const next = wordSource(seed)
    this.values = new Uint32Array(VALUES * 8)
    // Small crowds, so that queries find many.
    for (let at = 0; at < this.values.length;) {
      const crowd = crowdedValues(CROWD, 24, next).subarray(0, this.values.length - at)
      this.values.set(crowd, at)
      at += crowd.length
    }
    this.#removedAt = new Float64Array(VALUES).fill(Infinity)
    this.#removals = Array.from({ length: this.frames }, () => [])
    for (let id = 0; id < VALUES; id++) {
      if (next() % 3 !== 0) continue
      const frame = Math.floor(id / ADDED_A_FRAME) + 1 + (next() % 4000)
      if (frame >= this.frames) continue
      this.#removedAt[id] = frame + 1
      this.#removals[frame].push(id)
    }
  }

  /** Does what frame `frame` does; its sequence number is one more. */
  live(frame: number, index: LiveIndex): void {
    for (let id = frame * ADDED_A_FRAME; id < (frame + 1) * ADDED_A_FRAME; id++)
      index.add(this.values, id * 8)
    for (const id of this.#removals[frame]) index.remove(indexId(id))
  }

  isLive(id: number, sequence: number): boolean {
    return Math.floor(id / ADDED_A_FRAME) + 1 <= sequence && sequence < this.#removedAt[id]
  }

  /** Queries, and for each all values within `radius`, live or not, as [index id, distance, id]. */
  questions(count: number, radius: number, seed: number): { queries: Uint32Array; near: Near[][] } {
    const next = wordSource(seed)
    const queries = nearQueries(this.values, count, () => next() % 20, 1, next)
    const near = Array.from({ length: count }, (_, n) => {
      const found: Near[] = []
      for (let id = 0; id < VALUES; id++) {
        const distance = hammingDistance(this.values, id * 8, queries, n * 8)
        if (distance <= radius) found.push({ id, indexId: indexId(id), distance })
      }
      return found
    })
    return { queries, near }
  }
}

export interface Near {
  readonly id: number
  readonly indexId: number
  readonly distance: number
}

/** The index numbers values by arena. */
const indexId = (id: number): number => globalId(Math.floor(id / ARENA_VALUES), id % ARENA_VALUES)
