import { MAX_TABLE_RADIUS, CHUNKS, chunkBudgets, packBudgets } from './chunk-budgets.ts'
import {
  CANDIDATE_NS,
  choose,
  entriesMicros,
  flatMicros,
  partBits,
  tablesBaseMicros,
  type Strategy,
} from './cost-model.ts'
import type { IndexLayout } from './index-layout.ts'
import type { MatchCollector } from './match-collector.ts'
import type { Pass } from './radius-plan.ts'

/** Rows of one flat scan: few enough that the results of one block of values fit the kernel's buffer. */
const FLAT_ROWS = 256
/** Rows that look their own buckets up between two looks at the work done. */
const DIRECT_ROWS = 256
const TRANSPOSED = 0x8000_0000
/** A search by tables gives up when its candidates have cost this share of a flat scan. */
const GIVE_UP_SHARE = 0.2

/** Runs passes over one index: loads rows, chooses how, drives the kernel, hands matches to a collector. */
export class PassRunner {
  readonly #layout: IndexLayout
  readonly #results: number
  readonly #rowQuery: Uint32Array
  /** Overrides the cost model's choice; for measuring and testing. */
  force: Strategy | undefined
  /** Budgets of the chunks for a radius; tests try uneven ones. */
  budgets: (radius: number) => Uint8Array = chunkBudgets

  constructor(layout: IndexLayout) {
    this.#layout = layout
    const { kernel, scratch, maxRows } = layout.home
    this.#results = (scratch + kernel.layoutResultsOffset()) / 4
    this.#rowQuery = new Uint32Array(maxRows)
  }

  /** Most queries that one pass takes. */
  maxQueries(pass: Pass): number {
    return this.#layout.home.maxRows / (pass.plainRows && pass.transposedRows ? 2 : 1)
  }

