// Sends retroactive hits in batches, and again those that their topic does not take.
import type { OutgoingRecord } from '../../log/event-log.ts'
import { WriteRefusedError } from '../../log/write-refused.ts'
import { isLogFault } from '../../log/log-faults.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { withHeartbeats } from '../../waiting/until.ts'
import { HELD_BACKOFF_MS, type HeldRecords } from '../live/held-records.ts'

/** Hits in one send, at most. */
const HITS_A_SEND = 64
/** How long the first hit waits for others, in milliseconds. */
const WAIT_MS = 100

export interface HitSendsOptions {
  /** Writes hits; `onWritten` hears of each one that is acknowledged, also if others are not. */
  readonly send: (hits: readonly OutgoingRecord[], onWritten: (hit: OutgoingRecord) => void) => Promise<void>
  /** Reports hits that their topic does not take. */
  readonly held: HeldRecords
  /** Sends a heartbeat; what it throws ends the wait for hits to be taken. */
  readonly stillHere: () => Promise<void>
}

/**
 * Collects hits and sends them together: one send costs this thread as much as looking at 250 reports. If some are not
 * taken, those alone are sent again, with back-off, until they are.
 */
export class HitSends {
  readonly #options: HitSendsOptions
  /** Sends in flight; they never reject. */
  #sending: Promise<void>[] = []
  #waiting: OutgoingRecord[] = []
  #waitingSinceMs = 0
  /** Of the last send that failed, until what it left is sent again. */
  #failure: { readonly error: unknown } | undefined

  constructor(options: HitSendsOptions) {
    this.#options = options
  }

  add(hits: readonly OutgoingRecord[]): void {
    if (this.#waiting.length === 0) this.#waitingSinceMs = performance.now()
    this.#waiting.push(...hits)
  }

  /**
   * Begins a send if there are enough hits, or if the first one has waited long enough. Call it often. After a failure it
   * resolves once all hits are acknowledged: no more of them are looked for meanwhile.
   */
  async sendDue(): Promise<void> {
    if (this.#failure) return this.end()
    const isDue = this.#waiting.length >= HITS_A_SEND || performance.now() - this.#waitingSinceMs >= WAIT_MS
    if (isDue) this.#sendWaiting()
  }

  /**
   * Sends the rest, and resolves once all hits are acknowledged, however long that takes.
   * @throws What a send threw that is neither a refusal nor Kafka's fault; what `stillHere` throws.
   */
  async end(): Promise<void> {
    const { held, stillHere } = this.#options
    const backoff = new Backoff(HELD_BACKOFF_MS)
    for (;;) {
      if (!this.#failure) this.#sendWaiting()
      await withHeartbeats(this.#settled(), stillHere)
      if (!this.#failure) break
      const { error } = this.#failure
      if (!(error instanceof WriteRefusedError) && !isLogFault(error)) throw error
      held.show([{ error, waiting: this.#waiting.length }])
      await withHeartbeats(pause(backoff.nextMs()), stillHere)
      this.#failure = undefined
    }
    held.show([])
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#sending)
    this.#sending = []
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return
    this.#sending.push(this.#send(this.#waiting))
    this.#waiting = []
  }

  async #send(hits: readonly OutgoingRecord[]): Promise<void> {
    const left = new Set(hits)
    try {
      await this.#options.send(hits, (hit) => left.delete(hit))
    } catch (error) {
      this.#failure = { error }
      this.#waiting.push(...left)
    }
  }
}
