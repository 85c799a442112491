// An index of values that are all there when it is built, searched by the kernel.
import { Arena, MAX_ARENA_VALUES } from './arena.ts'
import type { ArenaPool } from './arena-pool.ts'
import type { HammingIndex, Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { arenaOfId, copyValueOf, localId, READ_LATEST, type ArenaView } from './index-view.ts'
import { KernelSearch } from './kernel-search.ts'
import { MAX_MEMORY_BYTES } from './kernel-memory.ts'
import type { SearchTuning } from './search-tuning.ts'
import { buildSegment, layOutSegment, segmentBytes } from './segment.ts'

/** With its tables a value takes at most this many bytes; 5 MiB are the tables' fixed part. */
const BYTES_PER_VALUE = 168
const ROOM_BYTES = MAX_MEMORY_BYTES - 2 ** 25
/** The most values of one arena: its memory holds more than can be numbered in it, today. */
const ARENA_VALUES = Math.min(MAX_ARENA_VALUES, Math.floor(ROOM_BYTES / BYTES_PER_VALUE))

export interface KernelIndexOptions {
  /** Where the memory of a small index comes from, and goes back to when it is closed; by default it is its own. */
  readonly pool?: ArenaPool | undefined
  readonly valuesPerArena?: number
  readonly tuning?: SearchTuning
}

/** An index of different values, 8 words each: with tables (a multi-index), or without (a flat scan). */
export class KernelIndex implements HammingIndex {
  readonly #arenas: readonly ArenaView[]
  readonly #pool: ArenaPool | undefined
  readonly #search: KernelSearch
  #removed = 0

  private constructor(values: Uint32Array, hasTables: boolean, options: KernelIndexOptions) {
    const { pool, valuesPerArena = ARENA_VALUES, tuning } = options
    this.#pool = pool && values.length / 8 <= pool.capacity ? pool : undefined
    this.#arenas = buildArenas(values, hasTables, this.#pool, valuesPerArena)
    this.#search = new KernelSearch(tuning)
  }

  /**
   * Sixteen tables of 16-bit chunks, probed around each query's chunks (search by a nested pigeonhole: see
   * kernel/index.ts). Exact at every radius; where the tables would cost more than comparing everything, it does.
   */
  static withTables(values: Uint32Array, options: KernelIndexOptions = {}): KernelIndex {
    return new KernelIndex(values, true, options)
  }

  /** Compares every query with every value: for small sets, and the oracle of the tables. */
  static flat(values: Uint32Array, options: KernelIndexOptions = {}): KernelIndex {
    return new KernelIndex(values, false, options)
  }

  get size(): number {
    let size = -this.#removed
    for (const { arena } of this.#arenas) size += arena.count
    return size
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    copyValueOf(this.#arenas, id, to, at)
  }

  /** Value `id` is taken out of every answer read at `sequence` or later. */
  remove(id: number, sequence = 0): void {
    if (arenaOfId(this.#arenas, id).remove(localId(id), sequence)) this.#removed++
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.searchAt(READ_LATEST, queries, query, budget)
  }

  /** Searches the set as it was at sequence number `readAt`: values removed at it or before don't match. */
  searchAt(readAt: number, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.#search.search({ arenas: this.#arenas, readAt, sealedVersion: 1 }, queries, query, budget)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.estimateMicros(this.#arenas, queryCount, query)
  }

  /** Gives its memory back to the pool: it must not be searched any more. */
  close(): void {
    for (const { arena } of this.#arenas) this.#pool?.giveBack(arena)
  }
}

/** Arenas of equal size, as many as it takes. */
function buildArenas(
  values: Uint32Array,
  hasTables: boolean,
  pool: ArenaPool | undefined,
  valuesPerArena: number,
): ArenaView[] {
  const count = values.length / 8
  const arenas = Math.max(1, Math.ceil(count / valuesPerArena))
  const each = Math.ceil(count / arenas)
  return Array.from({ length: arenas }, (_, number) => {
    const own = values.subarray(number * each * 8, Math.min((number + 1) * each, count) * 8)
    const size = own.length / 8
    const arena = pool?.take() ?? Arena.create(size, hasTables ? segmentBytes(size) : 0)
    return fillArena(arena, number, own, hasTables)
  })
}

function fillArena(arena: Arena, number: number, values: Uint32Array, hasTables: boolean): ArenaView {
  const to = values.length / 8
  arena.appendAll(values)
  if (!hasTables) return { number, arena, segments: [], tailFrom: 0, tailTo: to }
  const bytes = segmentBytes(to)
  const segment = { header: arena.regionsFrom, bytes, from: 0, to, size: to, builtAt: 0 }
  layOutSegment(arena, segment)
  for (const _ of buildSegment(arena, segment));
  return { number, arena, segments: [segment], tailFrom: to, tailTo: to }
}
