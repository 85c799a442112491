// Heartbeats during a batch.
import type { GroupBatch } from '../../log/event-log.ts'
import { withHeartbeats } from '../../waiting/until.ts'

/**
 * The heartbeats of a batch in work. A group that rebalances answers one with an error;
 * finished records can be committed even then, so the error is kept until that has been tried.
 */
export class BatchHeartbeat {
  readonly #batch: GroupBatch
  #failure: { readonly error: unknown } | undefined

  constructor(batch: GroupBatch) {
    this.#batch = batch
  }

  /** Lets others have their turn, and says that this member lives. False: end soon, and commit the finished records. */
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
    return withHeartbeats(work, async () => {
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
