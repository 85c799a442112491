import { FlatIndex } from './flat.ts'
import type { Matches, MutableHammingIndex, RadiusQuery } from './hamming-index.ts'
import { MultiIndex } from './multi-index.ts'

const WORDS = 8
/** A live tail of more values than this is sealed before the next search: until then a plain scan is as quick. */
const DEFAULT_TAIL_VALUES = 4096
/** Sealed segments are merged when one is less than so many times its younger neighbour: they stay few. */
const MERGE_RATIO = 4

/** Values that no longer change, but for removals, behind a multi-index. */
interface Segment {
  readonly index: MultiIndex
  /** The id of each of its values, ascending. */
  readonly ids: Uint32Array
}

/**
 * A large set that changes: sealed segments behind multi-indices, and a small tail of the newest values that is
 * scanned (a log-structured merge of known hashes). Additions only append to the tail. The next search seals a tail
 * that has grown too long, so that loading a set of any size builds one index once.
 */
export class SegmentedIndex implements MutableHammingIndex {
  readonly #tailValues: number
  #segments: Segment[] = []
  #tail = new FlatIndex()
  /** Id of the tail's first value. */
  #tailFrom = 0
  #tailCount = 0
  readonly #tailRemoved = new Set<number>()
  #size = 0

  constructor(tailValues = DEFAULT_TAIL_VALUES) {
    this.#tailValues = tailValues
  }

  get size(): number {
    return this.#size
  }

  add(words: Uint32Array, at: number): number {
    const id = this.#tailFrom + this.#tail.add(words, at)
    this.#tailCount++
    this.#size++
    return id
  }

  remove(id: number): void {
    if (!(id >= 0 && id < this.#tailFrom + this.#tailCount)) throw new RangeError(`No value has the id ${id}`)
    if (id >= this.#tailFrom) {
      if (this.#tailRemoved.has(id)) return
      this.#tailRemoved.add(id)
      this.#tail.remove(id - this.#tailFrom)
      this.#size--
      return
    }
    const place = this.#find(id)
    // Merged away: it was removed before.
    if (!place) return
    const before = place.segment.index.size
    place.segment.index.remove(place.local)
    this.#size -= before - place.segment.index.size
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    if (id >= this.#tailFrom) this.#tail.copyValue(id - this.#tailFrom, to, at)
    else {
      const place = this.#find(id)
      if (!place) throw new RangeError(`Value ${id} was removed`)
      place.segment.index.copyValue(place.local, to, at)
    }
  }

  search(queries: Uint32Array, query: RadiusQuery): Matches {
    this.#settle()
    const parts = this.#segments.map(({ index, ids }) =>
      withIds(index.search(queries, query), (id) => ids[id]),
    )
    if (this.#tailCount > this.#tailRemoved.size || parts.length === 0) {
      parts.push(withIds(this.#tail.search(queries, query), (id) => this.#tailFrom + id))
    }
    return parts.length === 1 ? parts[0] : this.#merge(parts, queries.length / WORDS, query.limit)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    let micros = this.#tail.estimateMicros(queryCount, query)
    for (const { index } of this.#segments) micros += index.estimateMicros(queryCount, query)
    return micros
  }

  #find(id: number): { segment: Segment; local: number } | undefined {
    for (const segment of this.#segments) {
      const { ids } = segment
      if (id > ids[ids.length - 1]) continue
      let low = 0
      let high = ids.length - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if (ids[middle] < id) low = middle + 1
        else high = middle
      }
      return ids[low] === id ? { segment, local: low } : undefined
    }
    return undefined
  }

  /** Seals a tail that is too long, with the younger segments that are not much larger than it. */
  #settle(): void {
    if (this.#tailCount <= this.#tailValues) return
    let live = this.#tailCount - this.#tailRemoved.size
    const merged: Segment[] = []
    for (;;) {
      const youngest = this.#segments.at(-1)
      if (!youngest || youngest.index.size > live * MERGE_RATIO) break
      this.#segments.pop()
      merged.unshift(youngest)
      live += youngest.index.size
    }
    if (live > 0) this.#segments.push(this.#seal(merged, live))
    this.#tailFrom += this.#tailCount
    this.#tail = new FlatIndex()
    this.#tailCount = 0
    this.#tailRemoved.clear()
  }

  /** One segment of the live values of older segments and of the tail, in the order of their ids. */
  #seal(merged: readonly Segment[], live: number): Segment {
    const values = new Uint32Array(live * WORDS)
    const ids = new Uint32Array(live)
    let next = 0
    for (const { index, ids: from } of merged) {
      for (let local = 0; local < from.length; local++) {
        if (index.isRemoved(local)) continue
        index.copyValue(local, values, next * WORDS)
        ids[next++] = from[local]
      }
    }
    for (let local = 0; local < this.#tailCount; local++) {
      if (this.#tailRemoved.has(this.#tailFrom + local)) continue
      this.#tail.copyValue(local, values, next * WORDS)
      ids[next++] = this.#tailFrom + local
    }
    return { index: MultiIndex.build(values), ids }
  }

  /** Unites answers of disjoint segments: counts add up, and of each query the best `limit` are kept. */
  #merge(parts: readonly Matches[], queryCount: number, limit: number): Matches {
    const counts = new Uint32Array(queryCount)
    const starts = new Uint32Array(queryCount + 1)
    const ids: number[] = []
    const distances: number[] = []
    const orientations: number[] = []
    for (let query = 0; query < queryCount; query++) {
      const found: { part: Matches; at: number }[] = []
      for (const part of parts) {
        counts[query] += part.counts[query]
        for (let at = part.starts[query]; at < part.starts[query + 1]; at++) found.push({ part, at })
      }
      if (found.length > 1) found.sort((a, b) => this.#compare(a.part, a.at, b.part, b.at))
      for (const { part, at } of found.slice(0, Math.min(limit, found.length))) {
        ids.push(part.ids[at])
        distances.push(part.distances[at])
        orientations.push(part.orientations[at])
      }
      starts[query + 1] = ids.length
    }
    return {
      counts,
      starts,
      ids: Uint32Array.from(ids),
      distances: Uint16Array.from(distances),
      orientations: Uint8Array.from(orientations),
    }
  }

  /** By distance, then by known value. */
  #compare(a: Matches, atA: number, b: Matches, atB: number): number {
    const byDistance = a.distances[atA] - b.distances[atB]
    if (byDistance !== 0) return byDistance
    const words = new Uint32Array(2 * WORDS)
    this.copyValue(a.ids[atA], words, 0)
    this.copyValue(b.ids[atB], words, WORDS)
    let word = 0
    while (word < WORDS - 1 && words[word] === words[WORDS + word]) word++
    return words[word] - words[WORDS + word]
  }
}

function withIds(matches: Matches, idOf: (id: number) => number): Matches {
  return { ...matches, ids: matches.ids.map(idOf) }
}