  /**
   * Matches queries `from` to `to` − 1 with the values that were not removed at sequence number `readAt`.
   * Returns false if the results of several queries did not fit the kernel's buffer: some matches are missing,
   * and the caller tries again with fewer queries.
   */
  run(
    queries: Uint32Array,
    from: number,
    to: number,
    pass: Pass,
    readAt: number,
    into: MatchCollector,
  ): boolean {
    if (this.#layout.size === 0 || from === to) return true
    const rows = this.#loadRows(queries, from, to, pass)
    this.#bind(rows, pass, readAt)
    const strategy = this.#strategyFor(rows, pass)
    if (strategy === 'flat') {
      this.#flat(0, rows, into)
      return true
    }
    const byTables = this.force ? rows : this.#bringHostileLast(rows, pass)
    const pendingBefore = into.pending
    this.#bind(byTables, pass, readAt)
    const outcome = this.#tables(strategy, byTables, this.#allowance(byTables, pass), into)
    if (outcome === 'overflow' && to - from > 1) return false
    if (outcome !== 'done') {
      into.truncate(pendingBefore)
      this.#bind(rows, pass, readAt)
    }
    this.#flat(outcome === 'done' ? byTables : 0, rows, into)
    return true
  }

  /** What each of queries `from` to `to` − 1 should cost in one pass, added to `micros`. */
  estimate(queries: Uint32Array, from: number, to: number, pass: Pass, micros: Float64Array): void {
    const rows = this.#loadRows(queries, from, to, pass)
    this.#bind(rows, pass, 0)
    const { size } = this.#layout
    const flat = flatMicros(size, 1, pass.maxDistanceBits, pass.forms)
    const each = this.#strategyFor(rows, pass) === 'flat' ? flat : Infinity
    const costs = each === flat ? undefined : this.#rowMicros(rows, pass)
    for (let row = 0; row < rows; row++) {
      micros[(this.#rowQuery[row] & ~TRANSPOSED) >>> 0] += Math.min(flat, costs ? costs[row] : flat)
    }
  }

  #bind(rows: number, pass: Pass, readAt: number): void {
    const { kernel } = this.#layout.home
    const budgets = this.budgets(Math.min(pass.maxDistanceBits, MAX_TABLE_RADIUS))
    kernel.bindIndex(this.#layout.address)
    kernel.bindQuery(
      rows,
      pass.forms,
      Math.min(pass.maxDistanceBits, 256),
      packBudgets(budgets, 0),
      packBudgets(budgets, 8),
      readAt,
    )
  }

  #strategyFor(rows: number, pass: Pass): Strategy {
    if (!this.#layout.hasTables || pass.maxDistanceBits > MAX_TABLE_RADIUS) return 'flat'
    return this.force ?? choose(this.#layout.size, rows, pass.maxDistanceBits, pass.forms).strategy
  }

  /** What each row would cost by tables, by the real sizes of its buckets. */
  #rowMicros(rows: number, pass: Pass): Float64Array {
    const { kernel, scratch, words } = this.#layout.home
    kernel.estimateRows()
    const at = scratch + kernel.layoutEstimatesOffset()
    const entries = new Float32Array(words.buffer, at, rows)
    const base = tablesBaseMicros(this.#layout.size, rows, pass.maxDistanceBits, pass.forms) / rows
    return Float64Array.from(entries, (scanned) => base + entriesMicros(scanned))
  }

  /**
   * Moves the rows that the flat scan answers more cheaply (a hostile set fills their buckets) behind the others;
   * returns the number of the others.
   */
  #bringHostileLast(rows: number, pass: Pass): number {
    const { words, scratch } = this.#layout.home
    const costs = this.#rowMicros(rows, pass)
    const flat = flatMicros(this.#layout.size, 1, pass.maxDistanceBits, pass.forms)
    const row = scratch / 4
    let end = rows
    for (let n = 0; n < end; n++) {
      if (costs[n] <= flat) continue
      while (--end > n && costs[end] > flat);
      const query = this.#rowQuery[n]
      const value = words.slice(row + n * 8, row + n * 8 + 8)
      this.#rowQuery[n] = this.#rowQuery[end]
      words.copyWithin(row + n * 8, row + end * 8, row + end * 8 + 8)
      this.#rowQuery[end] = query
      words.set(value, row + end * 8)
    }
    return end
  }

  /** Candidates that a search by tables may cost before the flat scan is the better end. */
  #allowance(rows: number, pass: Pass): number {
    if (this.force) return 0xffffffff
    const flat = flatMicros(this.#layout.size, rows, pass.maxDistanceBits, pass.forms)
    return Math.min(0xfffffffe, (GIVE_UP_SHARE * flat * 1000) / CANDIDATE_NS)
  }

  #loadRows(queries: Uint32Array, from: number, to: number, pass: Pass): number {
    const { kernel, scratch, words } = this.#layout.home
    const count = to - from
    words.set(queries.subarray(from * 8, to * 8), scratch / 4)
    kernel.toClassesAll(scratch, scratch, count)
    for (let row = 0; row < count; row++) this.#rowQuery[row] = from + row
    if (!pass.transposedRows) return count
    const at = pass.plainRows ? count : 0
    kernel.transposeAll(scratch, scratch + at * 32, count)
    for (let row = 0; row < count; row++) this.#rowQuery[at + row] = (from + row) | TRANSPOSED
    return at + count
  }

  #tables(
    strategy: 'direct' | 'stream',
    rows: number,
    allowance: number,
    into: MatchCollector,
  ): 'done' | 'overflow' | 'work' {
    const { kernel } = this.#layout.home
    kernel.limitWork(allowance)
    const checked = (): 'on' | 'overflow' | 'work' => {
      this.#drain(into)
      const overflowed = kernel.takeOverflow()
      return kernel.hasGivenUp() ? 'work' : overflowed ? 'overflow' : 'on'
    }
    if (strategy === 'direct') {
      for (let from = 0; from < rows; from += DIRECT_ROWS) {
        kernel.searchDirect(from, Math.min(from + DIRECT_ROWS, rows))
        const state = checked()
        if (state !== 'on') return state
      }
      return 'done'
    }
    const bits = partBits()
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      kernel.sortRows(chunk, bits)
      for (let part = 0; part < 1 << bits;) {
        part = kernel.searchStream(bits, part)
        const state = checked()
        if (state !== 'on') return state
      }
    }
    return 'done'
  }

  #flat(fromRow: number, toRow: number, into: MatchCollector): void {
    const { kernel } = this.#layout.home
    const { size } = this.#layout
    for (let from = fromRow; from < toRow; from += FLAT_ROWS) {
      const to = Math.min(from + FLAT_ROWS, toRow)
      for (let value = 0; value < size;) {
        value = kernel.searchFlat(from, to, value, size)
        this.#drain(into)
      }
    }
  }

  #drain(into: MatchCollector): void {
    const { words, kernel } = this.#layout.home
    const count = kernel.takeResults()
    for (let n = 0, at = this.#results; n < count; n++, at += 3) {
      const query = this.#rowQuery[words[at]]
      const rank = words[at + 2]
      const orientation = (rank >>> 16) | (query & TRANSPOSED ? 4 : 0)
      into.add((query & ~TRANSPOSED) >>> 0, words[at + 1], rank & 0xffff, orientation)
    }
  }
}
