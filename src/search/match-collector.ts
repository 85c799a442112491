// Makes the answer of a batch from the matches as an index finds them.
import { withRoom } from './growth.ts'
import type { HammingIndex, Matches } from './hamming-index.ts'

/**
 * Gathers matches in any order, perhaps several orientations of one pair, and makes the answer of a batch: one match a
 * pair, counted exactly, ordered by (distance, known value), cut to the limit. Queries are finished in their order, as
 * many at a time as the index likes. Pending matches are kept in full, because only then can they be counted.
 */
export class MatchCollector {
  readonly #limit: number
  readonly #index: Pick<HammingIndex, 'copyValue'>
  readonly #counts: Uint32Array
  readonly #starts: Uint32Array
  // The pending matches, each with its query and distance << 3 | orientation.
  #pending = 0
  #queries: Uint32Array<ArrayBuffer>
  #ids: Uint32Array<ArrayBuffer>
  #ranks: Uint32Array<ArrayBuffer>
  // The answer so far.
  #done = 0
  #outIds: Uint32Array<ArrayBuffer>
  #outRanks: Uint32Array<ArrayBuffer>
  /** Added to the ids of the next matches. */
  firstId = 0

  /** @param index Holds the known values: matches at equal distances are ordered by them. */
  constructor(queryCount: number, limit: number, index: Pick<HammingIndex, 'copyValue'>) {
    this.#limit = limit
    this.#index = index
    this.#counts = new Uint32Array(queryCount)
    this.#starts = new Uint32Array(queryCount + 1)
    // The engine keeps arrays of up to 64 bytes in its own heap. It allocates and frees larger ones outside of it, which
    // cost a single query 4 of 18 µs.
    const room = Math.min(1024, Math.max(16, queryCount))
    this.#queries = new Uint32Array(room)
    this.#ids = new Uint32Array(room)
    this.#ranks = new Uint32Array(room)
    this.#outIds = new Uint32Array(room)
    this.#outRanks = new Uint32Array(room)
  }

  get pending(): number {
    return this.#pending
  }

