import { Arena, MAX_ARENA_VALUES } from './arena.ts'
import type { Strategy } from './cost-model.ts'
import type { HammingIndex, Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { READ_LATEST, KernelSearch, arenaOf, localId, type ArenaView } from './kernel-search.ts'
import { MAX_MEMORY_BYTES } from './kernel-memory.ts'
import { buildSegment, layOutSegment, segmentBytes } from './segment.ts'

/** With its tables a value takes at most so many bytes; 5 MiB are the tables' fixed part. */
const BYTES_PER_VALUE = 168
const ROOM_BYTES = MAX_MEMORY_BYTES - 2 ** 25
/** The most values of one arena: its memory holds more than can be numbered in it, today. */
const ARENA_VALUES = Math.min(MAX_ARENA_VALUES, Math.floor(ROOM_BYTES / BYTES_PER_VALUE))

/** Values that are given once, behind sixteen tables each, or plainly: what the two kernel indices share. */
export abstract class KernelIndex implements HammingIndex {
  readonly #views: readonly ArenaView[]
  readonly #search = new KernelSearch()
  #removed = 0

  constructor(views: readonly ArenaView[]) {
    this.#views = views
  }

  get size(): number {
    let size = -this.#removed
    for (const { arena } of this.#views) size += arena.count
    return size
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#views[arenaOf(id)].arena.copyValue(localId(id), to, at)
  }

  /** Value `id` is taken out of every answer read at `sequence` or later. */
  remove(id: number, sequence = 0): void {
    if (this.#views[arenaOf(id)].arena.remove(localId(id), sequence)) this.#removed++
  }

  /** See {@link KernelSearch}. */
  set budgets(budgets: (radius: number) => Uint8Array) {
    this.#search.budgets = budgets
  }

  set strategy(strategy: Strategy | undefined) {
    this.#search.strategy = strategy
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.searchAt(queries, query, READ_LATEST, budget)
  }

  /** Searches the set as it was at sequence number `readAt`: values removed at it or before don't match. */
  searchAt(queries: Uint32Array, query: RadiusQuery, readAt: number, budget?: SearchBudget): Matches {
    return this.#search.search(this.#views, queries, query, readAt, budget)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.estimateMicros(this.#views, queryCount, query)
  }
}

/** Arenas of different values, 8 words each, as many of equal size as it takes. */
export function buildViews(
  values: Uint32Array,
  withTables: boolean,
  valuesPerArena = ARENA_VALUES,
): ArenaView[] {
  const count = values.length / 8
  const arenas = Math.max(1, Math.ceil(count / valuesPerArena))
  const each = Math.ceil(count / arenas)
  return Array.from({ length: arenas }, (_, number) => {
    const own = values.subarray(number * each * 8, Math.min((number + 1) * each, count) * 8)
    return buildView(own, withTables)
  })
}

function buildView(values: Uint32Array, withTables: boolean): ArenaView {
  const count = values.length / 8
  const bytes = withTables ? segmentBytes(count) : 0
  const arena = Arena.create(count, bytes)
  arena.appendAll(values)
  if (!withTables) return { arena, segments: [], tailFrom: 0, tailTo: count }
  const segment = { header: arena.regionsFrom, bytes, from: 0, to: count, size: count, builtAt: 0 }
  layOutSegment(arena, segment)
  for (const _ of buildSegment(arena, segment));
  return { arena, segments: [segment], tailFrom: count, tailTo: count }
}
