// The filter: the entries of one bucket whose next chunk is near enough to a query's. Most of the time of a
// search is spent here.
//
// For each nibble of the wanted chunk there is a table of −popcount, the first biased by 128 + limit: four
// look-ups and three additions give sixteen lanes whose top bit says "passes", and whose other bits hold the
// rest of the limit. Entries that pass are emitted as records of two such vectors, with a place that names their probes:
//   bits 0–31   first entry of the first vector
//   bits 32–46  tag of the first vector's probe
//   bit 47      set: the second vector holds the next sixteen entries; clear: the same entries, another probe
//   bits 48–62  tag of the second vector's probe
// A record is always stored, and kept only where a lane passed: a branch on that cost 17 ns a hit.
import { BIASED, EMITTED, EMIT_RECORDS, FIRST_LANES, LOW_NIBBLES, NEGATED, PIECE, RECORD } from './memory'
import { gaveUp, next, scratch, starts } from './pass'
import { collect, flush, startCandidates } from './candidates'

/** In a place: the second vector holds the next sixteen entries. */
export const FURTHER: u64 = 1 << 47

/** End of the records emitted so far. */
export let emitted: usize = 0

export function startEmitting(): void {
  emitted = scratch + EMITTED
  startCandidates()
}

/** The table is done: what was emitted may wait for other tables' candidates. */
export function finishTable(): void {
  collect(emitted)
  emitted = scratch + EMITTED
}

/** Takes everything through the remaining stages. */
export function finishEmitting(): void {
  flush(emitted)
  emitted = scratch + EMITTED
}

// @ts-ignore: decorator
@inline
export function keep(out: usize): void {
  if (out >= scratch + EMITTED + <usize>EMIT_RECORDS * RECORD) {
    flush(out)
    out = scratch + EMITTED
  }
  emitted = out
}

// @ts-ignore: decorator
@inline
function pick(table: v128, nibbles: v128): v128 {
  // Indices are 0 to 15, so the relaxed form is deterministic; it saves the plain one's range check.
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles)
}

// @ts-ignore: decorator
@inline
export function biased(limit: u32, nibble: u32): v128 {
  return v128.load(<usize>(limit * 256 + nibble * 16), BIASED)
}

// @ts-ignore: decorator
@inline
export function negated(nibble: u32): v128 {
  return v128.load(<usize>nibble * 16, NEGATED)
}

// @ts-ignore: decorator
@inline
function lowNibbles(bytes: v128, mask: v128): v128 {
  return v128.and(bytes, mask)
}

// @ts-ignore: decorator
@inline
function highNibbles(bytes: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), mask)
}

// @ts-ignore: decorator
@inline
function sum(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.add(i8x16.add(a, b), i8x16.add(c, d))
}

/** The sums of sixteen entries that are looked at once. */
// @ts-ignore: decorator
@inline
export function sumsAt(low: usize, high: usize, mask: v128, t0: v128, t1: v128, t2: v128, t3: v128): v128 {
  const lows = v128.load(low)
  const highs = v128.load(high)
  return sum(
    pick(t0, lowNibbles(lows, mask)),
    pick(t1, highNibbles(lows, mask)),
    pick(t2, lowNibbles(highs, mask)),
    pick(t3, highNibbles(highs, mask)),
  )
}

// @ts-ignore: decorator
@inline
export function emit(out: usize, first: v128, second: v128, place: u64): usize {
  v128.store(out, first)
  v128.store(out, second, 16)
  store<u64>(out, place, 32)
  return out + (i8x16.bitmask(v128.or(first, second)) != 0 ? RECORD : 0)
}

/** The first `count` of sixteen lanes. */
// @ts-ignore: decorator
@inline
function firstLanes(count: u32): v128 {
  return v128.load(FIRST_LANES + <usize>count * 16, 16 * 16)
}

/** One probe: scans bucket `key` for entries whose next chunk is within `limit` bits of `chunk`. */
export function probe(key: u32, chunk: u32, limit: u32, tag: u32): void {
  const first = load<u32>(starts + <usize>key * 4)
  const length = load<u32>(starts + <usize>key * 4, 4) - first
  if (length > 0) probeFrom(first, length, 0, chunk, limit, tag)
}

