// Memory for indices that come and go.
import { Arena } from './arena.ts'
import { segmentBytes } from './segment.ts'

/** Arenas that are kept for the next taker. */
const MOST_KEPT = 2

/**
 * Arenas of one size that are used again. A WebAssembly memory can't be freed: it goes when the garbage collector
 * finds it, which may be minutes and gigabytes later. Address space is reserved for the largest index; memory is taken
 * only where an index has written.
 */
export class ArenaPool {
  /** Most values of an index. */
  readonly capacity: number
  readonly #free: Arena[] = []

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** An empty arena with room for `capacity` values and their tables. */
  take(): Arena {
    return this.#free.pop() ?? Arena.create(this.capacity, segmentBytes(this.capacity))
  }

  /** Takes back an arena that is not searched any more. */
  giveBack(arena: Arena): void {
    arena.clear()
    if (this.#free.length < MOST_KEPT) this.#free.push(arena)
  }
}
