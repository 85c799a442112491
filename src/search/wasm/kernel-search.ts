// Searches several arenas by the kernel, on one thread.
import type { Arena } from './arena.ts'
import { choose, flatMicros } from './cost-model.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { MatchCollector } from '../match-collector.ts'
import { copyValueOf, globalId, type ArenaView, type IndexView } from './index-view.ts'
import { PassRunner, type QueryRange } from './pass-runner.ts'
import { passRows, planPasses, type Pass } from './radius-plan.ts'
import type { SearchTuning } from './search-tuning.ts'

const UNBOUNDED: SearchBudget = { micros: Infinity, queries: 1 }
/** More than any pass takes. */
const MOST_WIDTH = 2 ** 16
/** After a piece was given up, this many pieces are searched at half its width before a wider one is tried. */
const CAUTION = 4

/** Searches arenas on one thread, with that thread's scratch area. */
export class KernelSearch {
  readonly #tuning: SearchTuning
  readonly #runners = new WeakMap<Arena, PassRunner>()
  /** Queries of the next piece: halved when a piece was too much, doubled again after some that were not. */
  #width = MOST_WIDTH
  #piecesUntilWider = 0

  constructor(tuning: SearchTuning = {}) {
    this.#tuning = tuning
  }

  /**
   * Searches one state of an index. The batch is searched in pieces, at first as wide as the last ones turned out
   * well; a piece that takes too long, or has too many matches, is given up and tried again in halves.
   */
  search(view: IndexView, queries: Uint32Array, query: RadiusQuery, budget = UNBOUNDED): Matches {
    const { arenas, readAt } = view
    const count = queries.length / 8
    const passes = planPasses(query)
    const collector = new MatchCollector(count, query.limit, {
      copyValue: (id, to, at) => copyValueOf(arenas, id, to, at),
    })
    const mayRepeat = passes.length > 1 || passes[0].transposedRows
    const widest = arenas.length === 0 ? count : this.#widest(arenas[0], passes)
    const startedMs = performance.now()
    const spentMicros = (): number => (performance.now() - startedMs) * 1000
    let from = 0
    while (from < count && (from < budget.queries || spentMicros() < budget.micros)) {
      const mostMicros = budget.micros - (from < budget.queries ? 0 : spentMicros())
      const pieceFrom = spentMicros()
      const width = Math.max(1, Math.min(widest, this.#width))
      const to = Math.min(from + width, count)
      const piece = { queries, from, to, readAt, mostMicros }
      const fits = arenas.every((arena) => this.#searchArena(arena, piece, passes, collector))
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
  estimateMicros(arenas: readonly ArenaView[], queryCount: number, query: RadiusQuery): number {
    let micros = 0
    for (const pass of planPasses(query)) {
      const rows = passRows(pass, queryCount)
      for (const { segments, tailFrom, tailTo } of arenas) {
        for (const { size } of segments) {
          micros += choose(size, rows, pass.maxDistanceBits, pass.forms).micros
        }
        micros += flatMicros(tailTo - tailFrom, rows, pass.maxDistanceBits, pass.forms)
      }
    }
    return micros
  }

  #searchArena(
    { number, arena, segments, tailFrom, tailTo }: ArenaView,
    piece: QueryRange,
    passes: readonly Pass[],
    into: MatchCollector,
  ): boolean {
    const runner = this.#runner(arena)
    into.firstId = globalId(number, 0)
    return passes.every((pass) => {
      const rows = runner.load(piece, pass)
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
      runner = new PassRunner(arena, this.#tuning)
      this.#runners.set(arena, runner)
    }
    return runner
  }
}
