// Delays between retries.
/** Delays between retries, in milliseconds: one after the other, the last one again and again. */
export class Backoff {
  readonly #delaysMs: readonly number[]
  #failures = 0

  constructor(delaysMs: readonly number[]) {
    this.#delaysMs = delaysMs
  }

  /** The delay before the next attempt, in milliseconds; longer after every call. */
  nextMs(): number {
    return this.#delaysMs[Math.min(this.#failures++, this.#delaysMs.length - 1)]
  }

  /** An attempt succeeded: the next delay is the first one again. */
  reset(): void {
    this.#failures = 0
  }
}
