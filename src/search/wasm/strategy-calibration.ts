// Corrects the cost model by what searches take here and now.
import { TABLES_STRATEGIES, type TablesStrategy } from './cost-model.ts'

/** How much a new measurement counts for its strategy, and for the strategies that were not measured. */
const LEARNT = 1 / 8
const CARRIED_OVER = 1 / 512
/** Clamp for one measurement: time lost to other processes says nothing about the strategy. */
const MOST = 3

/**
 * How much longer each strategy takes on a segment, here and now, than the cost model says. The model was fitted to
 * searches one after the other, whose tables are in the caches; between two searches a matcher waits for reports, and
 * other data is in the caches (measured at 1M, batches of 60: 43 µs a query by parts, or 74 after a pause of 5 ms, where
 * looking up directly takes 38 and 47). Strategies that aren't tried drift to what the others take, and so are tried again.
 */
export class StrategyCalibration {
  readonly #factors = new Map<TablesStrategy, number>(TABLES_STRATEGIES.map((strategy) => [strategy, 1]))

  /** To be multiplied with what the model says. */
  factor(strategy: TablesStrategy): number {
    return this.#factors.get(strategy) ?? 1
  }

  /** A search that should have taken `modelMicros` took `micros`. */
  learn(strategy: TablesStrategy, modelMicros: number, micros: number): void {
    const told = Math.min(MOST, Math.max(1 / MOST, micros / modelMicros))
    for (const [way, before] of this.#factors) {
      this.#factors.set(way, before + (told - before) * (way === strategy ? LEARNT : CARRIED_OVER))
    }
  }
}
