// What each row's probes would scan, from the neighbourhood sizes that were counted when the index was built.
import { FLIP_COUNTS, ITEMS, ROWS } from './memory'
import { bindTable, reach, rowCount, scratch, threshold } from './pass'
import { wants } from './direct'

/** Estimates (f32 each, entries scanned) lie here in a thread's scratch area. */
export const ESTIMATES: usize = ITEMS

export function layoutEstimatesOffset(): u32 {
  return <u32>ESTIMATES
}

/** Writes every row's estimate. Thresholds above 1 are taken in proportion to the number of buckets. */
export function estimateRows(): void {
  const estimates = scratch + ESTIMATES
  memory.fill(estimates, 0, <usize>rowCount * 4)
  for (let chunk: u32 = 0; chunk < 16; chunk++) {
    bindTable(chunk)
    if (threshold < 0) continue
    const factor = <f32>load<u32>(FLIP_COUNTS + <usize>threshold * 4) / 17
    const sizes = reach + <usize>chunk * 65536
    const plain = wants(chunk >> 2, false)
    const complemented = wants(chunk >> 2, true)
    for (let row: usize = 0; row < rowCount; row++) {
      const key = <usize>load<u16>(scratch + ROWS + row * 32 + <usize>chunk * 2)
      let entries: u32 = 0
      if (plain) entries += fromEighths(load<u8>(sizes + key))
      if (complemented) entries += fromEighths(load<u8>(sizes + (key ^ 0xffff)))
      store<f32>(estimates + row * 4, load<f32>(estimates + row * 4) + <f32>entries * factor)
    }
  }
}

/** Undoes logEighths, within an eighth. */
// @ts-ignore: decorator
@inline
function fromEighths(eighths: u32): u32 {
  return ((8 + (eighths & 7)) << (eighths >> 3)) >> 3
}
