// Readiness: what a process still waits for; and what failed last.
import { errorSummary } from './error-summary.ts'

/** An error's class and codes, and when it came, in milliseconds since 1970. */
export interface Failure {
  readonly error: string
  readonly atMs: number
}

/** The parts that a process waits for, each with why. It is ready when there is none. */
export class Health {
  #lastFailure: Failure | undefined
  readonly #waiting = new Map<string, string>()
  readonly #onChange: (ready: boolean) => void
  readonly #onPart: (part: string, why: string | undefined) => void

  /** `onPart` is called with every part that begins to wait, and with every one that no longer does. */
  constructor(
    onChange: (ready: boolean) => void = () => {},
    onPart: (part: string, why: string | undefined) => void = () => {},
  ) {
    this.#onChange = onChange
    this.#onPart = onPart
  }

  /** Says that `part` is not ready, and why, in words for an operator. */
  waitFor(part: string, why: string): void {
    if (this.#waiting.get(part) === why) return
    this.#waiting.set(part, why)
    this.#onChange(false)
    this.#onPart(part, why)
  }

  ready(part: string): void {
    if (!this.#waiting.delete(part)) return
    this.#onChange(this.isReady)
    this.#onPart(part, undefined)
  }

  /** Something failed that should not. Class and codes alone are kept: a message may hold what must not be shown. */
  failed(error: unknown): void {
    this.#lastFailure = { error: errorSummary(error), atMs: Date.now() }
  }

  get lastFailure(): Failure | undefined {
    return this.#lastFailure
  }

  get isReady(): boolean {
    return this.#waiting.size === 0
  }

  /** The parts that are waited for, for example `{ 'known-set': 'reading known-hashes: 1,200 of 5,000' }`. */
  get waitingFor(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#waiting)
  }
}
