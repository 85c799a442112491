// From emitted records to results: the third chunk, then the value itself. Loads that miss the caches are issued
// in loops that do nothing else, with one small store each, so that many are under way at once.
import { CANDIDATE_LIST, EMITTED, GATHERED, LAST_REPORTED, MAX_RESULTS, PREFIX_LIMITS, RECORD, RESULTS, ROWS, SINK } from './memory'
import {
  addWork,
  budgetOf,
  forms,
  ids,
  pairLimit,
  radius,
  readAt,
  removed,
  resultCount,
  rowCount,
  scratch,
  setOverflowed,
  setResultCount,
  table,
  third,
  thirdBudget,
  values,
} from './pass'
import { complements } from './classes'
import { ringStep } from './tables'

// A tag says on whose behalf an entry was found: the row, and whether its complemented chunks were looked for.
export const TAG_COMPLEMENTED: u32 = 1 << 14
export const TAG_ROW: u32 = TAG_COMPLEMENTED - 1
/** In a candidate, what is left of the limit stands above the tag. */
const TAG_LEFT: u32 = 16

/** Takes the records up to `end` through the remaining stages. */
export function flush(end: usize): void {
  const found = expand(end)
  addWork(found)
  const near = checkThird(found)
  verify(near)
}

/** One candidate {entry, tag} for each passing lane. */
function expand(end: usize): u32 {
  const list = scratch + CANDIDATE_LIST
  let out = list
  for (let record = scratch + EMITTED; record < end; record += RECORD) {
    const place = load<u64>(record, 32)
    const entry = <u32>place
    const further = <u32>(place >> 43) & 16
    const tags = <u32>(place >> 32)
    let lanes = <u32>i8x16.bitmask(v128.load(record)) | (<u32>i8x16.bitmask(v128.load(record, 16)) << 16)
    do {
      const lane = ctz<u32>(lanes)
      const second = lane >> 4
      const left = <u32>load<u8>(record + <usize>lane) & 127
      const tag = (tags >> (second << 4)) & 0x7fff
      const at = entry + (lane & 15) + (second ? further : 0)
      store<u64>(out, <u64>at | (<u64>(tag | (left << TAG_LEFT)) << 32))
      out += 8
      lanes &= lanes - 1
    } while (lanes != 0)
  }
  return <u32>((out - list) >> 3)
}

/** Keeps the candidates whose first three chunks together are near enough. */
function checkThird(count: u32): u32 {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const chunks = third
  for (let n: usize = 0; n < count; n++) {
    store<u16>(gathered + n * 2, load<u16>(chunks + <usize>load<u32>(list + n * 8) * 2))
  }
  const budget = thirdBudget
  const wanted = scratch + ROWS + <usize>ringStep(table, 2) * 2
  let out = list
  for (let n: usize = 0; n < count; n++) {
    const candidate = load<u64>(list + n * 8)
    const tag = <u32>(candidate >> 32)
    const flip = tag & TAG_COMPLEMENTED ? 0xffff : 0
    const chunk = <u32>load<u16>(wanted + <usize>(tag & TAG_ROW) * 32) ^ flip
    const apart = popcnt<u32>(chunk ^ <u32>load<u16>(gathered + n * 2))
    store<u64>(out, candidate)
    out += apart <= (tag >> TAG_LEFT) + budget ? 8 : 0
  }
  return <u32>((out - list) >> 3)
}

/** Measures the whole values, and reports each matching pair from the one probe that is responsible for it. */
function verify(count: u32): void {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const from = ids
  for (let n: usize = 0; n < count; n++) {
    store<u32>(gathered + n * 4, load<u32>(from + <usize>load<u32>(list + n * 8) * 4))
  }
  // A near neighbour is found in many tables: what its row reported last needs no second look.
  const reported = scratch + LAST_REPORTED
  let out = list
  for (let n: usize = 0; n < count; n++) {
    const tag = <u64>load<u32>(list + n * 8, 4)
    const id = load<u32>(gathered + n * 4)
    store<u64>(out, <u64>id | (tag << 32))
    out += load<u32>(reported + <usize>(tag & TAG_ROW) * 4) != id ? 8 : 0
  }
  const flat = values
  let touched: u32 = 0
  for (let at = list; at < out; at += 8) touched |= load<u32>(flat + <usize>load<u32>(at) * 32)
  store<u32>(scratch + SINK, touched)
  for (let at = list; at < out; at += 8) {
    const tag = load<u32>(at, 4)
    verifyOne(tag & TAG_ROW, (tag & TAG_COMPLEMENTED) != 0, load<u32>(at))
  }
}

