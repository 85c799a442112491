// Which kind of index serves a set that doesn't change, and how it is built.
import { BkTree } from './plain/bk-tree.ts'
import { choose, flatMicros } from './wasm/cost-model.ts'
import type { HammingIndex, RadiusQuery } from './hamming-index.ts'
import type { ArenaPool } from './wasm/arena-pool.ts'
import { KernelIndex } from './wasm/kernel-index.ts'
import { passRows, planPasses } from './wasm/radius-plan.ts'

/** The kinds of index. */
export const INDEX_KINDS = ['flat', 'bk-tree', 'multi-index'] as const

export type IndexKind = (typeof INDEX_KINDS)[number]

/** As people choose one: by its kind, or `auto` for the kind that is quickest. */
export type IndexChoice = IndexKind | 'auto'

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

/** An index whose values are all there when it is built. */
export interface BuiltIndex extends HammingIndex {
  /** Gives its memory back to the pool that it came from: it must not be searched any more. */
  close(): void
}

/** Builds an index of different values, 8 words each. */
export function buildIndex(kind: IndexKind, values: Uint32Array, pool?: ArenaPool): BuiltIndex {
  if (kind === 'flat') return KernelIndex.flat(values, { pool })
  if (kind === 'multi-index') return KernelIndex.withTables(values, { pool })
  const tree = new BkTree()
  tree.addAll(values)
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
