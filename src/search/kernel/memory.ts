// Where things lie in the memory. One memory holds, in this order: the constants, one scratch area for each
// thread, the values with their removal numbers, and the tables of any number of segments. The addresses here are the same in every instance of the module; the host
// (../wasm/kernel-memory.ts) knows them by the exported `layout…` functions and the header below.
//
// The module has no data section: an instance that starts in a second thread would write it over a memory that
// is in use. So the thread that creates a memory calls `initConstants` once.

/** Tables of −popcount(v ^ x) for each nibble x (16 × 16 bytes). */
export const NEGATED: usize = 1024
/** The same, biased by 128 + limit, for limits 0 to 31 (32 × 256 bytes): the top bit of a sum says "passes". */
export const BIASED: usize = NEGATED + 256
/** Sixteen bytes of 0x0f. V8 would rebuild a `splat` at every use, so constants are loaded. */
export const LOW_NIBBLES: usize = BIASED + 32 * 256
/**
 * Row n, 0 to 48: the lanes of sixteen below n − 16 (16 bytes each). So of the first n of 32 lanes row n + 16 holds
 * the first vector's and row n the second's; see `firstLanes`.
 */
export const FIRST_LANES: usize = LOW_NIBBLES + 16
/** All masks of at most MAX_THRESHOLD of 16 bits, fewest bits first (u32 each: mask | bits << 16). */
export const FLIPS: usize = FIRST_LANES + 49 * 16
/** How many of the flips have at most t bits, t = 0 to MAX_THRESHOLD (u32 each). */
export const FLIP_COUNTS: usize = FLIPS + 2517 * 4
export const MAX_THRESHOLD: u32 = 4

/** Most rows (queries, or their transposed forms) of one pass. */
export const MAX_ROWS: u32 = 16384
/** Records emitted between two flushes; a bucket is scanned in pieces of PIECE entries to keep the bound. */
export const EMIT_RECORDS: u32 = 2048
export const PIECE: u32 = 4096
/** A record is {sums of sixteen lanes, sums of sixteen more, place}: see filter.ts. */
export const RECORD: usize = 40
/** Most records that one bucket may add between two looks at the room left. */
const EMIT_MARGIN: usize = 1088
/** Candidates that may wait for those of other tables. */
export const MOST_WAITING: u32 = 4096
const CANDIDATES: usize = (<usize>EMIT_RECORDS + EMIT_MARGIN) * 32 + MOST_WAITING
/** A part of a table, for streaming, has at most PART_BUCKETS buckets; SLOTS probes wait at each. */
export const PART_BUCKETS: usize = 256
export const SLOTS: usize = 16
/** Cache lines of one bucket that are touched ahead; an index ends in so much space. */
export const MOST_LINES: u32 = 16
/** Results are 12 bytes each: row, id, distance | orientation << 16. */
export const MAX_RESULTS: u32 = 262144

// A thread's scratch area, as offsets from its start.
export const ROWS: usize = 0
export const ITEMS: usize = ROWS + <usize>MAX_ROWS * 32
export const ITEMS_OTHER: usize = ITEMS + <usize>MAX_ROWS * 16
export const ITEM_STARTS: usize = ITEMS_OTHER + <usize>MAX_ROWS * 16
/** Probes waiting for the buckets of a part: SLOTS of 8 bytes for each bucket, and how many are taken (u8). */
export const WAITING: usize = ITEM_STARTS + 8256 * 4
export const TAKEN: usize = WAITING + PART_BUCKETS * SLOTS * 8
/** Bounds of the three prefix tests (two vectors of u16 each), one row for each start of a ring. */
export const PREFIX_LIMITS: usize = TAKEN + PART_BUCKETS
/** For each row the value that it reported last (u32). */
export const LAST_REPORTED: usize = PREFIX_LIMITS + 96
/** Ends of the candidates of each table, while several wait together (17 u32). */
export const TABLE_ENDS: usize = LAST_REPORTED + <usize>MAX_ROWS * 4
export const SINK: usize = TABLE_ENDS + 96
export const EMITTED: usize = SINK + 32
export const CANDIDATE_LIST: usize = EMITTED + (<usize>EMIT_RECORDS + EMIT_MARGIN) * RECORD
export const GATHERED: usize = CANDIDATE_LIST + CANDIDATES * 8
export const RESULTS: usize = GATHERED + CANDIDATES * 4
export const SCRATCH_BYTES: usize = (RESULTS + <usize>MAX_RESULTS * 12 + 65535) & ~65535

