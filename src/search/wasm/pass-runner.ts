// Drives the kernel through one arena.
import { CHUNKS, KEYS_WITHIN, MAX_TABLE_RADIUS, chunkBudgets, packBudgets } from './chunk-budgets.ts'
import {
  CANDIDATE_NS,
  WAITING_PART_BITS,
  cachedPartBits,
  choose,
  flatMicros,
  tablesCost,
  type Choice,
  type TablesStrategy,
} from './cost-model.ts'
import type { Arena } from './arena.ts'
import type { IdRange } from '../hamming-index.ts'
import type { MatchCollector } from '../match-collector.ts'
import type { Pass } from './radius-plan.ts'
import type { SearchTuning } from './search-tuning.ts'
import { MOST_SPARSE_VALUES, mostEntries, type Segment } from './segment.ts'
import { StrategyCalibration } from './strategy-calibration.ts'

/** Rows of one flat scan: few enough that the results of one block of values fit the kernel's buffer. */
const FLAT_ROWS = 256
/** A piece with more matches than this is searched in smaller pieces. */
const MOST_PENDING = 4_000_000
/** Gathering, counting and ordering one match: 0.25 to 0.9 µs (2.4 GHz EPYC, Node 24). */
const MATCH_MICROS = 0.5
/** Rows that look their own buckets up between two looks at the work done. */
const ROWS_AT_ONCE = { direct: 256, sparse: 2048 } as const
const TRANSPOSED = 0x8000_0000
/** A search by tables gives up when its candidates have cost this share of a flat scan. */
const GIVE_UP_SHARE = 0.2

/** Queries `from` to `to` − 1 of a batch, and what may be spent on them. */
export interface QueryRange {
  readonly queries: Uint32Array
  readonly from: number
  readonly to: number
  /** Removals up to this sequence number are seen. */
  readonly readAt: number
  /** If there are several queries, they are given up when they would take longer. */
  readonly mostMicros: number
}

/** Rows of queries, loaded into this thread's scratch for one pass. */
export interface LoadedRows {
  readonly count: number
  readonly pass: Pass
  /** Removals up to this sequence number are seen. */
  readonly readAt: number
  /** A search that would take longer is not begun, or given up. */
  readonly mostMicros: number
  /** Matches that may be pending, these rows' and those of earlier passes. */
  readonly mostPending: number
  /** There are several queries: if they are too much at once, the caller tries again with fewer. */
  readonly mayRetry: boolean
}

/**
 * Runs passes over the segments and the tail of one arena, on one thread: loads rows, chooses how, drives the kernel,
 * hands matches to a collector.
 */
export class PassRunner {
  readonly #arena: Arena
  readonly #results: number
  readonly #rowQuery: Uint32Array
  /** Entries that each row's probes would scan, as the kernel estimates them. */
  readonly #estimates: Float32Array
  readonly #times = new WeakMap<Segment, StrategyCalibration>()
  readonly #tuning: SearchTuning

  constructor(arena: Arena, tuning: SearchTuning) {
    this.#arena = arena
    this.#tuning = tuning
    const { kernel, scratch, maxRows, words } = arena.memory
    this.#results = (scratch + kernel.layoutResultsOffset()) / 4
    this.#rowQuery = new Uint32Array(maxRows)
    this.#estimates = new Float32Array(words.buffer, scratch + kernel.layoutEstimatesOffset(), maxRows)
  }

  /** Most queries that one pass takes. */
  maxQueries(pass: Pass): number {
    return this.#arena.memory.maxRows / (pass.plainRows && pass.transposedRows ? 2 : 1)
  }

  /** Loads queries for the searches that follow; the next load replaces them. */
  load({ queries, from, to, readAt, mostMicros }: QueryRange, pass: Pass): LoadedRows {
    const { kernel, scratch, words } = this.#arena.memory
    const count = to - from
    words.set(queries.subarray(from * 8, to * 8), scratch / 4)
    kernel.toClassesAll(scratch, scratch, count)
    for (let row = 0; row < count; row++) this.#rowQuery[row] = from + row
    const mayRetry = count > 1
    const asked = {
      pass,
      readAt,
      mayRetry,
      mostMicros: mayRetry ? mostMicros : Infinity,
      mostPending: mayRetry ? Math.min(MOST_PENDING, mostMicros / MATCH_MICROS) : Infinity,
    }
    if (!pass.transposedRows) return { count, ...asked }
    const at = pass.plainRows ? count : 0
    kernel.transposeAll(scratch, scratch + at * 32, count)
    for (let row = 0; row < count; row++) this.#rowQuery[at + row] = (from + row) | TRANSPOSED
    return { count: at + count, ...asked }
  }

