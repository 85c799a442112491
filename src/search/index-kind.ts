import { BkTree } from './plain/bk-tree.ts'
import { choose, flatMicros } from './wasm/cost-model.ts'
import { WasmFlatIndex } from './wasm/wasm-flat.ts'
import type { HammingIndex, RadiusQuery } from './hamming-index.ts'
import { MultiIndex } from './wasm/multi-index.ts'
import { passRows, planPasses } from './wasm/radius-plan.ts'

/** The kinds of index for a set that doesn't change. */
export const INDEX_KINDS = ['flat', 'bk-tree', 'multi-index'] as const

export type IndexKind = (typeof INDEX_KINDS)[number]

/** What decides which kind is quickest. */
export interface ExpectedSearch {
  /** Number of values. */
  readonly size: number
  /** How many queries will come in all. */
  readonly queryCount: number
  /** How many of them are searched together. */
  readonly batch: number
  readonly query: Omit<RadiusQuery, 'limit'>
}

/** Builds an index of different values, 8 words each. */
export function buildIndex(kind: IndexKind, values: Uint32Array): HammingIndex {
  if (kind === 'flat') return WasmFlatIndex.build(values)
  if (kind === 'multi-index') return MultiIndex.build(values)
  const tree = new BkTree()
  for (let at = 0; at < values.length; at += 8) tree.add(values, at)
  return tree
}

/** Measured from 1,000 to 1,000,000 random values (Node 24, EPYC Zen 3). */
const FLAT_BUILD_MICROS_A_VALUE = 0.05
const TABLES_BUILD_MICROS = 18_000
const TABLES_BUILD_MICROS_A_VALUE = 0.45

/**
 * The kind that is done first, building included: a multi-index pays once enough queries come. (A BK-tree never is:
 * it takes 1.4 µs a value to build and is slower than the multi-index at every radius.)
 */
export function quickestKind({ size, queryCount, batch, query }: ExpectedSearch): 'flat' | 'multi-index' {
  const rounds = queryCount / batch
  let flat = size * FLAT_BUILD_MICROS_A_VALUE
  let tables = TABLES_BUILD_MICROS + size * TABLES_BUILD_MICROS_A_VALUE
  for (const pass of planPasses({ ...query, limit: Infinity })) {
    const rows = passRows(pass, batch)
    flat += rounds * flatMicros(size, rows, pass.maxDistanceBits, pass.forms)
    tables += rounds * choose(size, rows, pass.maxDistanceBits, pass.forms).micros
  }
  return tables < flat ? 'multi-index' : 'flat'
}
