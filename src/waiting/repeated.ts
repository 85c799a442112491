// Work that is done again and again, with a pause between, until it is stopped.
import { pause } from './pause.ts'

export interface RepeatedOptions {
  /** Between the end of the work and its next beginning, in milliseconds. */
  readonly everyMs: number
  readonly work: (signal: AbortSignal) => Promise<unknown>
  /** Called with what the work throws; it is done again after the pause. */
  readonly onFailure: (error: unknown) => void
}

export class Repeated {
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  /** Begins at once. */
  constructor(options: RepeatedOptions) {
    this.#ended = this.#run(options)
  }

  /** Resolves when the work that goes on now has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run({ everyMs, work, onFailure }: RepeatedOptions): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await work(signal)
      } catch (error) {
        if (!signal.aborted) onFailure(error)
      }
      await pause(everyMs, signal)
    }
  }
}
