import { ARENA_ID_BITS, type Arena } from './arena.ts'
import { choose, flatMicros, type Strategy } from './cost-model.ts'
import type { Matches, RadiusQuery } from './hamming-index.ts'
import { MatchCollector } from './match-collector.ts'
import { MOST_PENDING, PassRunner } from './pass-runner.ts'
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

/** The id of value `local` of arena `number`, and back. */
export const globalId = (number: number, local: number): number => ((number << ARENA_ID_BITS) | local) >>> 0
export const arenaOf = (id: number): number => id >>> ARENA_ID_BITS
export const localId = (id: number): number => id & (2 ** ARENA_ID_BITS - 1)

/** Searches arenas on one thread, with that thread's scratch. Ids are {@link globalId}s in the order of the views. */
export class KernelSearch {
  readonly #runners = new Map<Arena, PassRunner>()
  #strategy: Strategy | undefined
  #budgets: ((radius: number) => Uint8Array) | undefined

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

  /** Searches the set as it was at sequence number `readAt`: values removed at it or before don't match. */
  search(views: readonly ArenaView[], queries: Uint32Array, query: RadiusQuery, readAt: number): Matches {
    const count = queries.length / 8
    const passes = planPasses(query)
    const collector = new MatchCollector(count, query.limit, {
      copyValue: (id, to, at) => views[arenaOf(id)].arena.copyValue(localId(id), to, at),
    })
    const mayRepeat = passes.length > 1 || passes[0].transposedRows
    const piece = (from: number, to: number): void => {
      const fits = views.every((view, number) => {
        collector.firstId = globalId(number, 0)
        return this.#searchArena(view, queries, from, to, passes, readAt, collector)
      })
      if (to - from > 1 && (!fits || collector.pending > MOST_PENDING)) {
        collector.truncate(0)
        const middle = (from + to) >>> 1
        piece(from, middle)
        piece(middle, to)
      } else collector.finish(from, to, mayRepeat)
    }
    const step = views.length === 0 ? count : this.#step(views[0], passes)
    for (let from = 0; from < count; from += step) piece(from, Math.min(from + step, count))
    return collector.answer()
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

  /**
   * What each query should cost, in microseconds, by what its own buckets hold: what slices a batch against a set
   * that an adversary has filled.
   */
  estimateEach(views: readonly ArenaView[], queries: Uint32Array, query: RadiusQuery): Float64Array {
    const micros = new Float64Array(queries.length / 8)
    for (const view of views) {
      const runner = this.#runner(view.arena)
      for (const pass of planPasses(query)) {
        const tail = flatMicros(
          view.tailTo - view.tailFrom,
          passRows(pass, 1),
          pass.maxDistanceBits,
          pass.forms,
        )
        const step = runner.maxQueries(pass)
        for (let from = 0; from < micros.length; from += step) {
          const to = Math.min(from + step, micros.length)
          const rows = runner.load(queries, from, to, pass, 0)
          for (const segment of view.segments) runner.estimate(segment, rows, micros)
          for (let n = from; n < to; n++) micros[n] += tail
        }
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
    readAt: number,
    into: MatchCollector,
  ): boolean {
    const runner = this.#runner(arena)
    const mayRetry = to - from > 1
    return passes.every((pass) => {
      const rows = runner.load(queries, from, to, pass, readAt)
      return (
        segments.every((segment) => runner.searchSegment(segment, rows, mayRetry, into)) &&
        runner.searchRange(tailFrom, tailTo, rows, mayRetry, into)
      )
    })
  }

  #step({ arena }: ArenaView, passes: readonly Pass[]): number {
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
