// Which epoch each reader of a dynamic index is in.

/** The epoch in a slot that no reader has: above every epoch. */
const FREE = 0xffffffff

/**
 * A small shared block in which each reader says in which epoch it is, so that the writer can reuse memory that only
 * older epochs name.
 */
export class ReaderSlots {
  readonly block: SharedArrayBuffer
  readonly #epochs: Uint32Array

  /** A new block for this number of readers, or the one that another thread made. */
  constructor(from: number | SharedArrayBuffer) {
    this.block = typeof from === 'number' ? new SharedArrayBuffer(4 * from) : from
    this.#epochs = new Uint32Array(this.block)
    if (typeof from === 'number') this.#epochs.fill(FREE)
  }

  /** A reader: from now on it reads only what epoch `epoch` and later ones name. */
  enterEpoch(slot: number, epoch: number): void {
    Atomics.store(this.#epochs, slot, epoch)
  }

  /** Frees a slot. */
  leave(slot: number): void {
    Atomics.store(this.#epochs, slot, FREE)
  }

  /** The writer: the oldest epoch that a reader is in; above every epoch if there is no reader. */
  oldestEpoch(): number {
    return this.#epochs.reduce((oldest, _, slot) => Math.min(oldest, Atomics.load(this.#epochs, slot)), FREE)
  }

  /** The writer: a slot that no reader has, or undefined. */
  freeSlot(): number | undefined {
    const slot = this.#epochs.findIndex((_, at) => Atomics.load(this.#epochs, at) === FREE)
    return slot === -1 ? undefined : slot
  }
}
