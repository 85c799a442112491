// Many queries, short buckets (a million values: fifteen entries a bucket). A part of a table, the buckets whose
// keys share their highest bits, fits the first-level cache; so the probes that fall into it need no order, and
// each looks its bucket up at once. A row's own part takes all its probes but one for each of the highest bits, and
// the look-up tables of its next chunk stay in registers for them. Probes that wait at their bucket (stream.ts) share
// the entries' nibbles instead, which pays where buckets are long: here loops over a bucket's few probes, and branches
// on its length, were mispredicted as often as not (at 1M and 4,096 queries 5.9 µs a query, against 3.0 so).
import {
  EMITTED,
  EMIT_RECORDS,
  FIRST_LANES,
  FLIPS,
  FLIP_COUNTS,
  ITEM_STARTS,
  LOW_NIBBLES,
  MAX_RESULTS,
  RECORD,
  WAITING,
} from './memory'
import { gaveUp, next, pairLimit, resultCount, scratch, starts, threshold } from './pass'
import {
  FURTHER,
  biased,
  emit,
  emitted,
  finishEmitting,
  keep,
  negated,
  probeFrom,
  startEmitting,
  sumsAt,
} from './filter'
import { aim, touchRest, touchShare, touchStarts } from './ahead'
import { items } from './stream'

/** Entries of a bucket that are scanned in line; the rest of a longer bucket is scanned later. */
const INLINE: u32 = 256
/** Probes between two looks at the room for records. */
const RUN: usize = 128

/** In scratch: the masks within a part, fewest bits first (u32 each), and how many have at most t bits (u32). */
const LOW_MASKS: usize = WAITING
const LOW_COUNTS: usize = WAITING + 4096 * 4

/** Searches the sorted table from part `from` on; returns the part to go on with, as searchStream does. */
export function searchParts(partBits: u32, from: u32): u32 {
  const parts: u32 = 1 << partBits
  if (threshold < 0) return parts
  const shift = 16 - partBits
  startEmitting()
  listLowMasks(shift)
  touchStarts(from, shift)
  touchStarts(from + 1, shift)
  aim(from, shift, 1)
  touchRest()
  let part = from
  while (part < parts) {
    // Starts are on their way two parts ahead, so that those of the entries touched now are there.
    if (part + 2 < parts) touchStarts(part + 2, shift)
    if (part + 1 < parts) aim(part + 1, shift, partBits + 1)
    searchPart(part, partBits)
    part++
    if (resultCount > MAX_RESULTS / 2) break
  }
  finishEmitting()
  return part
}

function listLowMasks(lowBits: u32): void {
  const masks = scratch + LOW_MASKS
  let count: usize = 0
  let flip: usize = 0
  for (let bits: u32 = 0; bits <= <u32>threshold; bits++) {
    for (const end = <usize>load<u32>(FLIP_COUNTS + <usize>bits * 4); flip < end; flip++) {
      const mask = load<u32>(FLIPS + flip * 4) & 0xffff
      store<u32>(masks + count * 4, mask * 4)
      count += mask >> lowBits ? 0 : 1
    }
    store<u32>(scratch + LOW_COUNTS + <usize>bits * 4, <u32>count)
  }
}

/** Sends all probes that fall into a part to their buckets. */
function searchPart(part: u32, partBits: u32): void {
  const shift = 16 - partBits
  const bounds = scratch + ITEM_STARTS
  const flips = load<u32>(FLIP_COUNTS + <usize>threshold * 4)
  const slots = starts + <usize>(part << shift) * 4
  const slotMask = (<usize>4 << shift) - 4
  for (let n: usize = 0; n < flips; n++) {
    const high = load<u32>(FLIPS + n * 4)
    const highMask = high & 0xffff
    if (highMask >> partBits) continue
    const from = bounds + <usize>(part ^ highMask) * 4
    const end = items + <usize>load<u32>(from, 4) * 8
    const left = pairLimit - (high >> 16)
    const lowThreshold = <u32>threshold - (high >> 16)
    let at = items + <usize>load<u32>(from) * 8
    touchShare()
    if (lowThreshold == 0) {
      for (; at < end; at += RUN * 8) probeOnce(at, min<usize>(at + RUN * 8, end), slots, slotMask, left)
    } else {
      for (; at < end; at += 8) probeNear(load<u64>(at), lowThreshold, slots, slotMask, left)
    }
  }
}

