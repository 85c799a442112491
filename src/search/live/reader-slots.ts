/** The epoch of a place that no reader has: above every epoch. */
const NOBODY = 0xffffffff

/**
 * A small shared block in which each reader says in which epoch it is, so that the writer can use again what only
 * older epochs name.
 */
export class ReaderSlots {
  readonly block: SharedArrayBuffer
  readonly #words: Uint32Array

  /** A new block for so many readers, or the one that another thread made. */
  constructor(from: number | SharedArrayBuffer) {
    this.block = typeof from === 'number' ? new SharedArrayBuffer(4 * from) : from
    this.#words = new Uint32Array(this.block)
    if (typeof from === 'number') this.#words.fill(NOBODY)
  }

  /** A reader: from now on only what epoch `epoch` and later ones name is used. */
  enterEpoch(place: number, epoch: number): void {
    Atomics.store(this.#words, place, epoch)
  }

  /** The place is free. */
  leave(place: number): void {
    Atomics.store(this.#words, place, NOBODY)
  }

  /** The writer: the oldest epoch that a reader is in; above every epoch if there is no reader. */
  oldestEpoch(): number {
    return this.#words.reduce(
      (oldest, _, place) => Math.min(oldest, Atomics.load(this.#words, place)),
      NOBODY,
    )
  }

  /** The writer: a place that no reader has, or undefined. */
  freePlace(): number | undefined {
    const place = this.#words.findIndex((_, at) => Atomics.load(this.#words, at) === NOBODY)
    return place === -1 ? undefined : place
  }
}
