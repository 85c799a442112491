// Building the sixteen tables of a segment from its values in class order. Table c is keyed by chunk c; an entry
// holds the next and the third chunk of the same class's ring, and the value's id. The next chunks of a bucket
// lie as [low bytes][high bytes], so that the scan reads two vectors for sixteen entries.
import {
  HEADER_BUILT_AT,
  HEADER_FROM,
  HEADER_MOST_ENTRIES,
  HEADER_PRESENT,
  HEADER_PRESENT_STARTS,
  HEADER_REACH,
  HEADER_REMOVED,
  HEADER_SIZE,
  HEADER_TO,
  HEADER_VALUES,
  ITEMS,
  PRESENT_BITS_BYTES,
  PRESENT_BYTES,
  WAITING,
  chunkStride,
  presentStartsBytes,
  startsAt,
  tableAt,
} from './memory'
import { scratch } from './pass'

/** The chunk that follows `chunk`, `steps` further on the ring of its class. */
// @ts-ignore: decorator
@inline
export function ringStep(chunk: u32, steps: u32): u32 {
  return (chunk & 12) | ((chunk + steps) & 3)
}

// Entries are scattered in two rounds, because scattering ten million of them over 65,536 addresses misses every
// cache: first into 512 runs by the key's highest bits, then within each run, whose addresses lie near each other.
const RUNS: usize = 512
const LOW_BITS: u32 = 7
/** In scratch: the next place of each key (u32), and the end of each run (u32). */
const KEY_PLACES: usize = ITEMS
const RUN_ENDS: usize = WAITING

/** The values that the tables are being built over. */
let values: usize = 0
let removed: usize = 0
let builtAt: u32 = 0
/** None of them is gone: then nothing needs to be looked up. */
let isWhole: bool = false

/**
 * Builds table `chunk` of the segment whose header is at `header`; the four of a class one after the other, because
 * the first of them counts for all. `room` has place for `capacity` entries of 8
 * bytes: it may be the place of a table that is not built yet. Values that others append, or remove later than the
 * segment's sequence number, change nothing.
 */
export function buildTable(header: usize, chunk: u32, room: usize, capacity: u32): void {
  const size = load<u32>(header, HEADER_SIZE)
  const first = load<u32>(header, HEADER_FROM)
  const end = load<u32>(header, HEADER_TO)
  values = load<u32>(header, HEADER_VALUES)
  removed = load<u32>(header, HEADER_REMOVED)
  builtAt = load<u32>(header, HEADER_BUILT_AT)
  isWhole = end - first == size
  const table = tableAt(header, chunk)
  const starts = startsAt(header, chunk)
  if ((chunk & 3) == 0) countKeys(header, chunk, first, end)
  memory.copy(scratch + KEY_PLACES, starts, 65536 * 4)
  if (size <= capacity) {
    boundRuns(starts, room)
    placeEntries(room, sortIntoRuns(chunk, first, end, room), starts, table, chunkStride(size))
  } else {
    for (let from = first; from < end; from += capacity) {
      const to = min<u32>(end, from + capacity)
      countRuns(chunk, from, to, room)
      placeEntries(room, sortIntoRuns(chunk, from, to, room), starts, table, chunkStride(size))
    }
  }
  memory.fill(table + <usize>size * 2, 0, 64)
  buildReach(header, chunk, starts)
  buildPresent(header, chunk, starts)
}

// @ts-ignore: decorator
@inline
function isGone(id: usize): bool {
  return !isWhole && load<u32>(removed + id * 4) <= builtAt
}

/**
 * In each table of the class that begins with table `chunk`, makes starts[key] the number of values with lower keys. Of
 * four tables at once, so that the values are read once and the counters stay in the second-level cache.
 */
function countKeys(header: usize, chunk: u32, from: u32, to: u32): void {
  const classAt = values + <usize>chunk * 2
  // One after a key's place, so that the sums stand where the keys' beginnings belong.
  const counts0 = startsAt(header, chunk) + 4
  const counts1 = startsAt(header, chunk + 1) + 4
  const counts2 = startsAt(header, chunk + 2) + 4
  const counts3 = startsAt(header, chunk + 3) + 4
  memory.fill(counts0 - 4, 0, 4 * 65537 * 4)
  for (let id: usize = from; id < to; id++) {
    if (isGone(id)) continue
    const keys = load<u64>(classAt + id * 32)
    countOne(counts0 + <usize>(<u32>keys & 0xffff) * 4)
    countOne(counts1 + <usize>(<u32>keys >> 16) * 4)
    countOne(counts2 + <usize>((keys >> 32) & 0xffff) * 4)
    countOne(counts3 + <usize>(keys >> 48) * 4)
  }
  for (let table: u32 = 0; table < 4; table++) sumUp(startsAt(header, chunk + table))
}

