import { TABLES_STRATEGIES, type TablesStrategy } from './cost-model.ts'

/** How much a new measurement counts, and how much it tells of the ways that were not measured. */
const LEARNT = 1 / 8
const CARRIED_OVER = 1 / 512
/** A measurement says no more than this: whoever else had the processor meanwhile says nothing about the way. */
const MOST = 3

/**
 * How much longer each way through a segment's tables takes here and now than the cost model says. The model was fitted
 * to searches one after the other, whose tables are in the caches; a matcher that waits for reports between two of them
 * finds other things there (measured at 1M, batches of 60: 43 µs a query by parts, or 74 after a pause of 5 ms, where
 * looking up directly takes 38 and 47). Ways that aren't tried drift to what the others take, and so are tried again.
 */
export class StrategyCalibration {
  readonly #factors = new Map<TablesStrategy, number>(TABLES_STRATEGIES.map((strategy) => [strategy, 1]))

  /** To be multiplied with what the model says. */
  factor(strategy: TablesStrategy): number {
    return this.#factors.get(strategy) ?? 1
  }

  /** A search that should have taken `modelMicros` took so long. */
  learn(strategy: TablesStrategy, modelMicros: number, micros: number): void {
    const told = Math.min(MOST, Math.max(1 / MOST, micros / modelMicros))
    for (const [way, before] of this.#factors) {
      this.#factors.set(way, before + (told - before) * (way === strategy ? LEARNT : CARRIED_OVER))
    }
  }
}
