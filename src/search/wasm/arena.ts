// The memory of known values and their tables.
import { fromClassOrder, toClassOrder } from './class-order.ts'
import { KernelMemory, MAX_MEMORY_BYTES, scratchBytes } from './kernel-memory.ts'

// The arena's header, in words from its address. It is laid out like a segment's (kernel/memory.ts) without tables,
// so that the kernel can scan the values of an arena plainly.
const HEADER = { size: 0, values: 3, removedAt: 4, count: 12, capacity: 13, regions: 14 } as const
const HEADER_BYTES = 64
/** Bits of a value's number in its arena: kernel/tables.ts packs them in 25. */
export const ARENA_ID_BITS = 24
/** One less, so that the end of a full arena is a number, too. */
export const MAX_ARENA_VALUES = 2 ** ARENA_ID_BITS - 1

/** `removedAt` of a value that was not removed. */
const NEVER_REMOVED = 0xffffffff
/** A value and its removal number. */
export const BYTES_PER_VALUE = 32 + 4
/** With its places in sixteen tables (166 in all), and room to build new tables beside those in use, a part at a time. */
const BYTES_OF_LIVE_VALUE = 230
/** A page, so that memory that is written and memory that is not yet never share one. */
const ALIGNMENT = 4096

const roundUp = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/**
 * One shared memory of known values: an append-only array of them, in class order, each with the sequence number at
 * which it was removed; and behind it room for the tables of segments, which are over ranges of that array. One
 * thread writes; the others read. A value is never moved, so that an address or an id once seen stays good.
 */
export class Arena {
  readonly memory: KernelMemory
  /** Address of the header, which the kernel takes for that of a segment without tables. */
  readonly header: number
  readonly #head: number
  readonly #values: number
  readonly #removedAt: number

  private constructor(memory: KernelMemory) {
    this.memory = memory
    this.header = memory.ownFrom
    this.#head = this.header / 4
    this.#values = memory.words[this.#head + HEADER.values] / 4
    this.#removedAt = memory.words[this.#head + HEADER.removedAt] / 4
  }

  /** Room for `capacity` values and `regionBytes` of tables, for `threads` threads. */
  static create(capacity: number, regionBytes: number, threads = 1): Arena {
    if (capacity > MAX_ARENA_VALUES) {
      throw new RangeError(
        `An arena numbers at most ${MAX_ARENA_VALUES} values, not ${capacity}: use several.`,
      )
    }
    const bytes = HEADER_BYTES + roundUp(capacity * 32) + roundUp(capacity * 4) + 3 * ALIGNMENT + regionBytes
    const memory = KernelMemory.create(bytes, threads)
    const head = memory.ownFrom / 4
    const values = roundUp(memory.ownFrom + HEADER_BYTES)
    const removedAt = values + roundUp(capacity * 32)
    memory.words[head + HEADER.values] = values
    memory.words[head + HEADER.removedAt] = removedAt
    memory.words[head + HEADER.capacity] = capacity
    memory.words[head + HEADER.regions] = removedAt + roundUp(capacity * 4)
    return new Arena(memory)
  }

  /** The largest arena that this machine lets a process reserve: 4 GiB of address space, or a half of it, and so on. */
  static createLargest(threads: number): Arena {
    const fixed = threads * scratchBytes() + 2 ** 17
    for (let bytes = MAX_MEMORY_BYTES; ; bytes /= 2) {
      const capacity = Math.min(MAX_ARENA_VALUES, Math.floor((bytes - fixed) / BYTES_OF_LIVE_VALUE))
      try {
        return Arena.create(capacity, bytes - fixed - capacity * BYTES_PER_VALUE - 2 ** 17, threads)
      } catch (error) {
        if (bytes <= 2 ** 28) throw error
      }
    }
  }

  /** The arena that another thread created. */
  static attach(memory: WebAssembly.Memory, thread: number): Arena {
    return new Arena(KernelMemory.attach(memory, thread))
  }

  get capacity(): number {
    return this.memory.words[this.#head + HEADER.capacity]
  }

  /** Values appended, removed ones included. */
  get count(): number {
    return this.memory.words[this.#head + HEADER.count]
  }

  get isFull(): boolean {
    return this.count === this.capacity
  }

  /** Where the room for tables begins; it goes to the end of the memory. */
  get regionsFrom(): number {
    return this.memory.words[this.#head + HEADER.regions]
  }

  /** Address of the values, and of their removal numbers. */
  get addresses(): { readonly values: number; readonly removedAt: number } {
    return { values: this.#values * 4, removedAt: this.#removedAt * 4 }
  }

  /** Forgets all values, so that others take their places: once no thread searches it. */
  clear(): void {
    this.memory.words[this.#head + HEADER.count] = 0
  }

  /** Appends the 8 words at `words[at]`, as hash/hash-value.ts packs them; returns the id. */
  append(words: Uint32Array, at: number): number {
    const id = this.count
    if (id >= this.capacity) throw new RangeError(`This arena is full: it holds ${this.capacity} values.`)
    toClassOrder(words, at, this.memory.words, this.#values + id * 8)
    this.memory.words[this.#removedAt + id] = NEVER_REMOVED
    this.memory.words[this.#head + HEADER.count] = id + 1
    return id
  }

  /** Appends many values, 8 words each. */
  appendAll(values: Uint32Array): void {
    const first = this.count
    const count = values.length / 8
    if (first + count > this.capacity) {
      throw new RangeError(`${first + count} values do not fit an arena of ${this.capacity}.`)
    }
    const { words, kernel } = this.memory
    const at = this.#values + first * 8
    words.set(values, at)
    kernel.toClassesAll(at * 4, at * 4, count)
    words.fill(NEVER_REMOVED, this.#removedAt + first, this.#removedAt + first + count)
    words[this.#head + HEADER.count] = first + count
  }

  /** The sequence number at which value `id` was removed, or NEVER_REMOVED. */
  removedAt(id: number): number {
    return Atomics.load(this.memory.words, this.#removedAt + id)
  }

  /** Value `id` doesn't match from sequence number `sequence` on. Returns false if it was removed before. */
  remove(id: number, sequence: number): boolean {
    return (
      Atomics.compareExchange(this.memory.words, this.#removedAt + id, NEVER_REMOVED, sequence) ===
      NEVER_REMOVED
    )
  }

  /** Number of the values `from` to `to` − 1 that were not removed at sequence number `sequence`. */
  countLive(from: number, to: number, sequence: number): number {
    const { words } = this.memory
    let live = 0
    for (let at = this.#removedAt + from; at < this.#removedAt + to; at++) {
      if (words[at] > sequence) live++
    }
    return live
  }

  /** Copies the 8 words of value `id` to `to[at]`, in the plain order. */
  copyValue(id: number, to: Uint32Array, at: number): void {
    fromClassOrder(this.memory.words, this.#values + id * 8, to, at)
  }
}
