import type { KernelMemory } from './kernel-memory.ts'

// The header of an index, in words from its address (kernel/memory.ts reads it by bytes).
const HEADER = {
  size: 0,
  starts: 1,
  tables: 2,
  values: 3,
  removedAt: 4,
  reach: 5,
  removedCount: 6,
  capacity: 7,
} as const
const HEADER_BYTES = 64
const TABLES = 16
const STARTS_BYTES = 65_537 * 4
const REACH_BYTES = 65_536
/** What is touched ahead of the scan may lie past the last table. */
const TOUCHED_BYTES = 16 * 64
/** Entries that fit the kernel's result buffer while a table is built. */
const ROOM_IN_SCRATCH = 393_216

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64
const chunkStride = (size: number): number => roundUp(size * 2) + 64
const tableBytes = (size: number): number => 2 * chunkStride(size) + roundUp(size * 4)

/** `removedAt` of a value that was not removed. */
const NEVER_REMOVED = 0xffffffff

/** Bytes of an index of so many values: with its sixteen tables, or of the values alone (for the flat scan). */
export function indexBytes(size: number, tables: boolean): number {
  const values = HEADER_BYTES + roundUp(size * 32) + roundUp(size * 4)
  if (!tables) return values
  return values + roundUp(TABLES * STARTS_BYTES) + TABLES * (tableBytes(size) + REACH_BYTES) + TOUCHED_BYTES
}

/**
 * The values of one index where they lie in a kernel memory, in class order, each with the sequence number at
 * which it was removed; and, if it has tables, the tables. The writer is one thread; readers are many.
 */
export class IndexLayout {
  readonly home: KernelMemory
  /** Address of the header: with the memory it is all that another thread needs to attach. */
  readonly address: number
  readonly #header: number

  private constructor(home: KernelMemory, address: number) {
    this.home = home
    this.address = address
    this.#header = address / 4
  }

  /** An index that another thread laid out. */
  static attach(home: KernelMemory, address: number): IndexLayout {
    return new IndexLayout(home, address)
  }

  /** Room for `capacity` values, none of them there yet. */
  static allocate(home: KernelMemory, capacity: number, tables: boolean): IndexLayout {
    const layout = new IndexLayout(home, home.allocate(indexBytes(capacity, tables)))
    let at = layout.address + HEADER_BYTES
    const place = (word: number, bytes: number): void => {
      home.words[layout.#header + word] = at
      at += roundUp(bytes)
    }
    home.words[layout.#header + HEADER.capacity] = capacity
    place(HEADER.values, capacity * 32)
    place(HEADER.removedAt, capacity * 4)
    if (tables) {
      place(HEADER.starts, TABLES * STARTS_BYTES)
      place(HEADER.reach, TABLES * REACH_BYTES)
      place(HEADER.tables, TABLES * tableBytes(capacity))
    }
    return layout
  }

  /** Values laid out, removed ones included. */
  get size(): number {
    return this.home.words[this.#header + HEADER.size]
  }

  get removedCount(): number {
    return this.home.words[this.#header + HEADER.removedCount]
  }

  get hasTables(): boolean {
    return this.home.words[this.#header + HEADER.starts] !== 0
  }

  /** Appends values (8 words each, as hash/hash-value.ts packs them); returns the id of the first. */
  append(values: Uint32Array): number {
    const { words } = this.home
    const first = this.size
    const count = values.length / 8
    if (first + count > words[this.#header + HEADER.capacity]) {
      throw new RangeError(
        `${first + count} values do not fit an index of ${words[this.#header + HEADER.capacity]}.`,
      )
    }
    const at = words[this.#header + HEADER.values] + first * 32
    words.set(values, at / 4)
    this.home.kernel.toClassesAll(at, at, count)
    const removedAt = words[this.#header + HEADER.removedAt] / 4 + first
    words.fill(NEVER_REMOVED, removedAt, removedAt + count)
    words[this.#header + HEADER.size] = first + count
    return first
  }

  /** Builds the sixteen tables over the values appended; they must fill the capacity. */
  buildTables(): void {
    const { kernel, words, scratch } = this.home
    const { size } = this
    const tables = words[this.#header + HEADER.tables]
    for (let chunk = 0; chunk + 1 < TABLES; chunk++) {
      kernel.buildTable(this.address, chunk, tables + (chunk + 1) * tableBytes(size), size)
    }
    const room = scratch + kernel.layoutResultsOffset()
    kernel.buildTable(this.address, TABLES - 1, room, ROOM_IN_SCRATCH)
  }

  /** The sequence number at which value `id` was removed, or NEVER_REMOVED. */
  removedAt(id: number): number {
    return Atomics.load(this.home.words, this.home.words[this.#header + HEADER.removedAt] / 4 + id)
  }

  isRemoved(id: number): boolean {
    return this.removedAt(id) !== NEVER_REMOVED
  }

  /** Value `id` doesn't match from sequence number `sequence` on. Returns false if it was removed before. */
  remove(id: number, sequence: number): boolean {
    const { words } = this.home
    const at = words[this.#header + HEADER.removedAt] / 4 + id
    if (Atomics.compareExchange(words, at, NEVER_REMOVED, sequence) !== NEVER_REMOVED) return false
    Atomics.add(words, this.#header + HEADER.removedCount, 1)
    return true
  }

  /** Copies the 8 words of value `id` to `to[at]`, in the plain order. */
  copyValue(id: number, to: Uint32Array, at: number): void {
    const { words, kernel, scratch } = this.home
    kernel.fromClasses(words[this.#header + HEADER.values] + id * 32, scratch)
    for (let word = 0; word < 8; word++) to[at + word] = words[scratch / 4 + word]
  }
}
