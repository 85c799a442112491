// The room `search` finds known values near or equal to reported ones. Every kind of index implements the one
// interface below, is batched from the start, and gives exactly what brute force would give.

/** What a batch of queries asks. */
export interface RadiusQuery {
  /** A known value matches at this distance or less. */
  readonly maxDistanceBits: number
  /**
   * Match mirrored and turned copies too (PDQ only; see hash/orientation.ts): bit o of `mask` asks for
   * orientation o. Orientation 0 is always searched, under `maxDistanceBits` above; the others match at this
   * distance or less, which may be greater or smaller.
   */
  readonly orientations?: { readonly mask: number; readonly maxDistanceBits: number }
  /** How many matches to return for each query, the best first; `Infinity` for all. */
  readonly limit: number
}

/** How long a search may take, so that its caller can do other work between two searches. */
export interface SearchBudget {
  /** After about this time the search ends, with the answers of the first queries alone. */
  readonly micros: number
  /** Queries that are answered whatever it takes: at least 1. */
  readonly queries: number
}

/**
 * The answer for a batch, or for its first queries if a budget cut it short: `counts` has one element for each. Matches of
 * query i are elements `starts[i]` to `starts[i + 1] - 1` of the flat arrays, ordered by (distance, known value). A
 * known value that matches in several orientations is one match: that of the least distance, of equal ones the lowest
 * orientation. The arrays are the caller's to keep.
 */
export interface Matches {
  /** For each query that was answered the exact number of known values that match, however many are returned. */
  readonly counts: Uint32Array
  /** One longer than `counts`. */
  readonly starts: Uint32Array
  /** Ids of the known values, as the index numbers them. */
  readonly ids: Uint32Array
  readonly distances: Uint16Array
  /** Index into ORIENTATIONS: what was done to the known picture to get the reported one. */
  readonly orientations: Uint8Array
}

/** Similarity search over 256-bit values: 8 words each, laid out as hash/hash-value.ts packs them. */
export interface HammingIndex {
  /** Number of values that can match. */
  readonly size: number
  /** Searches a batch: `queries` holds 8 words a query. */
  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches
  /** About how long `search` would take for `queryCount` queries, in microseconds: batches are sliced by it. */
  estimateMicros(queryCount: number, query: RadiusQuery): number
  /** Copies the 8 words of value `id` to `to[at]`. */
  copyValue(id: number, to: Uint32Array, at: number): void
}

/** Ids from `from` to `to` − 1. */
export interface IdRange {
  readonly from: number
  readonly to: number
}

/** An index that learns and forgets one value at a time. */
export interface MutableHammingIndex extends HammingIndex {
  /** Bytes of memory that values and tables take. */
  readonly bytes: number
  /** Adds 8 words at `words[at]`, which the index doesn't hold yet, and returns the id. */
  add(words: Uint32Array, at: number): number
  /** Adds many values, 8 words each, and returns their ids, which ascend if none was ever dropped. */
  addAll(values: Uint32Array): Uint32Array
  /** Takes value `id` out of every later answer. Its id stays taken, and `copyValue` still gives its words. */
  remove(id: number): void
  /** Forgets value `id`, removed or not: the index may give its memory and its id to another value. Once per id. */
  drop(id: number): void
  /**
   * Ids whose values the caller is to move, a few at a time: `add` each value that it still needs again, then `drop`
   * the old id. Once all are dropped, the index reuses their memory. Undefined while there is nothing to move.
   */
  idsToMove(): IdRange | undefined
  /** Indexes what was added lately, beside other work. */
  maintain(): void
  /** Resolves when searching is as fast as it will get: what was added has been indexed. */
  settle(): Promise<void>
  /** Ends the threads that the index runs. */
  close(): Promise<void>
}
