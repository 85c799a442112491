// What tests and measurements override in a search by the kernel.
import type { Strategy } from './cost-model.ts'

/** Read at every search, so that it may be changed between two; answers are exact whatever it says. */
export interface SearchTuning {
  /** Searches every segment this way, whatever the cost model says. */
  strategy?: Strategy | undefined
  /** Budgets of the chunks for a radius (see chunk-budgets.ts): any that sum to the radius + 1 are exact. */
  budgets?: ((radius: number) => Uint8Array) | undefined
}