/** The probes of some items that fall into their own bucket of the part. */
function probeOnce(from: usize, end: usize, slots: usize, slotMask: usize, limit: u32): void {
  if (gaveUp) return
  const mask = v128.load(LOW_NIBBLES)
  let longest: u32 = 0
  let out = emitted
  for (let at = from; at < end; at += 8) {
    const item = load<u64>(at)
    const slot = slots + ((<usize>item << 2) & slotMask)
    const first = load<u32>(slot)
    const length = load<u32>(slot, 4) - first
    longest |= length
    const chunk = <u32>item >> 16
    const t0 = biased(limit, chunk & 15)
    const t1 = negated((chunk >> 4) & 15)
    const t2 = negated((chunk >> 8) & 15)
    const t3 = negated(chunk >> 12)
    out = scan(first, length, mask, t0, t1, t2, t3, placeOf(item), out)
  }
  keep(out)
  if (longest > INLINE) {
    for (let at = from; at < end; at += 8) {
      const item = load<u64>(at)
      probeRest(slots + ((<usize>item << 2) & slotMask), item, limit)
    }
  }
}

/** The probes of one item that fall into buckets within `lowThreshold` bits of its own. */
function probeNear(item: u64, lowThreshold: u32, slots: usize, slotMask: usize, limit: u32): void {
  if (gaveUp) return
  const mask = v128.load(LOW_NIBBLES)
  const masks = scratch + LOW_MASKS
  const own = (<usize>item << 2) & slotMask
  const chunk = <u32>item >> 16
  const t1 = negated((chunk >> 4) & 15)
  const t2 = negated((chunk >> 8) & 15)
  const t3 = negated(chunk >> 12)
  const place = placeOf(item)
  let n = masks
  for (let bits: u32 = 0; bits <= lowThreshold; bits++) {
    const t0 = biased(limit - bits, chunk & 15)
    const end = masks + <usize>load<u32>(scratch + LOW_COUNTS + <usize>bits * 4) * 4
    while (n < end) {
      const from = n
      const runEnd = min<usize>(end, n + RUN * 4)
      let longest: u32 = 0
      let out = emitted
      for (; n < runEnd; n += 4) {
        const slot = slots + (own ^ <usize>load<u32>(n))
        const first = load<u32>(slot)
        const length = load<u32>(slot, 4) - first
        longest |= length
        out = scan(first, length, mask, t0, t1, t2, t3, place, out)
      }
      keep(out)
      if (longest > INLINE) {
        for (n = from; n < runEnd; n += 4) probeRest(slots + (own ^ <usize>load<u32>(n)), item, limit - bits)
      }
    }
  }
}

/** What the records of an item's probes carry beside the entry. */
// @ts-ignore: decorator
@inline
function placeOf(item: u64): u64 {
  const tag = item >> 32
  return (tag << 32) | (tag << 48) | FURTHER
}

/** The first INLINE entries of a bucket, at least two vectors of them: a branch on fewer would cost more. */
// @ts-ignore: decorator
@inline
function scan(first: u32, length: u32, mask: v128, t0: v128, t1: v128, t2: v128, t3: v128, whose: u64, out: usize): usize {
  let place = whose | <u64>first
  let low = next + <usize>first * 2
  let left = min<u32>(length, INLINE)
  for (; left > 32; left -= 32) {
    const near = sumsAt(low, low + length, mask, t0, t1, t2, t3)
    const far = sumsAt(low + 16, low + length + 16, mask, t0, t1, t2, t3)
    out = emit(out, near, far, place)
    low += 32
    place += 32
  }
  const lanes = FIRST_LANES + <usize>left * 16
  const near = v128.and(sumsAt(low, low + length, mask, t0, t1, t2, t3), v128.load(lanes, 16 * 16))
  const far = v128.and(sumsAt(low + 16, low + length + 16, mask, t0, t1, t2, t3), v128.load(lanes))
  return emit(out, near, far, place)
}

/** The entries of a longer bucket that `scan` left. */
function probeRest(slot: usize, item: u64, limit: u32): void {
  const first = load<u32>(slot)
  const length = load<u32>(slot, 4) - first
  if (length > INLINE) probeFrom(first, length, INLINE, <u32>item >> 16, limit, <u32>(item >> 32))
}
