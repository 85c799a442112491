// A small shared block in which one writer publishes the states of a set to any number of readers. A frame is one state of the set
// that existed: its sequence number, how far the values of each index reached, and the writer's position in what it
// reads. The writer writes the frame, then stores its number, once; a reader loads the number once, and judges
// additions and removals by it.

const SEQUENCE = 0
const RING_FROM = 1
const FRAMES = 64
/** Two words of each frame are the position: a whole number below 2⁵³. */
const POSITION_WORDS = 2
/** No state of the set has a number beyond this. */
const MOST_FRAMES = 0xfffffff0

/** One state of the set. */
export interface Frame {
  readonly sequence: number
  /** For each index: every value with a lower id had been added. */
  readonly ends: Uint32Array
  readonly position: number
}

/** The readers' side. */
export class FrameReader {
  readonly block: SharedArrayBuffer
  protected readonly words: Uint32Array
  protected readonly indices: number

  constructor(block: SharedArrayBuffer) {
    this.block = block
    this.words = new Uint32Array(block)
    this.indices = (this.words.length - RING_FROM) / FRAMES - POSITION_WORDS
  }

  get sequence(): number {
    return Atomics.load(this.words, SEQUENCE)
  }

  /** The newest frame. */
  read(): Frame {
    for (;;) {
      const { sequence } = this
      const at = this.placeOf(sequence)
      const words = this.words.slice(at, at + this.indices + POSITION_WORDS)
      // Unless the writer has gone round the ring meanwhile, this was the frame as it was written.
      if (this.sequence - sequence >= FRAMES - 1) continue
      const [low, high] = words.subarray(this.indices)
      return { sequence, ends: words.subarray(0, this.indices), position: high * 2 ** 32 + low }
    }
  }

  protected placeOf(sequence: number): number {
    return RING_FROM + (sequence % FRAMES) * (this.indices + POSITION_WORDS)
  }
}

/** The writer's side. */
export class Frames extends FrameReader {
  readonly #ends: Uint32Array
  #position = 0
  #changed = false

  /** A new block for `indices` indices. */
  constructor(indices: number) {
    super(new SharedArrayBuffer(4 * (RING_FROM + FRAMES * (indices + POSITION_WORDS))))
    this.#ends = new Uint32Array(indices)
  }

  /** The values of an index reach further: part of the next frame. */
  reach(index: number, end: number): void {
    this.#ends[index] = end
    this.#changed = true
  }

  /** Something was removed, at this sequence number: part of the next frame. */
  stamp(): number {
    this.#changed = true
    return this.sequence + 1
  }

  /** The writer has read up to here: part of the next frame. */
  set position(position: number) {
    if (position === this.#position) return
    this.#position = position
    this.#changed = true
  }

  /** Makes what changed since the last frame visible, all of it at once. */
  publish(): void {
    if (!this.#changed) return
    this.#changed = false
    const next = this.sequence + 1
    if (next > MOST_FRAMES)
      throw new RangeError('This set has changed four billion times: start the process again.')
    const at = this.placeOf(next)
    this.words.set(this.#ends, at)
    this.words[at + this.indices] = this.#position >>> 0
    this.words[at + this.indices + 1] = Math.floor(this.#position / 2 ** 32)
    Atomics.store(this.words, SEQUENCE, next)
  }
}
