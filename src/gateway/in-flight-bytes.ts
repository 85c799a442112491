// Bounds the bytes of all requests that are being read, checked or written: beyond them a request is refused at once, so that
// memory stays bounded however slow Kafka and the clients are.
import { GatewayRefusal } from './gateway-problem.ts'

const RETRY_SECONDS = 2

/** The bytes of one request. */
export interface HeldBytes {
  /** @throws GatewayRefusal if there is no room for this many more */
  take(bytes: number): void
  /** Once: when nothing of the request is held any more. */
  release(): void
}

export class InFlightBytes {
  readonly #limit: number
  readonly #onChange: (bytes: number) => void
  #bytes = 0

  constructor(limit: number, onChange: (bytes: number) => void = () => {}) {
    this.#limit = limit
    this.#onChange = onChange
  }

  get bytes(): number {
    return this.#bytes
  }

  hold(): HeldBytes {
    let held = 0
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limit)
          throw new GatewayRefusal('overloaded', { retrySeconds: RETRY_SECONDS })
        held += bytes
        this.#add(bytes)
      },
      release: () => {
        this.#add(-held)
        held = 0
      },
    }
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    this.#onChange(this.#bytes)
  }
}
