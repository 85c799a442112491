// The heartbeats of a batch in work.
import type { GroupBatch } from '../../log/event-log.ts'
import { withHeartbeats } from '../../waiting/until.ts'

/**
 * A group that rebalances answers a heartbeat with an error. The batch's progress can be committed even then, so the error is
 * kept until that was tried.
 */
export class BatchHeartbeat {
  readonly #batch: GroupBatch
  #failure: { readonly error: unknown } | undefined

  constructor(batch: GroupBatch) {
    this.#batch = batch
  }

  /** Gives other work its turn, then sends a heartbeat. False: end soon, and commit the progress. */
  async beat(): Promise<boolean> {
    if (!this.isOurs) return false
    try {
      await this.#batch.heartbeat()
    } catch (error) {
      this.#failure = { error }
    }
    return this.isOurs
  }

  /** Waits for work to its end with heartbeats, whatever the group answers. Rejects only if the work does. */
  during<T>(work: Promise<T>): Promise<T> {
    return withHeartbeats(work, async () => {
      await this.beat()
    })
  }

  /** Throws the error that the group has answered, if there was one. */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Whether the batch is still this member's, as far as it knows. */
  get isOurs(): boolean {
    return !this.#failure && this.#batch.isCurrent()
  }
}