  /**
   * Matches the loaded rows with a segment. Returns false if that takes too long, or if the results did not fit the
   * kernel's buffer, or are too many to be pending: some matches are missing, and the caller tries again with fewer
   * queries. A single query is always brought to its end.
   */
  searchSegment(segment: Segment, rows: LoadedRows, into: MatchCollector): boolean {
    if (segment.size === 0 || rows.count === 0) return true
    const { pass, count, mostMicros, mostPending, mayRetry } = rows
    this.#bind(segment.header, count, rows)
    const { strategy, micros } = this.#choiceFor(segment, count, pass)
    if (strategy === 'flat') return this.searchRange(segment.from, segment.to, rows, into)
    const isForced = this.#tuning.strategy !== undefined
    const byTables = isForced ? count : this.#bringHostileLast(segment, rows)
    const plainly = flatMicros(segment.to - segment.from, count - byTables, pass.maxDistanceBits, pass.forms)
    if (plainly > mostMicros) return false
    const pendingBefore = into.pending
    this.#bind(segment.header, byTables, rows)
    const share = this.#allowance(segment, byTables, pass)
    const affordable = ((mostMicros - plainly) * 1000) / CANDIDATE_NS
    const startedMs = performance.now()
    const outcome = this.#tables(segment, strategy, byTables, Math.min(share, affordable), into)
    if (outcome === 'done' && byTables === count && !isForced) {
      this.#timesOf(segment).learn(strategy, micros, (performance.now() - startedMs) * 1000)
    }
    if (outcome === 'overflow' && mayRetry) return false
    if (outcome === 'work' && affordable < share) return false
    if (outcome === 'done' && into.pending > mostPending) return false
    if (outcome !== 'done') {
      into.truncate(pendingBefore)
      this.#bind(segment.header, count, rows)
    }
    return this.#flat(segment, { from: outcome === 'done' ? byTables : 0, to: count }, mostPending, into)
  }

  /** Matches the loaded rows with the values `from` to `to` − 1, one by one. Returns false as `searchSegment` does. */
  searchRange(from: number, to: number, rows: LoadedRows, into: MatchCollector): boolean {
    if (from >= to || rows.count === 0) return true
    const { pass, count, mostMicros, mostPending } = rows
    if (flatMicros(to - from, count, pass.maxDistanceBits, pass.forms) > mostMicros) return false
    this.#bind(this.#arena.header, count, rows)
    return this.#flat({ from, to }, { from: 0, to: count }, mostPending, into)
  }

