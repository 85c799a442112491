// Packed identities in chunks of memory that never move.
import { IDENTITY_MAX_WORDS, lengthOf } from './packed-identity.ts'

/** 4 MiB: at most a thousandth of it is idle at its end, but for values of thousands of characters. */
const CHUNK_BITS = 20
const CHUNK_WORDS = 1 << CHUNK_BITS
const FIRST_WORDS = 1 << 10

/** Identities by place, which is a number of words: up to 16 GiB. */
export class EntryArena {
  readonly #chunks: Uint32Array[] = [new Uint32Array(FIRST_WORDS)]
  #next = 0
  /** Places that are free, by the number of their words: entries of a list are nearly all of one length or two. */
  readonly #free = new Map<number, number[]>()

  /** The chunk that holds a place: read it from `at(place)` on. Replaced while the first one grows. */
  chunk(place: number): Uint32Array {
    return this.#chunks[place >>> CHUNK_BITS]
  }

  at(place: number): number {
    return place & (CHUNK_WORDS - 1)
  }

  /** Stores the first `length` of `words`, and returns their place. */
  add(words: Uint32Array, length: number): number {
    const place = this.#free.get(length)?.pop() ?? this.#take(length)
    const chunk = this.chunk(place)
    const at = this.at(place)
    for (let word = 0; word < length; word++) chunk[at + word] = words[word]
    return place
  }

  /** Frees the place for another identity of the same length. */
  remove(place: number): void {
    const length = lengthOf(this.chunk(place)[this.at(place)])
    const free = this.#free.get(length)
    if (free) free.push(place)
    else this.#free.set(length, [place])
  }

  #take(length: number): number {
    if (this.at(this.#next) + length > CHUNK_WORDS)
      this.#next = ((this.#next >>> CHUNK_BITS) + 1) * CHUNK_WORDS
    if (this.#next + IDENTITY_MAX_WORDS > 2 ** 32)
      throw new RangeError('A source has more entries than fit into 16 GiB: split it into several sources')
    const place = this.#next
    this.#reach(place, length)
    this.#next = place + length
    return place
  }

  #reach(place: number, length: number): void {
    const number = place >>> CHUNK_BITS
    const chunk = this.#chunks[number]
    if (chunk === undefined) this.#chunks.push(new Uint32Array(CHUNK_WORDS))
    else if (chunk.length < this.at(place) + length) {
      const grown = new Uint32Array(
        Math.min(CHUNK_WORDS, Math.max(chunk.length * 2, this.at(place) + length)),
      )
      grown.set(chunk)
      this.#chunks[number] = grown
    }
  }
}
