// What each way of searching a segment costs.
import { CHUNKS, KEYS_WITHIN, MAX_TABLE_RADIUS, chunkBudgets } from './chunk-budgets.ts'
import { MOST_SPARSE_VALUES } from './segment.ts'

// Nanoseconds, measured by bench/search/kernel.ts (2.4 GHz Zen 3 with neighbours, Node 24; 5,000 to ten million
// values). Only their ratios decide.
/** One pair of the flat scan, where half of the bits decides (radius up to 44), and where it takes all. */
const FLAT_NS = { half: 1, whole: 2.7, formsHalf: 2.5, formsWhole: 8.5 }
/** The greatest radius at which half of the bits nearly always decides (kernel/flat.ts). */
const HALF_DECIDES_BITS = 44
/**
 * What a pass through the tables costs, as bench/search/fit-cost-model.ts fits it: nanoseconds for each of the
 * {@link tablesQuantities} of a strategy. (Of the least times of three runs, 20,000 to ten million values, batches of 1 to
 * 16,384, on a Zen 4 with neighbours: its choice costs 1.5 % more than the best on average. For sparse, of 500
 * to 100,000 values and all eight orientations, where the fixed cost of a query weighs least.)
 */
const TABLES_NS = {
  sparse: [1.2, 9, 1],
  direct: [9.37, 0.0398, 0.1],
  parts: [6.51, 0.0143, 171, 0.162],
  stream: [5.34, 0.0577, 6.98, 0.165],
} as const
/** One entry that passed the filter: third chunk, value. */
export const CANDIDATE_NS = 30
/** Buckets of a table. */
const KEYS = 65_536

export const TABLES_STRATEGIES = ['sparse', 'direct', 'parts', 'stream'] as const
export type TablesStrategy = (typeof TABLES_STRATEGIES)[number]
export type Strategy = 'flat' | TablesStrategy

/** How one pass will be answered, and what that should cost. */
export interface Choice {
  readonly strategy: Strategy
  readonly micros: number
}

export function flatMicros(size: number, rows: number, maxDistanceBits: number, forms: number): number {
  const half = maxDistanceBits <= HALF_DECIDES_BITS
  const plain = half ? FLAT_NS.half : FLAT_NS.whole
  const mirrored = half ? FLAT_NS.formsHalf : FLAT_NS.formsWhole
  return (size * rows * (forms === 1 ? plain : mirrored)) / 1000
}

// By forms and radius: counting them takes a tenth of the time of a single query.
const knownProbes = new Uint32Array(16 * (MAX_TABLE_RADIUS + 1))

/** Probes of one row: buckets of all sixteen tables, plain and complemented. */
export function probesOf(maxDistanceBits: number, forms: number): number {
  const place = forms * (MAX_TABLE_RADIUS + 1) + Math.max(0, Math.floor(maxDistanceBits))
  if (knownProbes[place] === 0) knownProbes[place] = countProbes(maxDistanceBits, forms)
  return knownProbes[place]
}

function countProbes(maxDistanceBits: number, forms: number): number {
  let probes = 0
  const budgets = chunkBudgets(maxDistanceBits)
  for (let chunk = 0; chunk < budgets.length; chunk++) {
    const threshold = budgets[chunk] - 1
    if (threshold >= 0) probes += KEYS_WITHIN[threshold] * complementStates(forms, chunk >> 2)
  }
  return probes
}

/** In how many of the two states, plain and complemented, some form asked for shows class `cls`. */
function complementStates(forms: number, cls: number): number {
  // The forms that complement each class: see kernel/classes.ts.
  const complementing = [0b0110, 0b1100, 0b1010, 0][cls]
  return (forms & complementing ? 1 : 0) + (forms & ~complementing & 15 ? 1 : 0)
}

/** What a pass through the tables costs: a base, and a cost for each entry that its probes scan. */
export interface TablesCost {
  readonly strategy: TablesStrategy
  readonly baseMicros: number
  readonly entryMicros: number
}

/**
 * What a strategy does for `probes` probes against `size` values; last the entries that they scan, if
 * buckets are as large as the mean. A bucket looked up directly misses more caches the larger the set is: about as its
 * square root. The others read all tables once, and open each part, or look at each bucket.
 */
export function tablesQuantities(strategy: TablesStrategy, size: number, probes: number): number[] {
  const scanned = (probes * size) / KEYS
  // Buckets that hold anything, of random values: where nearly all do, their bit tells nothing.
  if (strategy === 'sparse') return [probes, probes * (1 - Math.exp(-size / KEYS)), scanned]
  if (strategy === 'direct') return [probes, probes * Math.sqrt(size), scanned]
  const opened = strategy === 'parts' ? 2 ** cachedPartBits(size) : KEYS
  return [probes, CHUNKS * size, CHUNKS * opened, scanned]
}

/** Corrects the model's time of a strategy: a factor, 1 if the model is right. */
type Correction = (strategy: TablesStrategy) => number
const UNCORRECTED: Correction = () => 1

/** The cheapest strategy by tables for `rows` rows against `size` values, and what the model says of it. */
export function tablesCost(
  size: number,
  rows: number,
  maxDistanceBits: number,
  forms: number,
  correction = UNCORRECTED,
): TablesCost {
  const probes = rows * probesOf(maxDistanceBits, forms)
  let best: TablesCost = { strategy: 'direct', baseMicros: Infinity, entryMicros: 0 }
  let least = Infinity
  for (const strategy of TABLES_STRATEGIES) {
    if (strategy === 'sparse' && size > MOST_SPARSE_VALUES) continue
    const quantities = tablesQuantities(strategy, size, probes)
    const micros = quantities.map((quantity, n) => (quantity * TABLES_NS[strategy][n]) / 1000)
    const total = micros.reduce((sum, each) => sum + each)
    if (total * correction(strategy) >= least) continue
    least = total * correction(strategy)
    const scanning = micros[micros.length - 1]
    best = {
      strategy,
      baseMicros: total - scanning,
      entryMicros: scanning / quantities[quantities.length - 1],
    }
  }
  return best
}

/** The cheapest strategy for `rows` rows against `size` values whose buckets are as large as the mean. */
export function choose(
  size: number,
  rows: number,
  maxDistanceBits: number,
  forms: number,
  correction = UNCORRECTED,
): Choice {
  const flat: Choice = { strategy: 'flat', micros: flatMicros(size, rows, maxDistanceBits, forms) }
  if (maxDistanceBits > MAX_TABLE_RADIUS) return flat
  const tables = tablesCost(size, rows, maxDistanceBits, forms, correction)
  const scanned = (rows * probesOf(maxDistanceBits, forms) * size) / KEYS
  const micros = tables.baseMicros + scanned * tables.entryMicros
  return micros < flat.micros ? { strategy: tables.strategy, micros } : flat
}

/** Highest bits of the key that make a part whose probes wait at its buckets: they fill 16 KiB for 128 buckets. */
export const WAITING_PART_BITS = 9

/**
 * Highest bits of the key that make a part that fits the first-level cache beside the next one: about 4 KiB of
 * next chunks. (Measured: 9 at 1M, 12 at 10M are best; one less costs 8 % at 1M, two less 50 % at 10M.)
 */
export function cachedPartBits(size: number): number {
  return Math.min(13, Math.max(6, Math.round(Math.log2((2 * size) / 4400))))
}
