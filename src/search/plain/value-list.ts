// The values of an index without tables.
import { withRoom } from '../growth.ts'

const WORDS = 8
const FIRST_CAPACITY = 64

/** Numbered values, 8 words each, in one array. A removed value keeps its id and its words until the id is freed. */
export class ValueList {
  #words = new Uint32Array(FIRST_CAPACITY * WORDS)
  #removed = new Uint8Array(FIRST_CAPACITY)
  readonly #freeIds: number[] = []
  #count = 0
  #removedCount = 0

  /** Value `id` is the 8 words from `8 * id` on. Replaced when the list grows: don't keep it over an `append`. */
  get words(): Uint32Array {
    return this.#words
  }

  /** 1 for each removed id. Replaced when the list grows. */
  get removed(): Uint8Array {
    return this.#removed
  }

  /** One more than the greatest id so far: the number of values in `words`, removed ones included. */
  get count(): number {
    return this.#count
  }

  /** Number of values that are not removed. */
  get size(): number {
    return this.#count - this.#removedCount
  }

  get bytes(): number {
    return this.#words.byteLength + this.#removed.byteLength
  }

  /** Makes room for one more value and returns its id; the caller writes its words at `8 * id`. */
  append(): number {
    const free = this.#freeIds.pop()
    if (free !== undefined) {
      this.#removed[free] = 0
      this.#removedCount--
      return free
    }
    const id = this.#count++
    this.#words = withRoom(Uint32Array, this.#words, this.#count * WORDS)
    this.#removed = withRoom(Uint8Array, this.#removed, this.#count)
    return id
  }

  /** Flags value `id`; a second time changes nothing. Throws a RangeError for an id that was never given. */
  remove(id: number): void {
    if (!(id >= 0 && id < this.#count)) {
      throw new RangeError(`No value has the id ${id}: ids so far are 0 to ${this.#count - 1}`)
    }
    if (this.#removed[id] === 1) return
    this.#removed[id] = 1
    this.#removedCount++
  }

  /** Lets `append` give the id of a removed value to another value. */
  free(id: number): void {
    this.#freeIds.push(id)
  }
}
