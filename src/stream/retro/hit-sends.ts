// Sends retroactive hits in batches.
import type { OutgoingRecord } from '../../log/event-log.ts'

/** Hits in one send, at most. */
const HITS_A_SEND = 64
/** How long the first hit waits for others, in milliseconds. */
const WAIT_MS = 100

/** Collects hits and sends them together: one send costs the main thread as much as looking at 250 reports. */
export class HitSends {
  readonly #send: (hits: readonly OutgoingRecord[]) => Promise<void>
  readonly #sending: Promise<void>[] = []
  #waiting: OutgoingRecord[] = []
  #waitingSinceMs = 0

  constructor(send: (hits: readonly OutgoingRecord[]) => Promise<void>) {
    this.#send = send
  }

  add(hits: readonly OutgoingRecord[]): void {
    if (this.#waiting.length === 0) this.#waitingSinceMs = performance.now()
    this.#waiting.push(...hits)
  }

  /** Begins a send if there are enough hits, or if the first one has waited long enough. Call it often. */
  sendDue(): void {
    const isDue = this.#waiting.length >= HITS_A_SEND || performance.now() - this.#waitingSinceMs >= WAIT_MS
    if (isDue) this.#sendWaiting()
  }

  /** Sends the rest. Resolves once all hits are acknowledged; rejects with the error of the first send that failed. */
  async end(): Promise<void> {
    this.#sendWaiting()
    await Promise.all(this.#sending)
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return
    const sending = this.#send(this.#waiting)
    this.#waiting = []
    // `end` awaits it; this keeps a failure before that from being an unhandled rejection.
    sending.catch(() => {})
    this.#sending.push(sending)
  }
}
