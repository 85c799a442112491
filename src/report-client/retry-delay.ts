// How long to wait before the next attempt: exponential, with full jitter, so that the clients of a gateway that was away don't
// come back all at once. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

export class RetryDelay {
  readonly #firstMs: number
  readonly #longestMs: number
  readonly #random: () => number
  #failures = 0

  constructor([firstMs, longestMs]: readonly [number, number], random = Math.random) {
    this.#firstMs = firstMs
    this.#longestMs = longestMs
    this.#random = random
  }

  /** The delay before the next attempt, in milliseconds; at least what the server asks for. */
  nextMs(leastMs = 0): number {
    const mostMs = Math.min(this.#longestMs, this.#firstMs * 2 ** Math.min(this.#failures++, 30))
    return leastMs + this.#random() * mostMs
  }

  reset(): void {
    this.#failures = 0
  }
}
