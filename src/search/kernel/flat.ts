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
      if (forms != 1) scanForms(row, at, end)
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

/** By the first two classes: of 128 random bits 44 or fewer differ in one pair of 5,000. */
function scanHalf(row: u32, from: u32, to: u32): void {
  const query = scratch + ROWS + <usize>row * 32
  const q0 = load<u64>(query, 0)
  const q1 = load<u64>(query, 8)
  const limit = <u64>radius
  for (let id = from; id < to; id++) {
    const value = values + <usize>id * 32
    const half = popcnt<u64>(q0 ^ load<u64>(value, 0)) + popcnt<u64>(q1 ^ load<u64>(value, 8))
    if (half > limit) continue
    const rest =
      popcnt<u64>(load<u64>(query, 16) ^ load<u64>(value, 16)) + popcnt<u64>(load<u64>(query, 24) ^ load<u64>(value, 24))
    if (half + rest <= limit) reportLive(row, id, <u32>(half + rest), 0)
  }
}

function scanWhole(row: u32, from: u32, to: u32): void {
  const query = scratch + ROWS + <usize>row * 32
  const q0 = load<u64>(query, 0)
  const q1 = load<u64>(query, 8)
  const q2 = load<u64>(query, 16)
  const q3 = load<u64>(query, 24)
  const limit = <u64>radius
  for (let id = from; id < to; id++) {
    const value = values + <usize>id * 32
    const distance =
      popcnt<u64>(q0 ^ load<u64>(value, 0)) +
      popcnt<u64>(q1 ^ load<u64>(value, 8)) +
      popcnt<u64>(q2 ^ load<u64>(value, 16)) +
      popcnt<u64>(q3 ^ load<u64>(value, 24))
    if (distance <= limit) reportLive(row, id, <u32>distance, 0)
  }
}

/** In the mirror forms asked for. */
function scanForms(row: u32, from: u32, to: u32): void {
  const query = scratch + ROWS + <usize>row * 32
  const q0 = load<u64>(query, 0)
  const q1 = load<u64>(query, 8)
  const q2 = load<u64>(query, 16)
  const q3 = load<u64>(query, 24)
  for (let id = from; id < to; id++) {
    const value = values + <usize>id * 32
    const best = bestForm(
      <u32>popcnt<u64>(q0 ^ load<u64>(value, 0)),
      <u32>popcnt<u64>(q1 ^ load<u64>(value, 8)),
      <u32>popcnt<u64>(q2 ^ load<u64>(value, 16)),
      <u32>popcnt<u64>(q3 ^ load<u64>(value, 24)),
    )
    if (best >> 2 <= radius) reportLive(row, id, best >> 2, best & 3)
  }
}
