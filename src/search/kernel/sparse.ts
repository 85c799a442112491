// Few values: most of the 65,536 buckets of a table are empty, and looking up where an empty one begins is what takes
// the time, because sixteen such lists are larger than the second-level cache. One bit a key, 8 KiB a table, says it
// first: at 4,096 values 1 probe of 16 goes on, to a list of the other buckets alone. Of the seventeen keys within one
// bit of a key seven stand in one word.
import { FLIPS, FLIP_COUNTS, PRESENT_BITS_BYTES, ROWS } from './memory'
import { bindTable, next, pairLimit, present, presentStarts, scratch, threshold } from './pass'
import { finishEmitting, finishTable, probeFrom, startEmitting } from './filter'
import { TAG_COMPLEMENTED } from './candidates'
import { wants } from './direct'
import { ringStep } from './tables'

/** Searches all tables for rows `from` to `to` − 1. */
export function searchSparse(from: u32, to: u32): void {
  startEmitting()
  for (let chunk: u32 = 0; chunk < 16; chunk++) {
    bindTable(chunk)
    if (threshold < 0) continue
    const plain = wants(chunk >> 2, false)
    const complemented = wants(chunk >> 2, true)
    for (let row = from; row < to; row++) {
      const at = scratch + ROWS + <usize>row * 32
      const key = <u32>load<u16>(at + <usize>chunk * 2)
      const chunkNext = <u32>load<u16>(at + <usize>ringStep(chunk, 1) * 2)
      if (plain) probeAround(key, chunkNext, row)
      if (complemented) probeAround(key ^ 0xffff, chunkNext ^ 0xffff, row | TAG_COMPLEMENTED)
    }
    finishTable()
  }
  finishEmitting()
}

// @ts-ignore: decorator
@inline
function probeAround(key: u32, chunk: u32, tag: u32): void {
  if (threshold == 1) probeWithinOne(key, chunk, tag)
  else probeEach(key, chunk, tag)
}

/** Word of the bits of a key and of the 63 that differ from it in their lowest six bits. */
// @ts-ignore: decorator
@inline
function wordOf(key: u32): u64 {
  return load<u64>(present + <usize>(key >> 6) * 8)
}

/** Probes the keys within one bit. */
function probeWithinOne(key: u32, chunk: u32, tag: u32): void {
  const low = key & 63
  // The own bit, and those one flip of a place's six bits away: a flip of bit b moves it by 2^b, up or down.
  const own = <u64>1 << low
  let near: u64 = own
  for (let bit: u32 = 0; bit < 6; bit++) near |= <u64>1 << (low ^ (1 << bit))
  let found = wordOf(key) & near
  let far: u32 = 0
  for (let bit: u32 = 6; bit < 16; bit++) far |= (<u32>(wordOf(key ^ (1 << bit)) >> low) & 1) << bit
  for (; found != 0; found &= found - 1) {
    const place = <u32>ctz(found)
    probeShort((key & ~63) | place, chunk, pairLimit - (place == low ? 0 : 1), tag)
  }
  for (; far != 0; far &= far - 1) probeShort(key ^ (1 << ctz(far)), chunk, pairLimit - 1, tag)
}

/** Probes the keys within the table's threshold, one by one. */
function probeEach(key: u32, chunk: u32, tag: u32): void {
  const count = load<u32>(FLIP_COUNTS + <usize>threshold * 4)
  for (let n: usize = 0; n < count; n++) {
    const flip = load<u32>(FLIPS + n * 4)
    const near = key ^ (flip & 0xffff)
    if ((wordOf(near) >> (near & 63)) & 1) probeShort(near, chunk, pairLimit - (flip >> 16), tag)
  }
}

/** One probe of a bucket that isn't empty: of one entry, nearly always, which needs no vectors to be ruled out. */
// @ts-ignore: decorator
@inline
function probeShort(key: u32, chunk: u32, limit: u32, tag: u32): void {
  const before = wordOf(key) & ((<u64>1 << (key & 63)) - 1)
  const rank = <usize>load<u16>(present + PRESENT_BITS_BYTES + <usize>(key >> 6) * 2) + <usize>popcnt(before)
  const first = load<u32>(presentStarts + rank * 4)
  const length = load<u32>(presentStarts + rank * 4, 4) - first
  if (length == 1 && popcnt<u32>(load<u16>(next + <usize>first * 2) ^ chunk) > limit) return
  probeFrom(first, length, 0, chunk, limit, tag)
}
