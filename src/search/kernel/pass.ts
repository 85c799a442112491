// The question of one pass: set by the host before the pass, read by every stage. The instance's own, never shared.
import {
  HEADER_PRESENT,
  HEADER_PRESENT_STARTS,
  HEADER_REACH,
  HEADER_REMOVED,
  HEADER_SIZE,
  HEADER_VALUES,
  PRESENT_BYTES,
  chunkStride,
  presentStartsBytes,
  startsAt,
  tableAt,
} from './memory'
import { prepareReporting } from './candidates'
import { ringStep } from './tables'

/** Start of this thread's scratch area. */
export let scratch: usize = 0

// The index.
export let size: u32 = 0
export let values: usize = 0
export let removed: usize = 0
export let reach: usize = 0
let index: usize = 0

// The question: rows are queries in class order, from scratch + ROWS on.
export let rowCount: u32 = 0
/** Mirror forms asked for: bit f for form f (0 as is, 1 left–right, 2 top–bottom, 3 both). */
export let forms: u32 = 1
export let radius: u32 = 0
/** Values removed at this sequence number or before it don't match. */
export let readAt: u32 = 0
/** Threshold + 1 of each chunk (4 bits each, chunk 0 lowest); 0 means that the chunk's table isn't probed. */
export let budgets: u64 = 0

// The table in hand.
export let table: u32 = 0
export let starts: usize = 0
export let next: usize = 0
export let third: usize = 0
export let ids: usize = 0
export let present: usize = 0
export let presentStarts: usize = 0
/** Threshold of the key; limit of (key + next); what the third chunk adds to the limit. */
export let threshold: i32 = 0
export let pairLimit: u32 = 0
export let thirdBudget: u32 = 0

/** Number of results so far, and whether some were lost because the buffer was full. */
export let resultCount: u32 = 0
export let overflowed: bool = false
/** Entries that passed the next-chunk filter in this pass: what a hostile set makes expensive. */
export let work: u32 = 0
let mostWork: u32 = 0
/** The pass has done more work than it may: every further probe returns at once, and the results are void. */
export let gaveUp: bool = false

export function bindScratch(address: usize): void {
  scratch = address
}

export function bindIndex(header: usize): void {
  index = header
  size = load<u32>(header, HEADER_SIZE)
  values = load<u32>(header, HEADER_VALUES)
  removed = load<u32>(header, HEADER_REMOVED)
  reach = load<u32>(header, HEADER_REACH)
}

export function bindQuery(rows: u32, mirrorForms: u32, maxDistance: u32, budgetsLow: u32, budgetsHigh: u32, sequence: u32): void {
  rowCount = rows
  forms = mirrorForms
  radius = maxDistance
  budgets = <u64>budgetsLow | (<u64>budgetsHigh << 32)
  readAt = sequence
  prepareReporting()
}

// @ts-ignore: decorator
@inline
export function budgetOf(chunk: u32): u32 {
  return <u32>(budgets >> (<u64>chunk * 4)) & 15
}

export function bindTable(chunk: u32): void {
  table = chunk
  starts = startsAt(index, chunk)
  next = tableAt(index, chunk)
  third = next + chunkStride(size)
  ids = third + chunkStride(size)
  present = <usize>load<u32>(index, HEADER_PRESENT) + <usize>chunk * PRESENT_BYTES
  presentStarts = <usize>load<u32>(index, HEADER_PRESENT_STARTS) + <usize>chunk * presentStartsBytes(size)
  // The limit of a prefix is the sum of its chunks' budgets, less one (Σ thresholds + length − 1).
  threshold = <i32>budgetOf(chunk) - 1
  pairLimit = budgetOf(chunk) + budgetOf(ringStep(chunk, 1)) - 1
  thirdBudget = budgetOf(ringStep(chunk, 2))
}

export function takeResults(): u32 {
  const count = resultCount
  resultCount = 0
  return count
}

export function takeOverflow(): bool {
  const was = overflowed
  overflowed = false
  return was
}

/** Lets the next pass give up once more than `entries` entries have passed the filter. */
export function limitWork(entries: u32): void {
  work = 0
  mostWork = entries
  gaveUp = false
}

export function hasGivenUp(): bool {
  return gaveUp
}

// @ts-ignore: decorator
@inline
export function setResultCount(count: u32): void {
  resultCount = count
}

// @ts-ignore: decorator
@inline
export function setOverflowed(): void {
  overflowed = true
}

// @ts-ignore: decorator
@inline
export function addWork(candidates: u32): void {
  work += candidates
  if (work > mostWork) gaveUp = true
}
