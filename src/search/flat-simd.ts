import { flatMicros } from './cost-model.ts'
import type { RadiusQuery } from './hamming-index.ts'
import { IndexLayout, indexBytes } from './index-layout.ts'
import { KernelIndex } from './kernel-index.ts'
import { KernelMemory } from './kernel-memory.ts'
import { passRows, planPasses } from './radius-plan.ts'

/** Compares every query with every value, in the kernel: for small sets, and the oracle of the multi-index. */
export class FlatSimdIndex extends KernelIndex {
  /** Builds an index of different values, 8 words each, in a memory of its own or in `home`. */
  static build(values: Uint32Array, home?: KernelMemory): FlatSimdIndex {
    const count = values.length / 8
    const memory = home ?? KernelMemory.create(indexBytes(count, false))
    const layout = IndexLayout.allocate(memory, count, false)
    layout.append(values)
    return new FlatSimdIndex(layout)
  }

  /** The index that another thread built at `address`. */
  static attach(home: KernelMemory, address: number): FlatSimdIndex {
    return new FlatSimdIndex(IndexLayout.attach(home, address))
  }

  override estimateMicros(queryCount: number, query: RadiusQuery): number {
    let micros = 0
    for (const pass of planPasses(query)) {
      micros += flatMicros(this.layout.size, passRows(pass, queryCount), pass.maxDistanceBits, pass.forms)
    }
    return micros
  }
}
