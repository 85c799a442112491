// Between the threads: what the main thread says of the known set, in shared memory: whether it may be matched against, and
// the id of its topic.
const UUID_CHARACTERS = 36
const IS_USABLE = 0
const IS_NAMED = 1
const FLAGS = 2

/** Written by the main thread alone, read by all. */
export class SharedSetState {
  readonly block: SharedArrayBuffer
  readonly #flags: Int32Array
  readonly #topicId: Buffer

  /** A new state, of a set that may not be matched against yet; or that of the main thread, by its block. */
  constructor(block?: SharedArrayBuffer) {
    const flagBytes = FLAGS * Int32Array.BYTES_PER_ELEMENT
    this.block = block ?? new SharedArrayBuffer(flagBytes + UUID_CHARACTERS)
    this.#flags = new Int32Array(this.block, 0, FLAGS)
    this.#topicId = Buffer.from(this.block, flagBytes)
  }

  /** `topicId` is a UUID that stays the same once it is known: the set of another topic is another set. */
  tell({ isUsable, topicId }: { readonly isUsable: boolean; readonly topicId: string | undefined }): void {
    if (topicId !== undefined && !this.#is(IS_NAMED)) {
      this.#topicId.write(topicId, 'latin1')
      Atomics.store(this.#flags, IS_NAMED, 1)
    }
    // Last: a thread that sees a usable set sees its name, too.
    Atomics.store(this.#flags, IS_USABLE, isUsable ? 1 : 0)
  }

  get isUsable(): boolean {
    return this.#is(IS_USABLE)
  }

  /** UUID of known-hashes; undefined until that topic has been named, by its record `_topic`. */
  get topicId(): string | undefined {
    return this.#is(IS_NAMED) ? this.#topicId.toString('latin1') : undefined
  }

  #is(flag: number): boolean {
    return Atomics.load(this.#flags, flag) === 1
  }
}
