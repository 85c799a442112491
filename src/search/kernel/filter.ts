// The filter: the entries of one bucket whose next chunk is near enough to a query's. Most of the time of a
// search is spent here.
import { BIASED, EMITTED, EMIT_RECORDS, FIRST_LANES, LOW_NIBBLES, NEGATED, PIECE, RECORD } from './memory'
import { next, scratch, starts } from './pass'
import { flush } from './candidates'

/** End of the records emitted so far. */
export let emitted: usize = 0

export function startEmitting(): void {
  emitted = scratch + EMITTED
}

// @ts-ignore: decorator
@inline
function pick(table: v128, nibbles: v128): v128 {
  // Indices are 0 to 15, so the relaxed form is deterministic; it saves the plain one's range check.
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles)
}

/**
 * Scans bucket `key` for entries whose next chunk is within `limit` bits of `chunk`, and emits for each sixteen
 * entries {sums (a passing lane's is 128 + what is left of the limit), position, tag}. Always stores, and
 * advances only where a lane passed: a branch on that cost 17 ns a hit.
 */
// @ts-ignore: decorator
@inline
export function probe(key: u32, chunk: u32, limit: u32, tag: u32): void {
  const first = load<u32>(starts + <usize>key * 4)
  const length = load<u32>(starts + <usize>key * 4, 4) - first
  const low0 = v128.load(BIASED + <usize>(limit * 256 + (chunk & 15) * 16))
  const low1 = v128.load(NEGATED + <usize>(chunk & 0xf0))
  const high0 = v128.load(NEGATED + <usize>((chunk >> 4) & 0xf0))
  const high1 = v128.load(NEGATED + <usize>((chunk >> 8) & 0xf0))
  const nibbles = v128.load(LOW_NIBBLES)
  const full = emitLimit()
  let low = next + <usize>first * 2
  let left = length
  let place = (<u64>tag << 32) | <u64>first
  let out = emitted
  while (true) {
    let piece = min<u32>(left, PIECE)
    left -= piece
    for (; piece >= 16; piece -= 16) {
      const lows = v128.load(low)
      const highs = v128.load(low + length)
      const sums = i8x16.add(
        i8x16.add(pick(low0, v128.and(lows, nibbles)), pick(low1, v128.and(i16x8.shr_u(lows, 4), nibbles))),
        i8x16.add(pick(high0, v128.and(highs, nibbles)), pick(high1, v128.and(i16x8.shr_u(highs, 4), nibbles))),
      )
      v128.store(out, sums)
      store<u64>(out, place, 16)
      out += i8x16.bitmask(sums) != 0 ? RECORD : 0
      low += 16
      place += 16
    }
    if (piece > 0) {
      const lows = v128.load(low)
      const highs = v128.load(low + length)
      const all = i8x16.add(
        i8x16.add(pick(low0, v128.and(lows, nibbles)), pick(low1, v128.and(i16x8.shr_u(lows, 4), nibbles))),
        i8x16.add(pick(high0, v128.and(highs, nibbles)), pick(high1, v128.and(i16x8.shr_u(highs, 4), nibbles))),
      )
      // Lanes past the bucket's end hold its neighbour's entries, which are no business of this probe.
      const sums = v128.and(all, v128.load(FIRST_LANES + <usize>piece * 16))
      v128.store(out, sums)
      store<u64>(out, place, 16)
      out += i8x16.bitmask(sums) != 0 ? RECORD : 0
    }
    if (out >= full) {
      flush(out)
      out = scratch + EMITTED
    }
    if (left == 0) break
  }
  emitted = out
}

// @ts-ignore: decorator
@inline
function emitLimit(): usize {
  return scratch + EMITTED + <usize>EMIT_RECORDS * RECORD
}

/** Takes what was emitted through the remaining stages. */
export function finishEmitting(): void {
  flush(emitted)
  emitted = scratch + EMITTED
}
