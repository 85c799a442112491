// The hits and dead letters of a batch that are in flight: sent, and not acknowledged yet.

export class InFlightSends {
  readonly #pending = new Set<Promise<void>>()
  readonly #atMost: number
  #failure: { readonly error: unknown } | undefined

  /** @param atMost Sends in flight while more is matched: hits are far larger than reports. */
  constructor(atMost: number) {
    this.#atMost = atMost
  }

  add(sent: Promise<void>): void {
    const settled: Promise<void> = sent
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#pending.delete(settled))
    this.#pending.add(settled)
  }

  /** Resolves once there is room for more. */
  async room(): Promise<void> {
    while (this.#pending.size >= this.#atMost) await Promise.race(this.#pending)
  }

  /** Resolves once all sends have succeeded or failed. Never rejects: look at `failure` then. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** The first failure of a send so far. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }
}
