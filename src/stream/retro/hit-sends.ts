import type { OutgoingRecord } from '../../log/event-log.ts'

/** So many are sent together, or those that there are after so long. */
const HITS_A_SEND = 64
const WAIT_MS = 100

/** Sends hits together that are found one by one: a send takes as much of this thread as to look at 250 reports. */
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

  /** Begins to send what has become much or has waited for long. To be called often. */
  sendDue(): void {
    const isDue = this.#waiting.length >= HITS_A_SEND || performance.now() - this.#waitingSinceMs >= WAIT_MS
    if (isDue) this.#sendWaiting()
  }

  /** Sends what is left; resolves once all hits are acknowledged, or fails as the first send that did. */
  async end(): Promise<void> {
    this.#sendWaiting()
    await Promise.all(this.#sending)
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return
    const sending = this.#send(this.#waiting)
    this.#waiting = []
    // Awaited in the end: until then its failure isn't unhandled.
    sending.catch(() => {})
    this.#sending.push(sending)
  }
}