// The header of a segment (u32 each), at the segment's own address: its sixteen tables are over the values `from` to
// `to` − 1 that were not removed at sequence number `builtAt`.
export const HEADER_SIZE: usize = 0
export const HEADER_STARTS: usize = 4
export const HEADER_TABLES: usize = 8
export const HEADER_VALUES: usize = 12
export const HEADER_REMOVED: usize = 16
export const HEADER_REACH: usize = 20
export const HEADER_FROM: usize = 24
export const HEADER_TO: usize = 28
export const HEADER_BUILT_AT: usize = 32
export const HEADER_PRESENT: usize = 36
export const HEADER_PRESENT_STARTS: usize = 40
export const HEADER_MOST_ENTRIES: usize = 44

/** Of a table with few values: one bit for each key, set where the bucket holds an entry. */
export const PRESENT_BITS_BYTES: usize = 65536 / 8
/** Behind the bits, how many are set before each 64 of them (u16 each). */
export const PRESENT_BYTES: usize = PRESENT_BITS_BYTES + 1024 * 2
/** Where the first entries of those buckets stand, and where the last ends (u32 each): for `size` values. */
export function presentStartsBytes(size: u32): usize {
  return (<usize>size + 1) * 4
}

/** Bytes of one table's next chunks, or of its third chunks; reads run past their end. */
export function chunkStride(size: u32): usize {
  return ((<usize>size * 2 + 63) & ~63) + 64
}

/** Where table `chunk` begins: its next chunks, then its third chunks, then its ids (u32 each). */
export function tableAt(header: usize, chunk: u32): usize {
  const size = load<u32>(header, HEADER_SIZE)
  const bytes = 2 * chunkStride(size) + ((<usize>size * 4 + 63) & ~63)
  return <usize>load<u32>(header, HEADER_TABLES) + <usize>chunk * bytes
}

/** Where the first entries of the buckets of table `chunk` stand (65,537 u32). */
export function startsAt(header: usize, chunk: u32): usize {
  return <usize>load<u32>(header, HEADER_STARTS) + <usize>chunk * 65537 * 4
}

export function layoutScratchBytes(): u32 {
  return <u32>SCRATCH_BYTES
}

export function layoutMaxRows(): u32 {
  return MAX_ROWS
}

export function layoutResultsOffset(): u32 {
  return <u32>RESULTS
}

/** Writes the constants; call once for each memory, before any other function. */
export function initConstants(): void {
  for (let x: u32 = 0; x < 16; x++) {
    for (let v: u32 = 0; v < 16; v++) {
      const bits = popcnt<u32>(x ^ v)
      store<u8>(NEGATED + x * 16 + v, <u8>(0 - bits))
      for (let limit: u32 = 0; limit < 32; limit++) {
        store<u8>(BIASED + limit * 256 + x * 16 + v, <u8>(128 + limit - bits))
      }
    }
    store<u8>(LOW_NIBBLES + x, 0x0f)
  }
  for (let n: u32 = 0; n <= 48; n++) {
    for (let lane: u32 = 0; lane < 16; lane++) {
      store<u8>(FIRST_LANES + n * 16 + lane, lane + 16 < n ? 0xff : 0)
    }
  }
  let count: u32 = 0
  for (let bits: u32 = 0; bits <= MAX_THRESHOLD; bits++) {
    for (let mask: u32 = 0; mask < 65536; mask++) {
      if (popcnt<u32>(mask) == bits) {
        store<u32>(FLIPS + 4 * count, mask | (bits << 16))
        count++
      }
    }
    store<u32>(FLIP_COUNTS + 4 * bits, count)
  }
}