/** One probe of the entries from `from` on of a bucket. */
export function probeFrom(first: u32, length: u32, from: u32, chunk: u32, limit: u32, tag: u32): void {
  if (gaveUp) return
  for (; length - from > PIECE && !gaveUp; from += PIECE) {
    keep(scanOne(first, length, from, from + PIECE, chunk, limit, tag, emitted))
  }
  keep(scanOne(first, length, from, length, chunk, limit, tag, emitted))
}

/** Entries `from` to `to` − 1 of a bucket, for one probe. */
function scanOne(first: u32, length: u32, from: u32, to: u32, chunk: u32, limit: u32, tag: u32, out: usize): usize {
  const mask = v128.load(LOW_NIBBLES)
  const t0 = biased(limit, chunk & 15)
  const t1 = negated((chunk >> 4) & 15)
  const t2 = negated((chunk >> 8) & 15)
  const t3 = negated(chunk >> 12)
  let low = next + <usize>first * 2 + <usize>from
  let place = <u64>(first + from) | (<u64>tag << 32) | (<u64>tag << 48) | FURTHER
  let left = to - from
  for (; left > 32; left -= 32) {
    const near = sumsAt(low, low + length, mask, t0, t1, t2, t3)
    const far = sumsAt(low + 16, low + length + 16, mask, t0, t1, t2, t3)
    out = emit(out, near, far, place)
    low += 32
    place += 32
  }
  // Lanes past the bucket's end hold its neighbour's entries, which this probe must not see.
  const near = v128.and(sumsAt(low, low + length, mask, t0, t1, t2, t3), firstLanes(min<u32>(left, 16)))
  const far = v128.and(sumsAt(low + 16, low + length + 16, mask, t0, t1, t2, t3), firstLanes(max<u32>(left, 16) - 16))
  return emit(out, near, far, place)
}

/**
 * Scans one bucket for several probes: `probes` is `count` of {limit u16, next chunk u16, tag u32}. Takes the
 * entries' nibbles apart once for two probes, or for all of them if the bucket is short.
 */
export function scanBucket(key: u32, probes: usize, count: usize): void {
  const first = load<u32>(starts + <usize>key * 4)
  const length = load<u32>(starts + <usize>key * 4, 4) - first
  if (length == 0 || gaveUp) return
  const end = probes + count * 8
  if (length <= 16) keep(scanShort(first, length, probes, end, emitted))
  else if (length <= 32) keep(scanMiddle(first, length, probes, end, emitted))
  else if (length <= 1024) keep(scanLong(first, length, probes, end, emitted))
  else {
    for (let at = probes; at < end; at += 8) {
      const waiting = load<u64>(at)
      probe(key, <u32>waiting >> 16, <u32>waiting & 0xffff, <u32>(waiting >> 32))
    }
  }
}

/** At most 16 entries, two probes at a time. */
function scanShort(first: u32, length: u32, probes: usize, end: usize, out: usize): usize {
  const mask = v128.load(LOW_NIBBLES)
  const lanes = firstLanes(length)
  const at = next + <usize>first * 2
  const lows = v128.load(at)
  const highs = v128.load(at + length)
  const n0 = lowNibbles(lows, mask)
  const n1 = highNibbles(lows, mask)
  const n2 = lowNibbles(highs, mask)
  const n3 = highNibbles(highs, mask)
  // An odd probe's partner is itself, its lanes blanked.
  for (; probes < end; probes += 16) {
    const a = load<u64>(probes)
    const b = load<u64>(probes, 8)
    const lanesB = v128.load(FIRST_LANES + (probes + 8 < end ? <usize>length * 16 : 0), 16 * 16)
    const chunkA = <u32>a >> 16
    const chunkB = <u32>b >> 16
    const sumsA = sum(
      pick(biased(<u32>a & 31, chunkA & 15), n0),
      pick(negated((chunkA >> 4) & 15), n1),
      pick(negated((chunkA >> 8) & 15), n2),
      pick(negated(chunkA >> 12), n3),
    )
    const sumsB = sum(
      pick(biased(<u32>b & 31, chunkB & 15), n0),
      pick(negated((chunkB >> 4) & 15), n1),
      pick(negated((chunkB >> 8) & 15), n2),
      pick(negated(chunkB >> 12), n3),
    )
    const place = <u64>first | (a & 0x7fff00000000) | ((b >> 32) << 48)
    out = emit(out, v128.and(sumsA, lanes), v128.and(sumsB, lanesB), place)
  }
  return out
}

