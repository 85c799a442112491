import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupBatch } from './event-log.ts'

/** Whoever waits for something else gives a sign of life as often as this; the group wants one every few seconds. */
export const SIGN_EVERY_MS = 1_000

/** Waits for work, with signs of life; what they throw ends the wait, not the work. */
export async function alive<T>(work: Promise<T>, stillHere: () => Promise<void>): Promise<T> {
  const done = work.then(
    () => true,
    () => true,
  )
  const waited = new AbortController()
  const wait = (): Promise<boolean> => sleep(SIGN_EVERY_MS, false, { signal: waited.signal })
  try {
    while (!(await Promise.race([done, wait()]))) await stillHere()
  } finally {
    waited.abort()
  }
  return work
}

/**
 * The signs of life of a batch in work. A group that wants to share its partitions out anew answers one with an error;
 * what is done can be committed even then, so the error is kept until that has been tried.
 */
export class BatchPulse {
  readonly #batch: GroupBatch
  #failure: { readonly error: unknown } | undefined

  constructor(batch: GroupBatch) {
    this.#batch = batch
  }

  /** Lets others have their turn, and says that this member lives. False: end soon, and commit what is done. */
  async beat(): Promise<boolean> {
    if (!this.isOurs) return false
    try {
      await this.#batch.heartbeat()
    } catch (error) {
      this.#failure = { error }
    }
    return this.isOurs
  }

  /** Waits for work to the end, whatever the group answers meanwhile. */
  during<T>(work: Promise<T>): Promise<T> {
    return alive(work, async () => {
      await this.beat()
    })
  }

  /** Throws what the group has answered. */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Whether the batch is still this member's, as far as it has heard. */
  get isOurs(): boolean {
    return !this.#failure && this.#batch.isCurrent()
  }
}
