// Short texts and values one after the other in large buffers: an object for each of ten million would take gigabytes.
const CHUNK_BYTES = 4 * 2 ** 20
const UNIT_BYTES = 4
const LENGTH_BYTES = 2
const UNITS = CHUNK_BYTES / UNIT_BYTES

/** Byte strings of at most 65,535 bytes. Places are numbers below 2^32, so that it holds 16 GiB. */
export class ByteStore {
  readonly #chunks: Buffer[] = []
  #used = CHUNK_BYTES

  get bytes(): number {
    return this.#chunks.length * CHUNK_BYTES
  }

  /** Keeps a copy and returns its place. */
  add(bytes: Buffer): number {
    const needed = Math.ceil((bytes.length + LENGTH_BYTES) / UNIT_BYTES) * UNIT_BYTES
    if (this.#used + needed > CHUNK_BYTES) {
      this.#chunks.push(Buffer.alloc(CHUNK_BYTES))
      this.#used = 0
    }
    const number = this.#chunks.length - 1
    const chunk = this.#chunks[number]
    const at = this.#used
    chunk.writeUInt16LE(bytes.length, at)
    bytes.copy(chunk, at + LENGTH_BYTES)
    this.#used += needed
    return number * UNITS + at / UNIT_BYTES
  }

  /** A view of the bytes at a place. */
  get(place: number): Buffer {
    const chunk = this.#chunks[Math.floor(place / UNITS)]
    const at = (place % UNITS) * UNIT_BYTES
    return chunk.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + chunk.readUInt16LE(at))
  }
}
