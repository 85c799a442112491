// The flat scan: every row against every value, a block of values at a time so that it stays in the cache. A
// random pair differs in half of its bits, so two classes (or three, at greater radii) nearly always decide.
import { MAX_RESULTS, ROWS } from './memory'
import { forms, radius, readAt, removed, resultCount, rowCount, scratch, values } from './pass'
import { bestForm, report } from './candidates'

const BLOCK: u32 = 512

/**
 * Compares rows `fromRow` to `toRow` − 1 with values `from` to `to` − 1, until all are compared or the results
 * need to be taken away; returns the value to go on with.
 */
export function searchFlat(fromRow: u32, toRow: u32, from: u32, to: u32): u32 {
  const perBlock = (toRow - fromRow) * BLOCK
  let at = from
  while (at < to) {
    const end = min<u32>(at + BLOCK, to)
    for (let row = fromRow; row < toRow; row++) {
      if (forms != 1 && radius <= 44) scanForms(row, at, end)
      else if (forms != 1) for (let id = at; id < end; id++) finishForms(row, query(row), values + <usize>id * 32)
      else if (radius <= 44) scanHalf(row, at, end)
      else scanWhole(row, at, end)
    }
    at = end
    if (resultCount + perBlock > MAX_RESULTS) break
  }
  return at
}

// @ts-ignore: decorator
@inline
function reportLive(row: u32, id: u32, distance: u32, form: u32): void {
  if (load<u32>(removed + <usize>id * 4) > readAt) report(row, id, distance, form)
}

// @ts-ignore: decorator
@inline
function query(row: u32): usize {
  return scratch + ROWS + <usize>row * 32
}

/** Distance of the first two classes. */
// @ts-ignore: decorator
@inline
function half(q0: u64, q1: u64, value: usize): u32 {
  return <u32>popcnt<u64>(q0 ^ load<u64>(value, 0)) + <u32>popcnt<u64>(q1 ^ load<u64>(value, 8))
}

/**
 * By the first two classes: of 128 random bits 44 or fewer differ in one pair of 5,000. Four values at a time, so
 * that there is one branch for them all, and it is hardly ever taken.
 */
function scanHalf(row: u32, from: u32, to: u32): void {
  const own = query(row)
  const q0 = load<u64>(own, 0)
  const q1 = load<u64>(own, 8)
  const limit = radius
  let value = values + <usize>from * 32
  const end = values + <usize>to * 32
  for (const fours = value + (<usize>((to - from) & ~3) * 32); value < fours; value += 128) {
    const a = half(q0, q1, value)
    const b = half(q0, q1, value + 32)
    const c = half(q0, q1, value + 64)
    const d = half(q0, q1, value + 96)
    if (min<u32>(min<u32>(a, b), min<u32>(c, d)) <= limit) {
      for (let each: usize = 0; each < 128; each += 32) finishHalf(row, own, value + each)
    }
  }
  for (; value < end; value += 32) finishHalf(row, own, value)
}

/** Compares one value in whole. */
function finishHalf(row: u32, own: usize, value: usize): void {
  const distance = distanceOf(load<u64>(own, 0), load<u64>(own, 8), load<u64>(own, 16), load<u64>(own, 24), value)
  if (distance <= radius) reportLive(row, <u32>((value - values) >> 5), distance, 0)
}

// @ts-ignore: decorator
@inline
function distanceOf(q0: u64, q1: u64, q2: u64, q3: u64, value: usize): u32 {
  return <u32>(
    popcnt<u64>(q0 ^ load<u64>(value, 0)) +
    popcnt<u64>(q1 ^ load<u64>(value, 8)) +
    popcnt<u64>(q2 ^ load<u64>(value, 16)) +
    popcnt<u64>(q3 ^ load<u64>(value, 24))
  )
}

function scanWhole(row: u32, from: u32, to: u32): void {
  const own = query(row)
  const q0 = load<u64>(own, 0)
  const q1 = load<u64>(own, 8)
  const q2 = load<u64>(own, 16)
  const q3 = load<u64>(own, 24)
  const limit = radius
  const all = values
  const end = all + <usize>to * 32
  for (let value = all + <usize>from * 32; value < end; value += 32) {
    const distance = distanceOf(q0, q1, q2, q3, value)
    if (distance <= limit) reportLive(row, <u32>((value - all) >> 5), distance, 0)
  }
}

/** No mirror form brings a pair nearer than this: class 3 never changes, class 0 may be complemented. */
// @ts-ignore: decorator
@inline
function leastOfForms(q0: u64, q3: u64, value: usize): u32 {
  const changing = <u32>popcnt<u64>(q0 ^ load<u64>(value, 0))
  return <u32>popcnt<u64>(q3 ^ load<u64>(value, 24)) + min<u32>(changing, 64 - changing)
}

/** In the mirror forms asked for, four values at a time as above. */
function scanForms(row: u32, from: u32, to: u32): void {
  const own = query(row)
  const q0 = load<u64>(own, 0)
  const q3 = load<u64>(own, 24)
  const limit = radius
  let value = values + <usize>from * 32
  const end = values + <usize>to * 32
  for (const fours = value + (<usize>((to - from) & ~3) * 32); value < fours; value += 128) {
    const a = leastOfForms(q0, q3, value)
    const b = leastOfForms(q0, q3, value + 32)
    const c = leastOfForms(q0, q3, value + 64)
    const d = leastOfForms(q0, q3, value + 96)
    if (min<u32>(min<u32>(a, b), min<u32>(c, d)) <= limit) {
      for (let each: usize = 0; each < 128; each += 32) finishForms(row, own, value + each)
    }
  }
  for (; value < end; value += 32) finishForms(row, own, value)
}

/** Compares one value in whole, in the mirror forms asked for. */
function finishForms(row: u32, own: usize, value: usize): void {
  const best = bestForm(
    <u32>popcnt<u64>(load<u64>(own, 0) ^ load<u64>(value, 0)),
    <u32>popcnt<u64>(load<u64>(own, 8) ^ load<u64>(value, 8)),
    <u32>popcnt<u64>(load<u64>(own, 16) ^ load<u64>(value, 16)),
    <u32>popcnt<u64>(load<u64>(own, 24) ^ load<u64>(value, 24)),
  )
  if (best >> 2 <= radius) reportLive(row, <u32>((value - values) >> 5), best >> 2, best & 3)
}
