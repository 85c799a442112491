import { BkTree } from '../../src/search/plain/bk-tree.ts'
import { KernelIndex } from '../../src/search/wasm/kernel-index.ts'
import type { HammingIndex } from '../../src/search/hamming-index.ts'
import { MnemonistTree } from '../peers/mnemonist-tree.ts'
import type { NodeEngineName } from './jobs.ts'

/** What is asked of an engine. */
export interface Engine extends Pick<HammingIndex, 'search' | 'copyValue'> {
  /** Of a tree: how many of its nodes the last search compared with queries. */
  readonly visited?: number
}

/** An engine that holds the values, 8 words each. */
export const ENGINES: Readonly<Record<NodeEngineName, (values: Uint32Array) => Engine>> = {
  'multi-index': (values) => KernelIndex.withTables(values),
  'flat-simd': (values) => KernelIndex.flat(values),
  'bk-tree': (values) => {
    const tree = new BkTree()
    for (let at = 0; at < values.length; at += 8) tree.add(values, at)
    return tree
  },
  'mnemonist-bk-tree': (values) => new MnemonistTree(values),
}
