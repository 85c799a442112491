import { StaleBatchError, type GroupBatch } from '../../log/event-log.ts'

/** After a commit the next one of the partition waits so long, and takes with it what is done by then. */
const REST_MS = 50
/** What could not be committed is tried again after so long. */
const RETRY_MS = 1_000

/** Batches that are done and not yet committed: the last of them, and how many reports they all had. */
interface Done {
  readonly batch: GroupBatch
  readonly nextOffset: number
  /** Where the set was when the first began, which holds for all of them; and when the last did. */
  readonly position: string
  readonly newestPosition: string
  readonly reports: number
}

export interface CommitListener {
  /** A commit begins; what is returned is called when it has been carried out. */
  startTimer(): () => void
  onCommitted(batch: GroupBatch, nextOffset: number, reports: number): void
  /** The group has moved on: whoever has the partition now reads it again. */
  onStale(): void
}

/**
 * The commits of one partition, in the order of its batches. One is on its way at a time, and no batch waits for it:
 * else small batches would take as long as their commits, and the broker would be asked for one after each.
 */
export class CommitQueue {
  readonly #listener: CommitListener
  #done: Done | undefined
  #sending: Promise<void> | undefined
  #rest: NodeJS.Timeout | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(listener: CommitListener) {
    this.#listener = listener
  }

  /**
   * A batch is done, all before `nextOffset`, matched at this position of the set or above: to be committed, at once or
   * after the rest.
   */
  add(batch: GroupBatch, nextOffset: number, newestPosition: string, reports: number): void {
    const { position = newestPosition, reports: before = 0 } = this.#done ?? {}
    this.#done = { batch, nextOffset, position, newestPosition, reports: before + reports }
    if (!this.#sending && !this.#rest) void this.flush()
  }

  /** Resolves once what is done now is committed, or has been tried to be. */
  async flush(): Promise<void> {
    await this.#sending
    // Another caller may have begun it.
    if (this.#done) this.#sending ??= this.#send(this.#done)
    await this.#sending
  }

  /** Throws, once, what the last commit has failed with. */
  check(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure.error
  }

  async #send(done: Done): Promise<void> {
    this.#done = undefined
    clearTimeout(this.#rest)
    let restMs = REST_MS
    const stopTimer = this.#listener.startTimer()
    try {
      await done.batch.commit(done.nextOffset, done.position)
      stopTimer()
      this.#failure = undefined
      this.#listener.onCommitted(done.batch, done.nextOffset, done.reports)
      // Nothing lies between the two commits: who looks back need not wait for more reports to come.
      const { position, newestPosition } = done
      if (newestPosition !== position) this.#done ??= { ...done, position: newestPosition, reports: 0 }
    } catch (error) {
      if (error instanceof StaleBatchError) this.#listener.onStale()
      else {
        this.#failure = { error }
        this.#putBack(done)
        restMs = RETRY_MS
      }
    }
    this.#sending = undefined
    this.#rest = setTimeout(() => {
      this.#rest = undefined
      void this.flush()
    }, restMs).unref()
  }

  /** What was done meanwhile is committed with it. */
  #putBack(done: Done): void {
    const { position, reports } = done
    this.#done = this.#done ? { ...this.#done, position, reports: this.#done.reports + reports } : done
  }
}
