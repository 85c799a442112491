import type { Strategy } from './cost-model.ts'
import type { HammingIndex, Matches, RadiusQuery } from './hamming-index.ts'
import type { IndexLayout } from './index-layout.ts'
import { MatchCollector } from './match-collector.ts'
import { PassRunner } from './pass-runner.ts'
import { planPasses } from './radius-plan.ts'

/** Reads at this sequence number see every removal. */
const READ_LATEST = 0xfffffffe
/** A batch whose matches grow past this is finished in smaller pieces. */
const MOST_PENDING = 4_000_000

/** What the two kernel indices share: packed values in a kernel memory, searched by passes. */
export abstract class KernelIndex implements HammingIndex {
  readonly layout: IndexLayout
  readonly #runner: PassRunner

  constructor(layout: IndexLayout) {
    this.layout = layout
    this.#runner = new PassRunner(layout)
  }

  get size(): number {
    return this.layout.size - this.layout.removedCount
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.layout.copyValue(id, to, at)
  }

  isRemoved(id: number): boolean {
    return this.layout.isRemoved(id)
  }

  /** Value `id` is taken out of every answer read at `sequence` or later. */
  remove(id: number, sequence = 0): void {
    this.layout.remove(id, sequence)
  }

  /** Replaces the budgets of the chunks (see chunk-budgets.ts); any that sum to the radius + 1 are exact. */
  set budgets(budgets: (radius: number) => Uint8Array) {
    this.#runner.budgets = budgets
  }

  /** Lets every search go one way, whatever it costs; for measuring and testing. */
  set strategy(strategy: Strategy | undefined) {
    this.#runner.force = strategy
  }

  search(queries: Uint32Array, query: RadiusQuery): Matches {
    return this.searchAt(queries, query, READ_LATEST)
  }

  /** Searches the set as it was at sequence number `readAt`: values removed at it or before don't match. */
  searchAt(queries: Uint32Array, query: RadiusQuery, readAt: number): Matches {
    const count = queries.length / 8
    const passes = planPasses(query)
    const step = Math.min(...passes.map((pass) => this.#runner.maxQueries(pass)))
    const collector = new MatchCollector(count, query.limit, (id, to, at) => this.copyValue(id, to, at))
    const mayRepeat = passes.length > 1 || passes[0].transposedRows
    const piece = (from: number, to: number): void => {
      const fits = passes.every((pass) => this.#runner.run(queries, from, to, pass, readAt, collector))
      if (to - from > 1 && (!fits || collector.pending > MOST_PENDING)) {
        collector.truncate(0)
        const middle = (from + to) >>> 1
        piece(from, middle)
        piece(middle, to)
      } else collector.finish(from, to, mayRepeat)
    }
    for (let from = 0; from < count; from += step) piece(from, Math.min(from + step, count))
    return collector.answer()
  }

  /**
   * What each query should cost, in microseconds, by what its own buckets hold: what slices a batch against a set
   * that an adversary has filled.
   */
  estimateEach(queries: Uint32Array, query: RadiusQuery): Float64Array {
    const micros = new Float64Array(queries.length / 8)
    for (const pass of planPasses(query)) {
      const step = this.#runner.maxQueries(pass)
      for (let from = 0; from < micros.length; from += step) {
        this.#runner.estimate(queries, from, Math.min(from + step, micros.length), pass, micros)
      }
    }
    return micros
  }

  abstract estimateMicros(queryCount: number, query: RadiusQuery): number
}
