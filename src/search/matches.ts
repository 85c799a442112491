import { withRoom } from './growth.ts'
import type { HammingIndex, Matches } from './hamming-index.ts'

const WORDS = 8
const FIRST_CAPACITY = 64
const DISTANCE_UNIT = 2 ** 32

/**
 * Collects the matches of a batch, offered in any order, into {@link Matches}: the exact count for each query,
 * and of its matches the best `limit` by (distance, known value).
 *
 * The offers are a log. When it is full, all but the best `limit` of each query are dropped from it, and from
 * then on an offer that is worse than a query's last kept one is only counted. So a query with a million matches
 * keeps `limit` of them and a log at most about twice as long as what is kept, and a batch without matches costs
 * next to nothing. (1,000,000 offers to one query: 0.1 s at limit 64, 0.8 s at Infinity, which sorts them all.)
 */
export class MatchCollector {
  readonly #limit: number
  readonly #index: Pick<HammingIndex, 'copyValue'>
  readonly #counts: Uint32Array
  // The log. A key is distance · 2³² + the first word of the known value: exact in a double, and all that most
  // comparisons need.
  #queries = new Uint32Array(FIRST_CAPACITY)
  #ids = new Uint32Array(FIRST_CAPACITY)
  #keys = new Float64Array(FIRST_CAPACITY)
  #orientations = new Uint8Array(FIRST_CAPACITY)
  #length = 0
  /** For each query that had more than `limit` matches when the log was pruned: the last one kept. */
  readonly #lastKept = new Map<number, { readonly key: number; readonly id: number }>()
  readonly #value = new Uint32Array(WORDS)
  readonly #otherValue = new Uint32Array(WORDS)

  /** `index` tells the known values, by which equal distances are ordered. */
  constructor(queryCount: number, limit: number, index: Pick<HammingIndex, 'copyValue'>) {
    this.#limit = limit
    this.#index = index
    this.#counts = new Uint32Array(queryCount)
  }

  /** Known value `id` matches query `query`. Each pair may be offered once, in its best orientation. */
  offer(query: number, id: number, distanceBits: number, orientation: number): void {
    this.#counts[query]++
    const lastKept = this.#lastKept.size > 0 ? this.#lastKept.get(query) : undefined
    if (lastKept && distanceBits * DISTANCE_UNIT > lastKept.key) return
    this.#index.copyValue(id, this.#value, 0)
    const key = distanceBits * DISTANCE_UNIT + this.#value[0]
    if (lastKept && (key > lastKept.key || this.#compare(key, id, lastKept.key, lastKept.id) > 0)) return

    if (this.#length === this.#ids.length) this.#makeRoom()
    const entry = this.#length++
    this.#queries[entry] = query
    this.#ids[entry] = id
    this.#keys[entry] = key
    this.#orientations[entry] = orientation
  }

  /** The answer. The collector is used up. */
  finish(): Matches {
    const { starts, order } = this.#ordered()
    const count = order.length
    const ids = new Uint32Array(count)
    const distances = new Uint16Array(count)
    const orientations = new Uint8Array(count)
    for (let at = 0; at < count; at++) {
      const entry = order[at]
      ids[at] = this.#ids[entry]
      distances[at] = Math.floor(this.#keys[entry] / DISTANCE_UNIT)
      orientations[at] = this.#orientations[entry]
    }
    return { counts: this.#counts, starts, ids, distances, orientations }
  }

  #makeRoom(): void {
    if (this.#length > this.#limit) this.#prune()
    // When most was worth keeping, pruning again soon would cost more than memory does.
    if (this.#length < this.#ids.length / 2) return
    const room = this.#ids.length * 2
    this.#queries = withRoom(Uint32Array, this.#queries, room)
    this.#ids = withRoom(Uint32Array, this.#ids, room)
    this.#keys = withRoom(Float64Array, this.#keys, room)
    this.#orientations = withRoom(Uint8Array, this.#orientations, room)
  }

  /** Drops from the log what no answer can contain any more. */
  #prune(): void {
    const { starts, order } = this.#ordered()
    for (let query = 0; query < this.#counts.length; query++) {
      const end = starts[query + 1]
      if (end - starts[query] < this.#limit || end === 0) continue
      const last = order[end - 1]
      this.#lastKept.set(query, { key: this.#keys[last], id: this.#ids[last] })
    }
    // Ascending, an entry never lands on one that is still to be moved.
    order.sort()
    for (let at = 0; at < order.length; at++) {
      const entry = order[at]
      this.#queries[at] = this.#queries[entry]
      this.#ids[at] = this.#ids[entry]
      this.#keys[at] = this.#keys[entry]
      this.#orientations[at] = this.#orientations[entry]
    }
    this.#length = order.length
  }

  /** The entries of the log by query, the best first, cut to the limit; `starts` as in {@link Matches}. */
  #ordered(): { starts: Uint32Array; order: Uint32Array } {
    const ends = new Uint32Array(this.#counts.length + 1)
    for (let entry = 0; entry < this.#length; entry++) ends[this.#queries[entry]]++
    for (let query = 0, sum = 0; query < ends.length; query++) {
      sum += ends[query]
      ends[query] = sum - ends[query]
    }
    const grouped = new Uint32Array(this.#length)
    for (let entry = 0; entry < this.#length; entry++) grouped[ends[this.#queries[entry]]++] = entry

    // Now ends[query] is where the entries of the query end.
    const compareEntries = (a: number, b: number): number =>
      this.#compare(this.#keys[a], this.#ids[a], this.#keys[b], this.#ids[b])
    const starts = new Uint32Array(this.#counts.length + 1)
    let kept = 0
    for (let query = 0, from = 0; query < this.#counts.length; from = ends[query++]) {
      const entries = grouped.subarray(from, ends[query])
      if (entries.length > 1) entries.sort(compareEntries)
      const best = entries.length > this.#limit ? entries.subarray(0, this.#limit) : entries
      if (kept < from) grouped.set(best, kept)
      kept += best.length
      starts[query + 1] = kept
    }
    return { starts, order: grouped.subarray(0, kept) }
  }

  #compare(keyA: number, idA: number, keyB: number, idB: number): number {
    if (keyA !== keyB) return keyA - keyB
    this.#index.copyValue(idA, this.#value, 0)
    this.#index.copyValue(idB, this.#otherValue, 0)
    for (let word = 1; word < WORDS; word++) {
      if (this.#value[word] !== this.#otherValue[word]) return this.#value[word] - this.#otherValue[word]
    }
    return idA - idB
  }
}
