// Bounds the bytes of all requests that are being read, checked or written: beyond them a request is refused at once, so that
// memory stays bounded however slow Kafka and the clients are. One platform can't fill them: the others get in.
import { GATEWAY_MAX_BYTES } from '../contract/gateway.ts'
import { GatewayRefusal } from './gateway-problem.ts'

const RETRY_SECONDS = 2
/** The largest request, as it came and unpacked: a platform always has room for one. */
const LARGEST_REQUEST = 2 * GATEWAY_MAX_BYTES

/** The bytes of one request. */
export interface HeldBytes {
  /** @throws GatewayRefusal if there is no room for this many more */
  take(bytes: number): void
  /** Once: when nothing of the request is held any more. */
  release(): void
}

export class InFlightBytes {
  readonly #limit: number
  readonly #platformLimit: number
  readonly #onChange: (bytes: number) => void
  #bytes = 0
  /** Of each platform that has requests in work. */
  readonly #ofPlatforms = new Map<string, number>()

  constructor(limit: number, onChange: (bytes: number) => void = () => {}) {
    this.#limit = limit
    this.#platformLimit = Math.max(limit / 2, Math.min(limit, LARGEST_REQUEST))
    this.#onChange = onChange
  }

  get bytes(): number {
    return this.#bytes
  }

  hold(platform: string): HeldBytes {
    let held = 0
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limit)
          throw new GatewayRefusal('overloaded', { retrySeconds: RETRY_SECONDS })
        if ((this.#ofPlatforms.get(platform) ?? 0) + bytes > this.#platformLimit)
          throw new GatewayRefusal('too-many-requests', { retrySeconds: RETRY_SECONDS })
        held += bytes
        this.#add(platform, bytes)
      },
      release: () => {
        this.#add(platform, -held)
        held = 0
      },
    }
  }

  #add(platform: string, bytes: number): void {
    const ofPlatform = (this.#ofPlatforms.get(platform) ?? 0) + bytes
    if (ofPlatform === 0) this.#ofPlatforms.delete(platform)
    else this.#ofPlatforms.set(platform, ofPlatform)
    this.#bytes += bytes
    this.#onChange(this.#bytes)
  }
}