/** At most 32 entries: their nibbles stay in registers for all probes. */
function scanMiddle(first: u32, length: u32, probes: usize, end: usize, out: usize): usize {
  const mask = v128.load(LOW_NIBBLES)
  const lanes = firstLanes(length - 16)
  const at = next + <usize>first * 2
  const lows = v128.load(at)
  const highs = v128.load(at + length)
  const lows2 = v128.load(at, 16)
  const highs2 = v128.load(at + length, 16)
  const n0 = lowNibbles(lows, mask)
  const n1 = highNibbles(lows, mask)
  const n2 = lowNibbles(highs, mask)
  const n3 = highNibbles(highs, mask)
  const m0 = lowNibbles(lows2, mask)
  const m1 = highNibbles(lows2, mask)
  const m2 = lowNibbles(highs2, mask)
  const m3 = highNibbles(highs2, mask)
  for (; probes < end; probes += 8) {
    const waiting = load<u64>(probes)
    const chunk = <u32>waiting >> 16
    const t0 = biased(<u32>waiting & 31, chunk & 15)
    const t1 = negated((chunk >> 4) & 15)
    const t2 = negated((chunk >> 8) & 15)
    const t3 = negated(chunk >> 12)
    const near = sum(pick(t0, n0), pick(t1, n1), pick(t2, n2), pick(t3, n3))
    const far = sum(pick(t0, m0), pick(t1, m1), pick(t2, m2), pick(t3, m3))
    const tag = waiting >> 32
    out = emit(out, near, v128.and(far, lanes), <u64>first | (tag << 32) | (tag << 48) | FURTHER)
  }
  return out
}

/** More than 32 entries: two probes at a time over all of them. */
function scanLong(first: u32, length: u32, probes: usize, end: usize, out: usize): usize {
  if ((end - probes) & 8) {
    const odd = load<u64>(probes)
    out = scanOne(first, length, 0, length, <u32>odd >> 16, <u32>odd & 31, <u32>(odd >> 32), out)
    probes += 8
  }
  const mask = v128.load(LOW_NIBBLES)
  const lows = next + <usize>first * 2
  const last = lows + ((length - 1) & ~15)
  const lanes = firstLanes(((length - 1) & 15) + 1)
  for (; probes < end; probes += 16) {
    const a = load<u64>(probes)
    const b = load<u64>(probes, 8)
    const chunkA = <u32>a >> 16
    const chunkB = <u32>b >> 16
    const a0 = biased(<u32>a & 31, chunkA & 15)
    const a1 = negated((chunkA >> 4) & 15)
    const a2 = negated((chunkA >> 8) & 15)
    const a3 = negated(chunkA >> 12)
    const b0 = biased(<u32>b & 31, chunkB & 15)
    const b1 = negated((chunkB >> 4) & 15)
    const b2 = negated((chunkB >> 8) & 15)
    const b3 = negated(chunkB >> 12)
    let place = <u64>first | (a & 0x7fff00000000) | ((b >> 32) << 48)
    let at = lows
    for (; at < last; at += 16) {
      const low = v128.load(at)
      const high = v128.load(at + length)
      const n0 = lowNibbles(low, mask)
      const n1 = highNibbles(low, mask)
      const n2 = lowNibbles(high, mask)
      const n3 = highNibbles(high, mask)
      const sumsA = sum(pick(a0, n0), pick(a1, n1), pick(a2, n2), pick(a3, n3))
      const sumsB = sum(pick(b0, n0), pick(b1, n1), pick(b2, n2), pick(b3, n3))
      out = emit(out, sumsA, sumsB, place)
      place += 16
    }
    const sumsA = sumsAt(at, at + length, mask, a0, a1, a2, a3)
    const sumsB = sumsAt(at, at + length, mask, b0, b1, b2, b3)
    out = emit(out, v128.and(sumsA, lanes), v128.and(sumsB, lanes), place)
  }
  return out
}
