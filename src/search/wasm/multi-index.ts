import { KernelIndex, buildViews } from './kernel-index.ts'

/**
 * Sixteen tables of 16-bit chunks, probed around each query's chunks (search by a nested pigeonhole: see
 * kernel/index.ts). Exact at every radius; where the tables would cost more than comparing everything, it does.
 */
export class MultiIndex extends KernelIndex {
  /** Builds an index of different values, 8 words each. */
  static build(values: Uint32Array): MultiIndex {
    return new MultiIndex(buildViews(values, true))
  }
}
