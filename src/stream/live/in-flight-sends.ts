/** What a batch has sent and not yet heard of: hits and dead letters on their way. */
export class InFlightSends {
  readonly #pending = new Set<Promise<void>>()
  readonly #atMost: number
  #failure: { readonly error: unknown } | undefined

  /** @param atMost So many may be on their way while more is matched: hits are far larger than reports. */
  constructor(atMost: number) {
    this.#atMost = atMost
  }

  await(sent: Promise<void>): void {
    const heard: Promise<void> = sent
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#pending.delete(heard))
    this.#pending.add(heard)
  }

  /** Resolves once there is room for more. */
  async room(): Promise<void> {
    while (this.#pending.size >= this.#atMost) await Promise.race(this.#pending)
  }

  /** Resolves once all have been heard of, whatever they say; then throws the first failure, if there was any. */
  async all(): Promise<void> {
    await Promise.all(this.#pending)
    if (this.#failure) throw this.#failure.error
  }
}
