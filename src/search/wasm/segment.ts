// Where the tables of a segment lie, and how they are built.
import type { Arena } from './arena.ts'

/** Sixteen tables over the values `from` to `to` − 1 of an arena: plain data, so that it can be sent to a thread. */
export interface Segment {
  /** Address of the header (kernel/memory.ts); the tables lie behind it. */
  readonly header: number
  readonly bytes: number
  readonly from: number
  readonly to: number
  /** Values in the tables: those of the range that were not removed at `builtAt`. */
  readonly size: number
  readonly builtAt: number
}

// In words from the header's address.
const HEADER = {
  size: 0,
  starts: 1,
  tables: 2,
  values: 3,
  removedAt: 4,
  reach: 5,
  from: 6,
  to: 7,
  builtAt: 8,
  present: 9,
  presentStarts: 10,
  mostEntries: 11,
} as const
const HEADER_BYTES = 64
const TABLES = 16
const STARTS_BYTES = 65_537 * 4
const REACH_BYTES = 65_536
const PRESENT_BYTES = 65_536 / 8 + 1_024 * 2
/** Reads ahead of the scan may go past the last table. */
const TOUCHED_BYTES = 16 * 64
/** Entries that fit the kernel's result buffer while the last table is built. */
const ROOM_IN_SCRATCH = 393_216

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64
const chunkStride = (size: number): number => roundUp(size * 2) + 64
const tableBytes = (size: number): number => 2 * chunkStride(size) + roundUp(size * 4)

/** In a larger segment most buckets hold values: it has no list of them, and can't be searched as a sparse one. */
export const MOST_SPARSE_VALUES = 65_535
const presentStartsBytes = (size: number): number => (size + 1) * 4
const sparseBytes = (size: number): number =>
  size > MOST_SPARSE_VALUES ? 0 : PRESENT_BYTES + presentStartsBytes(size)

/** Bytes of a segment of `size` values. */
export function segmentBytes(size: number): number {
  const perTable = STARTS_BYTES + REACH_BYTES + sparseBytes(size) + tableBytes(size)
  return HEADER_BYTES + roundUp(TABLES * perTable) + 64 * TABLES + TOUCHED_BYTES
}

/** Writes the header of a segment at its address; its tables are still to be built. */
export function layOutSegment(arena: Arena, segment: Segment): void {
  const { words } = arena.memory
  const head = segment.header / 4
  const { values, removedAt } = arena.addresses
  let at = segment.header + HEADER_BYTES
  const place = (word: number, bytes: number): void => {
    words[head + word] = at
    at += roundUp(bytes)
  }
  words[head + HEADER.size] = segment.size
  words[head + HEADER.values] = values
  words[head + HEADER.removedAt] = removedAt
  words[head + HEADER.from] = segment.from
  words[head + HEADER.to] = segment.to
  words[head + HEADER.builtAt] = segment.builtAt
  place(HEADER.starts, TABLES * STARTS_BYTES)
  place(HEADER.reach, TABLES * REACH_BYTES)
  words[head + HEADER.present] = 0
  words[head + HEADER.mostEntries] = 0
  if (segment.size <= MOST_SPARSE_VALUES) {
    place(HEADER.present, TABLES * PRESENT_BYTES)
    place(HEADER.presentStarts, TABLES * presentStartsBytes(segment.size))
  }
  place(HEADER.tables, TABLES * tableBytes(segment.size))
}

/** Builds the tables one by one, on whatever thread: a long build leaves room for a short one between two steps. */
export function* buildSegment(arena: Arena, { header, size }: Segment): Generator<void, void> {
  const { kernel, words, scratch } = arena.memory
  const tables = words[header / 4 + HEADER.tables]
  for (let chunk = 0; chunk < TABLES; chunk++) {
    // A table is sorted where the next will be; the last one, piece by piece, in this thread's scratch.
    if (chunk + 1 < TABLES) kernel.buildTable(header, chunk, tables + (chunk + 1) * tableBytes(size), size)
    else kernel.buildTable(header, chunk, scratch + kernel.layoutResultsOffset(), ROOM_IN_SCRATCH)
    yield
  }
}

/** More entries than the probes of any row scan, at a key and its neighbours within one bit in each table. */
export const mostEntries = (arena: Arena, { header }: Segment): number =>
  2 * arena.memory.words[header / 4 + HEADER.mostEntries]
