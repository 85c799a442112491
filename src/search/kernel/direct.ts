// Few queries: each row looks its own buckets up, table by table. What costs time is waiting for memory, so the
// buckets of a row are touched before they are scanned.
import { FLIPS, FLIP_COUNTS, ITEM_STARTS, MOST_LINES, ROWS, SINK } from './memory'
import { bindTable, forms, next, pairLimit, scratch, size, starts, threshold } from './pass'
import { finishEmitting, finishTable, probe, startEmitting } from './filter'
import { TAG_COMPLEMENTED } from './candidates'
import { complements } from './classes'
import { ringStep } from './tables'

/** Buckets touched ahead: those within two bits. */
const MOST_TOUCHED: u32 = 137

/** Whether some form asked for leaves (or, `complemented`, complements) a class. */
export function wants(cls: u32, complemented: bool): bool {
  for (let form: u32 = 0; form < 4; form++) {
    if ((forms >> form) & 1 && complements(form, cls) == complemented) return true
  }
  return false
}

/** Searches all tables for rows `from` to `to` − 1. */
export function searchDirect(from: u32, to: u32): void {
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

/** Probes the buckets of all keys within the table's threshold of `key`. */
function probeAround(key: u32, chunk: u32, tag: u32): void {
  const count = load<u32>(FLIP_COUNTS + <usize>threshold * 4)
  if (count <= MOST_TOUCHED) touchAround(key, count)
  for (let n: usize = 0; n < count; n++) {
    const flip = load<u32>(FLIPS + n * 4)
    probe(key ^ (flip & 0xffff), chunk, pairLimit - (flip >> 16), tag)
  }
}

/**
 * Reads the cache lines that the probes will scan, as many of each bucket as most have: a loop whose length hung
 * on the loads would wait for each of them.
 */
function touchAround(key: u32, count: u32): void {
  const places = scratch + ITEM_STARTS
  for (let n: usize = 0; n < count; n++) {
    const bucket = <usize>(key ^ (load<u32>(FLIPS + n * 4) & 0xffff))
    store<u32>(places + n * 4, load<u32>(starts + bucket * 4))
  }
  const lines = min<u32>(MOST_LINES, (size >> 20) * 9 / 16 + 2)
  let touched: u32 = 0
  for (let n: usize = 0; n < count; n++) {
    let at = next + <usize>load<u32>(places + n * 4) * 2
    for (let line: u32 = 0; line < lines; line++) {
      touched += load<u8>(at)
      at += 64
    }
  }
  store<u32>(scratch + SINK, touched)
}
