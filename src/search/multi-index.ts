import { choose } from './cost-model.ts'
import type { RadiusQuery } from './hamming-index.ts'
import { IndexLayout, indexBytes } from './index-layout.ts'
import { KernelIndex } from './kernel-index.ts'
import { KernelMemory } from './kernel-memory.ts'
import { passRows, planPasses } from './radius-plan.ts'

/**
 * Sixteen tables of 16-bit chunks, probed around each query's chunks (search by a nested pigeonhole: see
 * kernel/index.ts). Exact at every radius; where the tables would cost more than comparing everything, it does.
 */
export class MultiIndex extends KernelIndex {
  /** Builds an index of different values, 8 words each, in a memory of its own or in `home`. */
  static build(values: Uint32Array, home?: KernelMemory): MultiIndex {
    const count = values.length / 8
    const memory = home ?? KernelMemory.create(indexBytes(count, true))
    const layout = IndexLayout.allocate(memory, count, true)
    layout.append(values)
    layout.buildTables()
    return new MultiIndex(layout)
  }

  /** The index that another thread built at `address`. */
  static attach(home: KernelMemory, address: number): MultiIndex {
    return new MultiIndex(IndexLayout.attach(home, address))
  }

  override estimateMicros(queryCount: number, query: RadiusQuery): number {
    let micros = 0
    for (const pass of planPasses(query)) {
      micros += choose(this.layout.size, passRows(pass, queryCount), pass.maxDistanceBits, pass.forms).micros
    }
    return micros
  }
}
