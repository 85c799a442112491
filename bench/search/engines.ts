import { BkTree } from '../../src/search/bk-tree.ts'
import { FlatSimdIndex } from '../../src/search/flat-simd.ts'
import type { Matches, RadiusQuery } from '../../src/search/hamming-index.ts'
import { MultiIndex } from '../../src/search/multi-index.ts'
import { MnemonistTree } from '../peers/mnemonist-tree.ts'
import type { EngineName } from './jobs.ts'

/** What is asked of an engine that runs in this process. */
export interface Engine {
  search(queries: Uint32Array, query: RadiusQuery): Matches
  /** Of a tree: how many of its nodes the last search compared with queries. */
  readonly visited?: number
}

/** An engine that holds the values, 8 words each, numbered from 0. */
export function buildEngine(name: EngineName, values: Uint32Array): Engine {
  switch (name) {
    case 'multi-index':
      return MultiIndex.build(values)
    case 'flat-simd':
      return FlatSimdIndex.build(values)
    case 'bk-tree': {
      const tree = new BkTree()
      for (let at = 0; at < values.length; at += 8) tree.add(values, at)
      return tree
    }
    case 'mnemonist-bk-tree':
      return new MnemonistTree(values)
    case 'faiss-flat':
    case 'faiss-multihash':
    case 'pdqindex':
      throw new Error(`${name} runs in Python: bench/peers/search.py`)
  }
}
