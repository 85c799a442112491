// From emitted records to results: the third chunk, then the value itself. Loads that miss the caches are issued
// in loops that do nothing else, with one small store each, so that many loads are in flight at once.
import { CANDIDATE_LIST, EMITTED, GATHERED, LAST_REPORTED, MAX_RESULTS, MOST_WAITING, PREFIX_LIMITS, RECORD, RESULTS, ROWS, SINK, TABLE_ENDS } from './memory'
import {
  addWork,
  bindTable,
  budgetOf,
  forms,
  ids,
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

// A tag names the probe that found an entry: the row, and whether its complemented chunks were looked for.
export const TAG_COMPLEMENTED: u32 = 1 << 14
export const TAG_ROW: u32 = TAG_COMPLEMENTED - 1
/** In a candidate, the rest of the limit stands above the tag. */
const TAG_LEFT: u32 = 16

/** Number of candidates that wait. Those of each table lie together, tables in order: TABLE_ENDS. */
let waiting: u32 = 0

export function startCandidates(): void {
  waiting = 0
  memory.fill(scratch + TABLE_ENDS, 0, 68)
}

/** Makes candidates of the records up to `end`, all of the table in hand. */
export function collect(end: usize): void {
  const found = expand(end, scratch + CANDIDATE_LIST + <usize>waiting * 8)
  waiting += found
  addWork(found)
  store<u32>(scratch + TABLE_ENDS + <usize>table * 4, waiting, 4)
  if (waiting > MOST_WAITING) settle()
}

/** Takes the records up to `end`, and all candidates that wait, through the remaining stages. */
export function flush(end: usize): void {
  collect(end)
  settle()
}

/** The remaining stages for the candidates of all tables together, so that their misses overlap. */
function settle(): void {
  const last = table
  const ends = scratch + TABLE_ENDS
  gatherAll(false)
  let kept = scratch + CANDIDATE_LIST
  let from: u32 = 0
  for (let chunk: u32 = 0; chunk <= last; chunk++) {
    const to = load<u32>(ends + <usize>chunk * 4, 4)
    if (to > from) {
      bindTable(chunk)
      kept = checkThird(from, to, kept)
      from = to
    }
    store<u32>(ends + <usize>chunk * 4, <u32>((kept - scratch - CANDIDATE_LIST) >> 3), 4)
  }
  gatherAll(true)
  bringValues(<u32>((kept - scratch - CANDIDATE_LIST) >> 3))
  from = 0
  for (let chunk: u32 = 0; chunk <= last; chunk++) {
    const to = load<u32>(ends + <usize>chunk * 4, 4)
    if (to > from) {
      bindTable(chunk)
      verify(from, to)
      from = to
    }
  }
  bindTable(last)
  startCandidates()
}

/** Gathers all candidates' ids, or third chunks, into GATHERED (u32 each). */
function gatherAll(wantIds: bool): void {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const last = table
  let n: usize = 0
  for (let chunk: u32 = 0; chunk <= last; chunk++) {
    const to = <usize>load<u32>(scratch + TABLE_ENDS + <usize>chunk * 4, 4)
    if (to <= n) continue
    bindTable(chunk)
    if (wantIds) {
      for (; n < to; n++) store<u32>(gathered + n * 4, load<u32>(ids + <usize>load<u32>(list + n * 8) * 4))
    } else {
      for (; n < to; n++) store<u32>(gathered + n * 4, load<u16>(third + <usize>load<u32>(list + n * 8) * 2))
    }
  }
  bindTable(last)
}

/** One candidate {entry, tag} at `out` for each passing lane; returns their number. */
function expand(end: usize, list: usize): u32 {
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

/** Of candidates `from` to `to` − 1 keeps those whose first three chunks together are near enough, at `out`. */
function checkThird(from: usize, to: usize, out: usize): usize {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const budget = thirdBudget
  const wanted = scratch + ROWS + <usize>ringStep(table, 2) * 2
  for (let n = from; n < to; n++) {
    const candidate = load<u64>(list + n * 8)
    const tag = <u32>(candidate >> 32)
    const flip = tag & TAG_COMPLEMENTED ? 0xffff : 0
    const chunk = <u32>load<u16>(wanted + <usize>(tag & TAG_ROW) * 32) ^ flip
    const apart = popcnt<u32>(chunk ^ load<u32>(gathered + n * 4))
    store<u64>(out, candidate)
    out += apart <= (tag >> TAG_LEFT) + budget ? 8 : 0
  }
  return out
}

/** Reads the first word of each gathered id's value, but of those that were reported. */
function bringValues(count: usize): void {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const reported = scratch + LAST_REPORTED
  const flat = values
  const sink = scratch + SINK
  let touched: u32 = 0
  for (let n: usize = 0; n < count; n++) {
    const id = load<u32>(gathered + n * 4)
    const row = <usize>(load<u32>(list + n * 8, 4) & TAG_ROW)
    touched |= load<u32>(load<u32>(reported + row * 4) == id ? sink : flat + <usize>id * 32)
  }
  store<u32>(sink, touched)
}

/** Measures the whole values, and reports each matching pair from the one probe that is responsible for it. */
function verify(from: usize, to: usize): void {
  const list = scratch + CANDIDATE_LIST
  const gathered = scratch + GATHERED
  const reported = scratch + LAST_REPORTED
  for (let n = from; n < to; n++) {
    const tag = load<u32>(list + n * 8, 4)
    const id = load<u32>(gathered + n * 4)
    // A near neighbour is found in many tables: what its row reported last needs no second look.
    if (load<u32>(reported + <usize>(tag & TAG_ROW) * 4) == id) continue
    verifyOne(tag & TAG_ROW, (tag & TAG_COMPLEMENTED) != 0, id)
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

/** Prepares the tests of whether a pair was reported, for a new pass. */
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
