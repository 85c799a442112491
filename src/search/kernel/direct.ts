// Few queries: each row looks its own buckets up, table by table. What costs time is waiting for memory, so the
// buckets of a row are touched before they are scanned.
import { FLIPS, FLIP_COUNTS, ROWS, SINK } from './memory'
import { bindTable, forms, next, pairLimit, rowCount, scratch, starts, threshold } from './pass'
import { finishEmitting, probe, startEmitting } from './filter'
import { TAG_COMPLEMENTED } from './candidates'
import { complements } from './classes'
import { ringStep } from './tables'

/** Whether some form asked for leaves (or, `complemented`, complements) a class. */
export function wants(cls: u32, complemented: bool): bool {
  for (let form: u32 = 0; form < 4; form++) {
    if ((forms >> form) & 1 && complements(form, cls) == complemented) return true
  }
  return false
}

/** Searches table `chunk` for rows `from` to `to` − 1. */
export function searchDirect(chunk: u32, from: u32, to: u32): void {
  bindTable(chunk)
  if (threshold < 0) return
  startEmitting()
  const plain = wants(chunk >> 2, false)
  const complemented = wants(chunk >> 2, true)
  for (let row = from; row < to; row++) {
    const at = scratch + ROWS + <usize>row * 32
    const key = <u32>load<u16>(at + <usize>chunk * 2)
    const chunkNext = <u32>load<u16>(at + <usize>ringStep(chunk, 1) * 2)
    if (plain) probeAround(key, chunkNext, row)
    if (complemented) probeAround(key ^ 0xffff, chunkNext ^ 0xffff, row | TAG_COMPLEMENTED)
  }
  finishEmitting()
}

/** Probes the buckets of all keys within the table's threshold of `key`. */
function probeAround(key: u32, chunk: u32, tag: u32): void {
  const count = load<u32>(FLIP_COUNTS + <usize>threshold * 4)
  touchAround(key, count)
  for (let n: usize = 0; n < count; n++) {
    const flip = load<u32>(FLIPS + n * 4)
    probe(key ^ (flip & 0xffff), chunk, pairLimit - (flip >> 16), tag)
  }
}

/** Reads one byte of each cache line that the probes will scan. */
function touchAround(key: u32, count: u32): void {
  let touched: u32 = 0
  for (let n: usize = 0; n < count; n++) {
    const bucket = starts + <usize>(key ^ (load<u32>(FLIPS + n * 4) & 0xffff)) * 4
    const end = next + <usize>load<u32>(bucket, 4) * 2
    let at = next + <usize>load<u32>(bucket) * 2
    if (end - at > 4096) continue
    for (; at < end; at += 64) touched += load<u8>(at)
  }
  store<u32>(scratch + SINK, touched)
}
