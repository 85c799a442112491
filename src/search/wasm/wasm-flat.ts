import { KernelIndex, buildViews } from './kernel-index.ts'

/** Compares every query with every value, in the kernel: for small sets, and the oracle of the multi-index. */
export class WasmFlatIndex extends KernelIndex {
  /** Builds an index of different values, 8 words each. */
  static build(values: Uint32Array): WasmFlatIndex {
    return new WasmFlatIndex(buildViews(values, false))
  }
}