  #bind(header: number, count: number, { pass, readAt }: LoadedRows): void {
    const { kernel } = this.#arena.memory
    const budgets = this.#budgetsOf(pass)
    kernel.bindIndex(header)
    kernel.bindQuery(
      count,
      pass.forms,
      Math.min(pass.maxDistanceBits, 256),
      packBudgets(budgets, 0),
      packBudgets(budgets, 8),
      readAt,
    )
  }

  #budgetsOf({ maxDistanceBits }: Pass): Uint8Array {
    const { budgets = chunkBudgets } = this.#tuning
    return budgets(Math.min(maxDistanceBits, MAX_TABLE_RADIUS))
  }

  #choiceFor(segment: Segment, rows: number, { maxDistanceBits, forms }: Pass): Choice {
    const { size } = segment
    const times = this.#timesOf(segment)
    const choice = choose(size, rows, maxDistanceBits, forms, (strategy) => times.factor(strategy))
    const { strategy: forced } = this.#tuning
    if (forced === undefined || maxDistanceBits > MAX_TABLE_RADIUS) return choice
    const isTooLarge = forced === 'sparse' && size > MOST_SPARSE_VALUES
    return { ...choice, strategy: isTooLarge ? 'direct' : forced }
  }

  #timesOf(segment: Segment): StrategyCalibration {
    let times = this.#times.get(segment)
    if (!times) {
      times = new StrategyCalibration()
      this.#times.set(segment, times)
    }
    return times
  }

  /**
   * Moves the rows that the flat scan answers more cheaply (a hostile set fills their buckets) behind the others;
   * returns the number of the others.
   */
  #bringHostileLast(segment: Segment, { count, pass }: LoadedRows): number {
    const { size, from, to } = segment
    const { kernel, words, scratch } = this.#arena.memory
    const cost = tablesCost(size, count, pass.maxDistanceBits, pass.forms)
    const flat = flatMicros(to - from, 1, pass.maxDistanceBits, pass.forms)
    const bearable = (flat - cost.baseMicros / count) / cost.entryMicros
    const keys = KEYS_WITHIN[Math.max(...this.#budgetsOf(pass)) - 1] / KEYS_WITHIN[1]
    if (mostEntries(this.#arena, segment) * keys <= bearable) return count
    kernel.estimateRows()
    const entries = this.#estimates
    const row = scratch / 4
    let end = count
    for (let n = 0; n < end; n++) {
      if (entries[n] <= bearable) continue
      while (--end > n && entries[end] > bearable);
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
  #allowance({ from, to }: Segment, rows: number, pass: Pass): number {
    if (this.#tuning.strategy !== undefined) return 0xffffffff
    const flat = flatMicros(to - from, rows, pass.maxDistanceBits, pass.forms)
    return Math.min(0xfffffffe, (GIVE_UP_SHARE * flat * 1000) / CANDIDATE_NS)
  }

  #tables(
    { size }: Segment,
    strategy: TablesStrategy,
    rows: number,
    allowance: number,
    into: MatchCollector,
  ): 'done' | 'overflow' | 'work' {
    const { kernel } = this.#arena.memory
    kernel.limitWork(allowance)
    const checked = (): 'on' | 'overflow' | 'work' => {
      this.#drain(into)
      const overflowed = kernel.takeOverflow()
      return kernel.hasGivenUp() ? 'work' : overflowed ? 'overflow' : 'on'
    }
    if (strategy === 'direct' || strategy === 'sparse') {
      for (let from = 0; from < rows; from += ROWS_AT_ONCE[strategy]) {
        const to = Math.min(from + ROWS_AT_ONCE[strategy], rows)
        if (strategy === 'direct') kernel.searchDirect(from, to)
        else kernel.searchSparse(from, to)
        const state = checked()
        if (state !== 'on') return state
      }
      return 'done'
    }
    const cached = strategy === 'parts'
    const bits = cached ? cachedPartBits(size) : WAITING_PART_BITS
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      kernel.sortRows(chunk, bits)
      for (let part = 0; part < 1 << bits;) {
        part = cached ? kernel.searchParts(bits, part) : kernel.searchStream(bits, part)
        const state = checked()
        if (state !== 'on') return state
      }
    }
    return 'done'
  }

  #flat(values: IdRange, rows: IdRange, mostPending: number, into: MatchCollector): boolean {
    const { kernel } = this.#arena.memory
    for (let from = rows.from; from < rows.to; from += FLAT_ROWS) {
      const to = Math.min(from + FLAT_ROWS, rows.to)
      for (let value = values.from; value < values.to;) {
        value = kernel.searchFlat(from, to, value, values.to)
        this.#drain(into)
        if (into.pending > mostPending) return false
      }
    }
    return true
  }

  #drain(into: MatchCollector): void {
    const { words, kernel } = this.#arena.memory
    const count = kernel.takeResults()
    for (let n = 0, at = this.#results; n < count; n++, at += 3) {
      const query = this.#rowQuery[words[at]]
      const rank = words[at + 2]
      const orientation = (rank >>> 16) | (query & TRANSPOSED ? 4 : 0)
      into.add((query & ~TRANSPOSED) >>> 0, words[at + 1], rank & 0xffff, orientation)
    }
  }
}
