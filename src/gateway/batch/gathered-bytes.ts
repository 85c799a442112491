// The bytes of a body in one piece of memory that grows: a body of chunks of one byte each takes no more than another one. (Each
// chunk is a buffer of its own, of some hundred bytes besides its content.)
import { GATEWAY_MAX_BYTES } from '../../contract/gateway.ts'
import { GatewayRefusal } from '../gateway-problem.ts'
import type { HeldBytes } from '../in-flight-bytes.ts'

const FIRST_BYTES = 4 * 1024

export class GatheredBytes {
  readonly #held: Pick<HeldBytes, 'take'>
  /** What the client says that it will send; more than that is never asked for at once. */
  readonly #declared: number
  #memory = Buffer.alloc(0)
  #length = 0

  /** @param declared 0: the client doesn't say. */
  constructor(held: Pick<HeldBytes, 'take'>, declared: number) {
    this.#held = held
    this.#declared = declared
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** @throws GatewayRefusal if that is more than a body may have, or than there is room for */
  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > GATEWAY_MAX_BYTES) throw new GatewayRefusal('too-large')
    if (length > this.#memory.length) this.#grow(length)
    this.#memory.set(chunk, this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const most = this.#declared >= length ? this.#declared : GATEWAY_MAX_BYTES
    const size = Math.min(Math.max(length, 2 * this.#memory.length, FIRST_BYTES), most)
    this.#held.take(size - this.#memory.length)
    const grown = Buffer.allocUnsafe(size)
    this.#memory.copy(grown, 0, 0, this.#length)
    this.#memory = grown
  }
}
