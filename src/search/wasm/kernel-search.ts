import { ARENA_ID_BITS, type Arena } from './arena.ts'
import { choose, flatMicros, type Strategy } from './cost-model.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { MatchCollector } from '../match-collector.ts'
import { PassRunner, type LoadedRows } from './pass-runner.ts'
import { passRows, planPasses, type Pass } from './radius-plan.ts'
import type { Segment } from './segment.ts'

/** What a search sees of one arena: its segments, and the tail of values behind them, which are scanned. */
export interface ArenaView {
  readonly arena: Arena
  /** Ascending; together they cover the values 0 to `tailFrom` − 1. */
  readonly segments: readonly Segment[]
  readonly tailFrom: number
  readonly tailTo: number
}

/** Reads at this sequence number see every removal. */
export const READ_LATEST = 0xfffffffe
const UNBOUNDED: SearchBudget = { micros: Infinity, queries: 1 }
/** More than any pass takes. */
const MOST_WIDTH = 2 ** 16
/** After a piece that was given up so many are searched at its half width before a wider one is tried. */
const CAUTION = 4

/** The id of value `local` of arena `number`, and back. */
export const globalId = (number: number, local: number): number => ((number << ARENA_ID_BITS) | local) >>> 0
export const arenaOf = (id: number): number => id >>> ARENA_ID_BITS
export const localId = (id: number): number => id & (2 ** ARENA_ID_BITS - 1)

/** Searches arenas on one thread, with that thread's scratch. Ids are {@link globalId}s in the order of the views. */
export class KernelSearch {
  readonly #runners = new Map<Arena, PassRunner>()
  #strategy: Strategy | undefined
  #budgets: ((radius: number) => Uint8Array) | undefined
  /** Queries searched together next: halved when they were too many, and widened again after some that were not. */
  #width = MOST_WIDTH
  #piecesUntilWider = 0

  /** Lets every search of a segment go one way, whatever it costs; for measuring and testing. */
  set strategy(strategy: Strategy | undefined) {
    this.#strategy = strategy
    for (const runner of this.#runners.values()) runner.force = strategy
  }

  /** Replaces the budgets of the chunks (see chunk-budgets.ts); any that sum to the radius + 1 are exact. */
  set budgets(budgets: (radius: number) => Uint8Array) {
    this.#budgets = budgets
    for (const runner of this.#runners.values()) runner.budgets = budgets
  }

  /**
   * Searches the set as it was at sequence number `readAt`: values removed at it or before don't match. The batch is
   * searched in pieces, at first as wide as the last ones turned out well; what takes too long, or has too many
   * matches, is given up and tried again in halves.
   */
  search(
    views: readonly ArenaView[],
    queries: Uint32Array,
    query: RadiusQuery,
    readAt: number,
    budget: SearchBudget = UNBOUNDED,
  ): Matches {
    const count = queries.length / 8
    const passes = planPasses(query)
    const collector = new MatchCollector(count, query.limit, {
      copyValue: (id, to, at) => views[arenaOf(id)].arena.copyValue(localId(id), to, at),
    })
    const mayRepeat = passes.length > 1 || passes[0].transposedRows
    const widest = views.length === 0 ? count : this.#widest(views[0], passes)
    const startedMs = performance.now()
    const spentMicros = (): number => (performance.now() - startedMs) * 1000
    let from = 0
    while (from < count && (from < budget.queries || spentMicros() < budget.micros)) {
      const mostMicros = budget.micros - (from < budget.queries ? 0 : spentMicros())
      const pieceFrom = spentMicros()
      const width = Math.max(1, Math.min(widest, this.#width))
      const to = Math.min(from + width, count)
      const fits = views.every((view, number) => {
        collector.firstId = globalId(number, 0)
        return this.#searchArena(view, queries, from, to, passes, { readAt, mostMicros }, collector)
      })
      if (!fits) {
        collector.truncate(0)
        this.#width = (to - from) >>> 1
        this.#piecesUntilWider = CAUTION
        continue
      }
      collector.finish(from, to, mayRepeat)
      from = to
      this.#piecesUntilWider--
      if (this.#piecesUntilWider < 0 && spentMicros() - pieceFrom < budget.micros / 4) {
        this.#width = Math.min(this.#width * 2, MOST_WIDTH)
      }
    }
    return collector.answer(from)
  }

  /** About how long `search` takes, in microseconds, if no query is out of the ordinary. */
  estimateMicros(views: readonly ArenaView[], queryCount: number, query: RadiusQuery): number {
    let micros = 0
    for (const pass of planPasses(query)) {
      const rows = passRows(pass, queryCount)
      for (const { segments, tailFrom, tailTo } of views) {
        for (const { size } of segments) {
          micros += choose(size, rows, pass.maxDistanceBits, pass.forms).micros
        }
        micros += flatMicros(tailTo - tailFrom, rows, pass.maxDistanceBits, pass.forms)
      }
    }
    return micros
  }

  #searchArena(
    { arena, segments, tailFrom, tailTo }: ArenaView,
    queries: Uint32Array,
    from: number,
    to: number,
    passes: readonly Pass[],
    { readAt, mostMicros }: Pick<LoadedRows, 'readAt' | 'mostMicros'>,
    into: MatchCollector,
  ): boolean {
    const runner = this.#runner(arena)
    return passes.every((pass) => {
      const rows = runner.load(queries, from, to, pass, readAt, mostMicros)
      return (
        segments.every((segment) => runner.searchSegment(segment, rows, into)) &&
        runner.searchRange(tailFrom, tailTo, rows, into)
      )
    })
  }

  #widest({ arena }: ArenaView, passes: readonly Pass[]): number {
    return Math.min(...passes.map((pass) => this.#runner(arena).maxQueries(pass)))
  }

  #runner(arena: Arena): PassRunner {
    let runner = this.#runners.get(arena)
    if (!runner) {
      runner = new PassRunner(arena)
      runner.force = this.#strategy
      if (this.#budgets) runner.budgets = this.#budgets
      this.#runners.set(arena, runner)
    }
    return runner
  }
}