// @ts-ignore: decorator
@inline
function countOne(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

function sumUp(starts: usize): void {
  let sum: u32 = 0
  for (let slot = starts; slot <= starts + 65536 * 4; slot += 4) {
    sum += load<u32>(slot)
    store<u32>(slot, sum)
  }
}

/** Where each run begins if all entries are sorted at once: the keys were counted already. */
function boundRuns(starts: usize, room: usize): void {
  for (let run: usize = 0; run <= RUNS; run++) {
    store<u32>(scratch + RUN_ENDS + run * 4, <u32>room + load<u32>(starts + (run << LOW_BITS) * 4) * 8)
  }
}

/** Where each run begins if the entries of values `from` to `to` − 1 alone are sorted. */
function countRuns(chunk: u32, from: u32, to: u32, room: usize): void {
  const ends = scratch + RUN_ENDS
  const keyAt = values + <usize>chunk * 2
  memory.fill(ends, 0, (RUNS + 1) * 4)
  for (let id: usize = from; id < to; id++) {
    if (isGone(id)) continue
    const slot = ends + (<usize>load<u16>(keyAt + id * 32) >> LOW_BITS) * 4
    store<u32>(slot, load<u32>(slot, 4) + 8, 4)
  }
  let sum = <u32>room
  for (let run: usize = 0; run <= RUNS; run++) {
    sum += load<u32>(ends + run * 4)
    store<u32>(ends + run * 4, sum)
  }
}

/**
 * Writes the entries of values `from` to `to` − 1 to `room`, ordered by the highest bits of their keys; the bounds of
 * the runs' beginnings are then those of their ends. Returns the end of the last.
 */
function sortIntoRuns(chunk: u32, from: u32, to: u32, room: usize): usize {
  const ends = scratch + RUN_ENDS
  const classAt = values + <usize>(chunk & 12) * 2
  const turn: u64 = (chunk & 3) * 16
  for (let id: usize = from; id < to; id++) {
    if (isGone(id)) continue
    // The ring from this chunk on.
    const ring = rotr<u64>(load<u64>(classAt + id * 32), turn)
    const key = <u32>ring & 0xffff
    const slot = ends + <usize>(key >> LOW_BITS) * 4
    const place = <usize>load<u32>(slot)
    store<u32>(slot, <u32>place + 8)
    // Nine bits of the key are lost but follow from the place; the id has 25: a memory holds fewer than 2^25.
    store<u64>(place, <u64>(<u32>id | (key << 25)) | ((ring >> 16) << 32))
  }
  return load<u32>(ends + (RUNS - 1) * 4)
}

/** Lays the sorted entries out in the table, behind those that are there. */
function placeEntries(from: usize, end: usize, starts: usize, table: usize, stride: usize): void {
  const third = table + stride
  const ids = third + stride
  const places = scratch + KEY_PLACES
  const ends = scratch + RUN_ENDS
  let run: usize = 0
  for (let at = from; at < end; at += 8) {
    while (at >= <usize>load<u32>(ends + run * 4)) run++
    const item = load<u64>(at)
    const key = ((run << LOW_BITS) | <usize>(<u32>item >> 25)) * 4
    const entry = <usize>load<u32>(places + key)
    store<u32>(places + key, <u32>entry + 1)
    store<u32>(ids + entry * 4, <u32>item & 0x1ffffff)
    store<u16>(third + entry * 2, <u16>(item >> 48))
    // The bucket's bytes begin at twice its first entry: the low ones, then the high ones.
    const first = <usize>load<u32>(starts + key)
    const low = table + first + entry
    store<u8>(low, <u8>(item >> 32))
    store<u8>(low + <usize>load<u32>(starts + key, 4) - first, <u8>(item >> 40))
  }
}

/**
 * How many entries a probe of each key and its sixteen neighbours would scan, known before it runs: in eighths
 * of a power of two, one byte a key. What the worst key of each table would, summed, no row's probes exceed.
 */
function buildReach(header: usize, chunk: u32, starts: usize): void {
  const reach = <usize>load<u32>(header, HEADER_REACH) + <usize>chunk * 65536
  let most: u32 = 0
  for (let key: usize = 0; key < 65536; key++) {
    let within = bucketLength(starts, key)
    for (let bit: usize = 0; bit < 16; bit++) within += bucketLength(starts, key ^ (1 << bit))
    store<u8>(reach + key, logEighths(within))
    most = max<u32>(most, within)
  }
  store<u32>(header, load<u32>(header, HEADER_MOST_ENTRIES) + most, HEADER_MOST_ENTRIES)
}

/** Which keys have entries, and where those begin: see sparse.ts. Large segments have no room for it. */
function buildPresent(header: usize, chunk: u32, starts: usize): void {
  const all = <usize>load<u32>(header, HEADER_PRESENT)
  if (all == 0) return
  const present = all + <usize>chunk * PRESENT_BYTES
  const ranks = present + PRESENT_BITS_BYTES
  const size = load<u32>(header, HEADER_SIZE)
  const first = <usize>load<u32>(header, HEADER_PRESENT_STARTS) + <usize>chunk * presentStartsBytes(size)
  let slot = first
  for (let word: usize = 0; word < 1024; word++) {
    let bits: u64 = 0
    store<u16>(ranks + word * 2, <u16>((slot - first) >> 2))
    for (let bit: usize = 0; bit < 64; bit++) {
      const key = word * 64 + bit
      if (bucketLength(starts, key) == 0) continue
      bits |= <u64>1 << bit
      store<u32>(slot, load<u32>(starts + key * 4))
      slot += 4
    }
    store<u64>(present + word * 8, bits)
  }
  store<u32>(slot, size)
}

// @ts-ignore: decorator
@inline
function bucketLength(starts: usize, key: usize): u32 {
  return load<u32>(starts + key * 4, 4) - load<u32>(starts + key * 4)
}

/** 8·log2(n + 1), rounded up, by the top bit and the three below it. */
function logEighths(n: u32): u8 {
  const m = n + 1
  const exponent = 31 - clz<u32>(m)
  const fraction = ((m << (31 - exponent)) >> 28) & 7
  return <u8>(exponent * 8 + fraction + 1)
}