  /** Adds a match of query `query`. */
  add(query: number, id: number, distanceBits: number, orientation: number): void {
    if (this.#pending === this.#ids.length) this.#grow()
    this.#queries[this.#pending] = query
    this.#ids[this.#pending] = this.firstId + id
    this.#ranks[this.#pending++] = (distanceBits << 3) | orientation
  }

  /** Forgets the pending matches but for the first `kept`: the others will be searched for again. */
  truncate(kept: number): void {
    this.#pending = kept
  }

  /**
   * Orders the pending matches, which are all there is for queries `from` to `to` − 1; `mayRepeat` if some pair was
   * added in several orientations.
   */
  finish(from: number, to: number, mayRepeat: boolean): void {
    const bounds = new Uint32Array(to - from + 2)
    for (let n = 0; n < this.#pending; n++) bounds[this.#queries[n] - from + 2]++
    for (let q = 2; q < bounds.length; q++) bounds[q] += bounds[q - 1]
    // bounds[q + 1] runs from the first place of query q to the first of the next.
    const places = new Uint32Array(this.#pending)
    for (let n = 0; n < this.#pending; n++) places[bounds[this.#queries[n] - from + 1]++] = n
    for (let query = from; query < to; query++) {
      const first = bounds[query - from]
      const end = bounds[query - from + 1]
      if (end - first <= 1) {
        this.#counts[query] = end - first
        if (end > first && this.#limit >= 1) this.#emitOne(places[first])
        this.#starts[query + 1] = this.#done
        continue
      }
      const own = places.subarray(first, end)
      const kept = mayRepeat ? this.#bestOfEach(own) : own
      this.#counts[query] = kept.length
      this.#emit(this.#best(kept).subarray(0, this.#limit))
      this.#starts[query + 1] = this.#done
    }
    this.#pending = 0
  }

  /** The answers of the first `answered` queries, which are finished. */
  answer(answered = this.#counts.length): Matches {
    const ranks = this.#outRanks
    const distances = new Uint16Array(this.#done)
    const orientations = new Uint8Array(this.#done)
    for (let n = 0; n < this.#done; n++) {
      distances[n] = ranks[n] >>> 3
      orientations[n] = ranks[n] & 7
    }
    const all = answered === this.#counts.length
    return {
      counts: all ? this.#counts : this.#counts.subarray(0, answered),
      starts: all ? this.#starts : this.#starts.subarray(0, answered + 1),
      ids: this.#outIds.slice(0, this.#done),
      distances,
      orientations,
    }
  }

  /** Of several orientations of one value the least (distance, orientation). */
  #bestOfEach(places: Uint32Array): Uint32Array {
    places.sort((a, b) => this.#ids[a] - this.#ids[b] || this.#ranks[a] - this.#ranks[b])
    let kept = 1
    for (let n = 1; n < places.length; n++) {
      if (this.#ids[places[n]] !== this.#ids[places[n - 1]]) places[kept++] = places[n]
    }
    return places.subarray(0, kept)
  }

  /** The first `limit` of the places by (distance, value), in that order. */
  #best(places: Uint32Array): Uint32Array {
    const near = places.length > this.#limit ? this.#nearest(places) : places
    const byDistance = near.sort((a, b) => (this.#ranks[a] >>> 3) - (this.#ranks[b] >>> 3))
    for (let from = 0; from < byDistance.length;) {
      const distance = this.#ranks[byDistance[from]] >>> 3
      let to = from + 1
      while (to < byDistance.length && this.#ranks[byDistance[to]] >>> 3 === distance) to++
      if (to - from > 1) this.#sortByValue(byDistance.subarray(from, to))
      from = to
    }
    return byDistance
  }

  /** `limit` of the places, in no order: the nearest, and of those at the last distance the least values. */
  #nearest(places: Uint32Array): Uint32Array {
    const atDistance = new Uint32Array(257)
    for (const place of places) atDistance[this.#ranks[place] >>> 3]++
    let cut = 0
    let within = atDistance[0]
    while (within < this.#limit && cut < 256) within += atDistance[++cut]
    const near = new Uint32Array(this.#limit)
    const last = new Uint32Array(atDistance[cut])
    let nearer = 0
    let atCut = 0
    for (const place of places) {
      const distance = this.#ranks[place] >>> 3
      if (distance < cut) near[nearer++] = place
      else if (distance === cut) last[atCut++] = place
    }
    near.set(this.#leastValues(last, this.#limit - nearer), nearer)
    return near
  }

  /**
   * The `count` places of the least values. Once there are as many, one look at the greatest of them turns most others
   * away: a known set can be such that all of it is equally near to a query, and to sort it took 0.8 µs a value.
   */
  #leastValues(places: Uint32Array, count: number): Uint32Array {
    if (places.length <= count) return places
    const kept = new Uint32Array(Math.min(2 * count, places.length))
    const greatest = new Uint32Array(8)
    const value = new Uint32Array(8)
    let held = 0
    let isBounded = count === 0
    for (const place of places) {
      if (isBounded) {
        this.#index.copyValue(this.#ids[place], value, 0)
        if (compareValues(value, 0, greatest, 0) >= 0) continue
      }
      kept[held++] = place
      if (held < kept.length) continue
      this.#sortByValue(kept)
      held = count
      this.#index.copyValue(this.#ids[kept[count - 1]], greatest, 0)
      isBounded = true
    }
    this.#sortByValue(kept.subarray(0, held))
    return kept.subarray(0, count)
  }

  #sortByValue(places: Uint32Array): void {
    const words = new Uint32Array(places.length * 8)
    for (let n = 0; n < places.length; n++) this.#index.copyValue(this.#ids[places[n]], words, n * 8)
    const order = Uint32Array.from(places, (_, n) => n * 8)
    order.sort((a, b) => compareValues(words, a, words, b))
    places.set(order.map((at) => places[at / 8]))
  }

  #emitOne(place: number): void {
    if (this.#done === this.#outIds.length) this.#growAnswer(this.#done * 2)
    this.#outIds[this.#done] = this.#ids[place]
    this.#outRanks[this.#done++] = this.#ranks[place]
  }

  #emit(places: Uint32Array): void {
    if (this.#done + places.length > this.#outIds.length) {
      this.#growAnswer(Math.max(this.#done + places.length, this.#outIds.length * 2))
    }
    for (const place of places) {
      this.#outIds[this.#done] = this.#ids[place]
      this.#outRanks[this.#done++] = this.#ranks[place]
    }
  }

  #growAnswer(room: number): void {
    this.#outIds = withRoom(Uint32Array, this.#outIds, room)
    this.#outRanks = withRoom(Uint32Array, this.#outRanks, room)
  }

  #grow(): void {
    const room = this.#ids.length * 2
    this.#queries = withRoom(Uint32Array, this.#queries, room)
    this.#ids = withRoom(Uint32Array, this.#ids, room)
    this.#ranks = withRoom(Uint32Array, this.#ranks, room)
  }
}

function compareValues(a: Uint32Array, atA: number, b: Uint32Array, atB: number): number {
  for (let word = 0; word < 8; word++) {
    if (a[atA + word] !== b[atB + word]) return a[atA + word] < b[atB + word] ? -1 : 1
  }
  return 0
}
