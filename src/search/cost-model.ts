import { KEYS_WITHIN, MAX_TABLE_RADIUS, chunkBudgets } from './chunk-budgets.ts'

// Nanoseconds, measured by bench/search/kernel.ts (2.4 GHz Zen 3 with neighbours, Node 24; 5,000 to ten million
// values). Only their ratios decide.
/** One pair of the flat scan, where half of the bits decides (radius up to 44), and where it takes all. */
const FLAT_NS = { half: 1, whole: 2.7, formsHalf: 2.5, formsWhole: 8.5 }
/** The greatest radius at which half of the bits nearly always decides (kernel/flat.ts). */
const HALF_DECIDES_BITS = 44
/** One entry of a bucket that the filter looks at. */
const ENTRY_NS = 0.12
/** One bucket looked up on its own, in a set of 5,000; with the set's size to the power of 0.35 it misses more. */
const DIRECT_PROBE_NS = 12
const DIRECT_PROBE_SIZE = 5000
const DIRECT_PROBE_POWER = 0.35
/** One bucket looked up while its table is streamed. */
const STREAM_PROBE_NS = 16
/** Streaming one entry of one table; opening one part. */
const STREAM_ENTRY_NS = 0.28
const STREAM_PART_NS = 270
/** One entry that passed the filter: third chunk, value. */
export const CANDIDATE_NS = 30
/** Tables are not worth their memory below this. */
const LEAST_TABLE_VALUES = 4096

export type Strategy = 'flat' | 'direct' | 'stream'

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
  return (probes * DIRECT_PROBE_NS * (size / DIRECT_PROBE_SIZE) ** DIRECT_PROBE_POWER) / 1000
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
