import type { DynamicIndex } from '../../src/search/dynamic/dynamic-index.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { crowdedValues, nearQueries, wordSource } from '../../src/sample/value-sets.ts'

const VALUES = 90_000
const ADDED_A_FRAME = 6
const CROWD = 45

/** Values moved in a frame, if any are to be. */
const MOVES = 40

/**
 * A life of a set that is known in advance: frame f adds some values and drops most of the older ones, so that arenas
 * are emptied and used again. Every thread that has the seed knows every state, and can check its answers.
 */
export class History {
  readonly values: Uint32Array
  readonly frames = VALUES / ADDED_A_FRAME
  /** Sequence number at which each value is removed; Infinity for those that stay. */
  readonly #removedAt: Float64Array
  readonly #removals: number[][]
  /** The index's id of each value that it holds, and back. */
  readonly #indexIds = new Map<number, number>()
  readonly #ids = new Map<number, number>()

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
      if (next() % 8 === 0) continue
      const frame = Math.floor(id / ADDED_A_FRAME) + 1 + (next() % 4000)
      if (frame >= this.frames) continue
      this.#removedAt[id] = frame + 1
      this.#removals[frame].push(id)
    }
  }

  /** Does what frame `frame` does; its sequence number is one more. */
  live(frame: number, index: DynamicIndex): void {
    for (let id = frame * ADDED_A_FRAME; id < (frame + 1) * ADDED_A_FRAME; id++) this.#add(id, index)
    for (const id of this.#removals[frame]) this.#drop(id, index)
    const { from, to } = index.idsToMove() ?? { from: 0, to: 0 }
    for (let indexId = from, moves = 0; indexId < to && moves < MOVES; indexId++) {
      const id = this.#ids.get(indexId)
      if (id === undefined) continue
      this.#drop(id, index)
      this.#add(id, index)
      moves++
    }
  }

  isLive(id: number, sequence: number): boolean {
    return Math.floor(id / ADDED_A_FRAME) + 1 <= sequence && sequence < this.#removedAt[id]
  }

  /** Queries, and for each all values within `radius`, live or not. */
  questions(count: number, radius: number, seed: number): { queries: Uint32Array; near: Near[][] } {
    const next = wordSource(seed)
    const queries = nearQueries(this.values, count, () => next() % 20, 1, next)
    const near = Array.from({ length: count }, (_, n) => {
      const found: Near[] = []
      for (let id = 0; id < VALUES; id++) {
        const distance = hammingDistance(this.values, id * 8, queries, n * 8)
        if (distance <= radius) found.push({ id, distance })
      }
      return found
    })
    return { queries, near }
  }

  #add(id: number, index: DynamicIndex): void {
    const indexId = index.add(this.values, id * 8)
    this.#indexIds.set(id, indexId)
    this.#ids.set(indexId, id)
  }

  #drop(id: number, index: DynamicIndex): void {
    const indexId = this.#indexIds.get(id) ?? NaN
    index.drop(indexId)
    this.#ids.delete(indexId)
  }
}

export interface Near {
  readonly id: number
  readonly distance: number
}
