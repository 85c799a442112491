// The filter: the entries of one bucket whose next chunk is near enough to a query's. Most of the time of a
// search is spent here.
import { BIASED, EMITTED, EMIT_RECORDS, FIRST_LANES, LOW_NIBBLES, NEGATED, NEVER, PIECE, RECORD } from './memory'
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

/** A table of the filter: for a nibble of the wanted chunk. */
// @ts-ignore: decorator
@inline
function wanted(nibble: u32): v128 {
  return v128.load(NEGATED + <usize>nibble * 16)
}

// @ts-ignore: decorator
@inline
function emit(out: usize, sums: v128, place: u64): usize {
  v128.store(out, sums)
  store<u64>(out, place, 16)
  return out + (i8x16.bitmask(sums) != 0 ? RECORD : 0)
}

/**
 * Scans one bucket for several probes: `probes` is `count` of {limit u16, next chunk u16, tag u32}. Does what
 * `probe` does for each, but takes the entries' nibbles apart once for two probes.
 */
export function scanBucket(key: u32, probes: usize, count: usize): void {
  const first = load<u32>(starts + <usize>key * 4)
  const length = load<u32>(starts + <usize>key * 4, 4) - first
  if (length > 1024) {
    for (let n: usize = 0; n < count; n++) {
      const waiting = load<u64>(probes + n * 8)
      probe(key, <u32>(waiting >> 16) & 0xffff, <u32>waiting & 0xffff, <u32>(waiting >> 32))
    }
    return
  }
  let out = emitted
  const lows = next + <usize>first * 2
  const end = probes + count * 8
  if (length <= 32) out = scanShort(lows, first, length, probes, end, out)
  else out = scanLong(lows, first, length, probes, end, out)
  if (out >= emitLimit()) {
    flush(out)
    out = scratch + EMITTED
  }
  emitted = out
}

/** At most 32 entries: their nibbles stay in registers for all probes. */
// @ts-ignore: decorator
@inline
function scanShort(lows: usize, first: u32, length: u32, probes: usize, end: usize, out: usize): usize {
  const nibbles = v128.load(LOW_NIBBLES)
  const inFirst = v128.load(FIRST_LANES + <usize>min<u32>(length, 16) * 16)
  const inSecond = v128.load(FIRST_LANES + <usize>(max<u32>(length, 16) - 16) * 16)
  const low = v128.load(lows)
  const low2 = v128.load(lows, 16)
  const high = v128.load(lows + length)
  const high2 = v128.load(lows + length, 16)
  const low0 = v128.and(low, nibbles)
  const low1 = v128.and(i16x8.shr_u(low, 4), nibbles)
  const high0 = v128.and(high, nibbles)
  const high1 = v128.and(i16x8.shr_u(high, 4), nibbles)
  const second0 = v128.and(low2, nibbles)
  const second1 = v128.and(i16x8.shr_u(low2, 4), nibbles)
  const second2 = v128.and(high2, nibbles)
  const second3 = v128.and(i16x8.shr_u(high2, 4), nibbles)
  for (; probes < end; probes += 8) {
    const waiting = load<u64>(probes)
    const chunk = <u32>waiting >> 16
    const place = ((waiting >> 32) << 32) | <u64>first
    const t0 = v128.load(BIASED + <usize>((<u32>waiting & 0xffff) * 256 + (chunk & 15) * 16))
    const t1 = wanted((chunk >> 4) & 15)
    const t2 = wanted((chunk >> 8) & 15)
    const t3 = wanted(chunk >> 12)
    const sums = i8x16.add(i8x16.add(pick(t0, low0), pick(t1, low1)), i8x16.add(pick(t2, high0), pick(t3, high1)))
    out = emit(out, v128.and(sums, inFirst), place)
    const more = i8x16.add(
      i8x16.add(pick(t0, second0), pick(t1, second1)),
      i8x16.add(pick(t2, second2), pick(t3, second3)),
    )
    out = emit(out, v128.and(more, inSecond), place + 16)
  }
  return out
}

/** More than 32 entries: two probes at a time over all of them. */
// @ts-ignore: decorator
@inline
function scanLong(lows: usize, first: u32, length: u32, probes: usize, end: usize, out: usize): usize {
  const nibbles = v128.load(LOW_NIBBLES)
  // An odd probe has a partner that nothing passes.
  if ((end - probes) & 8) {
    store<u64>(end, <u64>NEVER)
    end += 8
  }
  for (; probes < end; probes += 16) {
    const a = load<u64>(probes)
    const b = load<u64>(probes, 8)
    const chunkA = <u32>a >> 16
    const chunkB = <u32>b >> 16
    const a0 = v128.load(BIASED + <usize>((<u32>a & 0xffff) * 256 + (chunkA & 15) * 16))
    const a1 = wanted((chunkA >> 4) & 15)
    const a2 = wanted((chunkA >> 8) & 15)
    const a3 = wanted(chunkA >> 12)
    const b0 = v128.load(BIASED + <usize>((<u32>b & 0xffff) * 256 + (chunkB & 15) * 16))
    const b1 = wanted((chunkB >> 4) & 15)
    const b2 = wanted((chunkB >> 8) & 15)
    const b3 = wanted(chunkB >> 12)
    let placeA = ((a >> 32) << 32) | <u64>first
    let placeB = ((b >> 32) << 32) | <u64>first
    let at = lows
    const last = lows + ((length - 1) & ~15)
    for (; at < last; at += 16) {
      const low = v128.load(at)
      const high = v128.load(at + length)
      const low0 = v128.and(low, nibbles)
      const low1 = v128.and(i16x8.shr_u(low, 4), nibbles)
      const high0 = v128.and(high, nibbles)
      const high1 = v128.and(i16x8.shr_u(high, 4), nibbles)
      out = emit(
        out,
        i8x16.add(i8x16.add(pick(a0, low0), pick(a1, low1)), i8x16.add(pick(a2, high0), pick(a3, high1))),
        placeA,
      )
      out = emit(
        out,
        i8x16.add(i8x16.add(pick(b0, low0), pick(b1, low1)), i8x16.add(pick(b2, high0), pick(b3, high1))),
        placeB,
      )
      placeA += 16
      placeB += 16
    }
    const lanes = v128.load(FIRST_LANES + <usize>(((length - 1) & 15) + 1) * 16)
    const low = v128.load(at)
    const high = v128.load(at + length)
    const low0 = v128.and(low, nibbles)
    const low1 = v128.and(i16x8.shr_u(low, 4), nibbles)
    const high0 = v128.and(high, nibbles)
    const high1 = v128.and(i16x8.shr_u(high, 4), nibbles)
    const sumsA = i8x16.add(i8x16.add(pick(a0, low0), pick(a1, low1)), i8x16.add(pick(a2, high0), pick(a3, high1)))
    const sumsB = i8x16.add(i8x16.add(pick(b0, low0), pick(b1, low1)), i8x16.add(pick(b2, high0), pick(b3, high1)))
    out = emit(out, v128.and(sumsA, lanes), placeA)
    out = emit(out, v128.and(sumsB, lanes), placeB)
  }
  return out
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
