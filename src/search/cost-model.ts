import { KEYS_WITHIN, MAX_TABLE_RADIUS, chunkBudgets } from './chunk-budgets.ts'

// Nanoseconds, measured by bench/search/kernel.ts (2.4 GHz Zen 3, Node 24). Only their ratios decide.
/** One pair of the flat scan: by halves (radius up to 44), whole, in several mirror forms. */
const FLAT_HALF_NS = 0.75
const FLAT_WHOLE_NS = 1.3
const FLAT_FORMS_NS = 2.6
/** One entry of a bucket that the filter looks at. */
const ENTRY_NS = 0.11
/** One probe of a bucket: from memory, or from a part of a table that was just read. */
const DIRECT_PROBE_NS = 90
const DIRECT_CACHED_PROBE_NS = 25
const STREAM_PROBE_NS = 8
/** Reading one entry of one table from memory once; opening one part. */
const STREAM_ENTRY_NS = 0.15
const STREAM_PART_NS = 40
/** One entry that passed the filter: third chunk, value. */
export const CANDIDATE_NS = 12
/** Sets whose tables are smaller than this stay in the last-level cache. */
const CACHED_VALUES = 600_000
/** Tables are not worth their memory below this. */
const LEAST_TABLE_VALUES = 4096

export type Strategy = 'flat' | 'direct' | 'stream'

/** How one pass will be answered, and what that should cost. */
export interface Choice {
  readonly strategy: Strategy
  readonly micros: number
}

export function flatMicros(size: number, rows: number, maxDistanceBits: number, forms: number): number {
  const each = forms !== 1 ? FLAT_FORMS_NS : maxDistanceBits <= 44 ? FLAT_HALF_NS : FLAT_WHOLE_NS
  return (size * rows * each) / 1000
}

/** Probes of one row: buckets of all sixteen tables, plain and complemented. */
function probesOf(maxDistanceBits: number, forms: number): number {
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

/** Scanning so many entries. */
export const entriesMicros = (entries: number): number => (entries * ENTRY_NS) / 1000

/** The better of the two ways through the tables, without the scanning of entries. */
export function tablesBaseMicros(size: number, rows: number, maxDistanceBits: number, forms: number): number {
  const probes = rows * probesOf(maxDistanceBits, forms)
  return Math.min(directBaseMicros(size, probes), streamBaseMicros(size, probes))
}

function directBaseMicros(size: number, probes: number): number {
  return (probes * (size <= CACHED_VALUES ? DIRECT_CACHED_PROBE_NS : DIRECT_PROBE_NS)) / 1000
}

function streamBaseMicros(size: number, probes: number): number {
  const once = 16 * size * STREAM_ENTRY_NS + (16 << partBits()) * STREAM_PART_NS
  return (probes * STREAM_PROBE_NS + once) / 1000
}

/** The cheapest strategy for `rows` rows against `size` values whose buckets are as large as the mean. */
export function choose(size: number, rows: number, maxDistanceBits: number, forms: number): Choice {
  const flat: Choice = { strategy: 'flat', micros: flatMicros(size, rows, maxDistanceBits, forms) }
  if (maxDistanceBits > MAX_TABLE_RADIUS || size < LEAST_TABLE_VALUES) return flat
  const probes = rows * probesOf(maxDistanceBits, forms)
  const scanning = entriesMicros((probes * size) / 65_536)
  const direct: Choice = { strategy: 'direct', micros: scanning + directBaseMicros(size, probes) }
  const stream: Choice = { strategy: 'stream', micros: scanning + streamBaseMicros(size, probes) }
  let best = flat
  if (direct.micros < best.micros) best = direct
  if (stream.micros < best.micros) best = stream
  return best
}

/** Highest bits of the key that make a part of a table: 128 buckets, whose waiting probes fill 16 KiB. */
export function partBits(): number {
  return 9
}
