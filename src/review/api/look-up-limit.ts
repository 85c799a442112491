// How often somebody whose cookie or token opens nothing may try another one: each try asks the store, or verifies a
// signature. People behind the same address go on: what has opened something is always looked up.
import { digestOf } from '../sign-in/sessions.ts'

/** Tries of one address in a minute that may fail. */
const FAILED_PER_MINUTE = 300
const MINUTE_MS = 60_000
/** Cookies and tokens that have opened something, and addresses, that are kept in mind: some megabytes. */
const KEPT = 20_000

export class LookUpLimit {
  readonly #clock: () => number
  readonly #failed = new Map<string, number>()
  readonly #opened = new Set<string>()
  #minuteEndsMs = 0

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  permits(address: string, secret: string): boolean {
    if (this.#opened.has(nameOf(secret))) return true
    this.#nextMinute()
    return (this.#failed.get(address) ?? 0) < FAILED_PER_MINUTE
  }

  /** The secret has opened a session, or begun one. */
  opened(secret: string): void {
    const name = nameOf(secret)
    this.#opened.delete(name)
    this.#opened.add(name)
    forgetOldest(this.#opened)
  }

  failed(address: string, secret: string): void {
    this.#opened.delete(nameOf(secret))
    this.#nextMinute()
    this.#failed.set(address, (this.#failed.get(address) ?? 0) + 1)
    forgetOldest(this.#failed)
  }

  #nextMinute(): void {
    if (this.#clock() < this.#minuteEndsMs) return
    this.#minuteEndsMs = this.#clock() + MINUTE_MS
    this.#failed.clear()
  }
}

/** Not the secret itself: nothing keeps it for longer than a request. */
const nameOf = (secret: string): string => digestOf(secret).toString('base64')

function forgetOldest(kept: Set<string> | Map<string, number>): void {
  if (kept.size <= KEPT) return
  const oldest = kept.keys().next()
  if (!oldest.done) kept.delete(oldest.value)
}
