// A small shared block by which one writer tells any number of readers what there is. A frame is one state of the set
// that existed: its sequence number, and how far the values reached. The writer writes the frame, then stores its
// number, once; a reader loads the number once, and judges additions and removals by it.

const SEQUENCE = 0
/** A reader says here which epoch it is in, so that what older epochs used can be used again. */
const EPOCHS = 1
const RING = 64
/** No state of the set ends beyond this. */
const MOST_FRAMES = 0xfffffff0
/** The epoch of a place that no reader has. */
const NOBODY = 0xffffffff

/** One state of the set. */
export interface Frame {
  readonly sequence: number
  /** Every value with a lower id had been added. */
  readonly end: number
}

/** Both sides of the block; `readers` is fixed when it is made. */
export class Frames {
  readonly block: SharedArrayBuffer
  readonly #words: Uint32Array
  readonly #ring: number

  /** A new block for so many readers, or the one that another thread made. */
  constructor(from: number | SharedArrayBuffer) {
    this.block = typeof from === 'number' ? new SharedArrayBuffer(4 * (EPOCHS + from + RING)) : from
    this.#words = new Uint32Array(this.block)
    this.#ring = this.#words.length - RING
    if (typeof from === 'number') this.#words.fill(NOBODY, EPOCHS, this.#ring)
  }

  get sequence(): number {
    return Atomics.load(this.#words, SEQUENCE)
  }

  /** The writer: makes what it did visible, as one frame. */
  publish(end: number): void {
    const next = this.sequence + 1
    if (next > MOST_FRAMES) throw new RangeError('This set has changed four billion times: start anew.')
    Atomics.store(this.#words, this.#ring + (next % RING), end)
    Atomics.store(this.#words, SEQUENCE, next)
  }

  /** A reader: the newest frame. */
  read(): Frame {
    for (;;) {
      const sequence = this.sequence
      const end = Atomics.load(this.#words, this.#ring + (sequence % RING))
      // Unless the writer has gone round the ring meanwhile, this was the frame's own end.
      if (this.sequence - sequence < RING - 1) return { sequence, end }
    }
  }

  /** A reader: from now on only what epoch `epoch` and later ones name is used. */
  enterEpoch(reader: number, epoch: number): void {
    Atomics.store(this.#words, EPOCHS + reader, epoch)
  }

  /** The reader's place is free. */
  leave(reader: number): void {
    Atomics.store(this.#words, EPOCHS + reader, NOBODY)
  }

  /** The writer: the oldest epoch that a reader is in; `NOBODY`'s number, above every epoch, if there is none. */
  oldestEpoch(): number {
    let oldest = NOBODY
    for (let at = EPOCHS; at < this.#ring; at++) oldest = Math.min(oldest, Atomics.load(this.#words, at))
    return oldest
  }

  /** The writer: a place that no reader has, or undefined. */
  freePlace(): number | undefined {
    for (let at = EPOCHS; at < this.#ring; at++) {
      if (Atomics.load(this.#words, at) === NOBODY) return at - EPOCHS
    }
    return undefined
  }
}
