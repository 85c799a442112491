// The memories of a dynamic index: those in use, and those that wait to be used again.
import type { Arena } from '../wasm/arena.ts'

/** Emptied arenas that are kept for later use; the garbage collector gets the others. */
const MOST_SPARE = 1

/** Hands out arenas, and takes them back empty. Each has a number, under which readers know its memory. */
export class ArenaStock {
  readonly #create: () => Arena
  readonly #numbers = new Map<Arena, number>()
  readonly #spare: Arena[] = []
  #opened = 0

  constructor(create: () => Arena) {
    this.#create = create
  }

  /** An empty arena. */
  take(): Arena {
    const spare = this.#spare.pop()
    if (spare) return spare
    const arena = this.#create()
    this.#numbers.set(arena, this.#opened++)
    return arena
  }

  /** Takes back an arena that nothing reads any more. Returns false if it won't be used again. */
  giveBack(arena: Arena): boolean {
    arena.clear()
    if (this.#spare.length < MOST_SPARE) return this.#spare.push(arena) > 0
    this.#numbers.delete(arena)
    return false
  }

  /** The number of an arena's memory. */
  numberOf(arena: Arena): number {
    const number = this.#numbers.get(arena)
    if (number === undefined) throw new RangeError('This arena was given back and is not kept')
    return number
  }

  /** Every memory, by its number. */
  memories(): ReadonlyMap<number, WebAssembly.Memory> {
    return new Map(this.#numbers.entries().map(([{ memory }, number]) => [number, memory.memory]))
  }
}