// @ts-ignore: decorator
@inline
function verifyOne(row: u32, complemented: bool, id: u32): void {
  const query = scratch + ROWS + <usize>row * 32
  const value = values + <usize>id * 32
  const d0 = <u32>popcnt<u64>(load<u64>(query, 0) ^ load<u64>(value, 0))
  const d1 = <u32>popcnt<u64>(load<u64>(query, 8) ^ load<u64>(value, 8))
  const d2 = <u32>popcnt<u64>(load<u64>(query, 16) ^ load<u64>(value, 16))
  const d3 = <u32>popcnt<u64>(load<u64>(query, 24) ^ load<u64>(value, 24))
  const best = bestForm(d0, d1, d2, d3)
  const form = best & 3
  const distance = best >> 2
  if (distance > radius) return
  if (complements(form, table >> 2) != complemented) return
  if (load<u32>(removed + <usize>id * 4) <= readAt) return
  if (firstTable(query, value, form) != table) return
  store<u32>(scratch + LAST_REPORTED + <usize>row * 4, id)
  report(row, id, distance, form)
}

/** The least distance among the forms asked for, from the distances of the classes: distance << 2 | form. */
// @ts-ignore: decorator
@inline
export function bestForm(d0: u32, d1: u32, d2: u32, d3: u32): u32 {
  let best: u32 = forms & 1 ? (d0 + d1 + d2 + d3) << 2 : 0xffff
  if (forms > 1) {
    if (forms & 2) best = min<u32>(best, ((64 - d0 + d1 + 64 - d2 + d3) << 2) | 1)
    if (forms & 4) best = min<u32>(best, ((64 - d0 + 64 - d1 + d2 + d3) << 2) | 2)
    if (forms & 8) best = min<u32>(best, ((d0 + 64 - d1 + 64 - d2 + d3) << 2) | 3)
  }
  return best
}

/** Readies what says whether a pair was reported, for a new pass. */
export function prepareReporting(): void {
  memory.fill(scratch + LAST_REPORTED, 0xff, <usize>rowCount * 4)
  const limits = scratch + PREFIX_LIMITS
  for (let start: u32 = 0; start < 16; start++) {
    let limit: u32 = 0
    for (let step: u32 = 0; step < 3; step++) {
      limit += budgetOf(ringStep(start, step))
      // A start without a budget is no start: nothing is less than 0.
      store<u16>(limits + <usize>step * 32 + <usize>start * 2, budgetOf(start) == 0 ? 0 : <u16>limit)
    }
  }
}

/**
 * The first table whose prefix tests the pair passes under a form (16 if none): the chunks' distances, summed
 * along the rings of the classes, eight starts to a vector.
 */
// @ts-ignore: decorator
@inline
function firstTable(query: usize, value: usize, form: u32): u32 {
  const low = startsPassed(query, value, 0, (complements(form, 0) ? 0xff : 0) | (complements(form, 1) ? 0xff00 : 0))
  const high = startsPassed(query, value, 16, (complements(form, 2) ? 0xff : 0) | (complements(form, 3) ? 0xff00 : 0))
  return ctz<u32>(low | (high << 8) | 0x10000)
}

/** For chunks 8·half to 8·half + 7, one bit a start. `flips` has a byte of ones for each complemented class. */
// @ts-ignore: decorator
@inline
function startsPassed(query: usize, value: usize, half: usize, flips: u32): u32 {
  const complement = i64x2.replace_lane(i64x2.splat(-<i64>(flips & 1)), 1, -<i64>(flips >> 8 & 1))
  const apart = v128.xor(v128.xor(v128.load(query + half), v128.load(value + half)), complement)
  const one = i16x8.extadd_pairwise_i8x16_u(i8x16.popcnt(apart))
  const next = v128.shuffle<u16>(one, one, 1, 2, 3, 0, 5, 6, 7, 4)
  const third = v128.shuffle<u16>(one, one, 2, 3, 0, 1, 6, 7, 4, 5)
  const two = i16x8.add(one, next)
  const three = i16x8.add(two, third)
  const limits = scratch + PREFIX_LIMITS + half
  const passed = v128.and(
    i16x8.lt_u(one, v128.load(limits)),
    v128.and(i16x8.lt_u(two, v128.load(limits, 32)), i16x8.lt_u(three, v128.load(limits, 64))),
  )
  return <u32>i16x8.bitmask(passed)
}

/** Appends a result, or remembers that there was no room. */
export function report(row: u32, id: u32, distance: u32, form: u32): void {
  if (resultCount == MAX_RESULTS) {
    setOverflowed()
    return
  }
  const at = scratch + RESULTS + <usize>resultCount * 12
  store<u32>(at, row, 0)
  store<u32>(at, id, 4)
  store<u32>(at, distance | (form << 16), 8)
  setResultCount(resultCount + 1)
}
