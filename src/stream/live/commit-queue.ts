// The commits of one partition, in the order of its batches.
import { CommitRefusedError } from '../../log/commit-refused.ts'
import { StaleBatchError, type GroupBatch } from '../../log/event-log.ts'
import { RetryLaterError } from '../../log/retry-later.ts'

/** After a commit the partition's next one waits for this time, in milliseconds, and includes what was done by then. */
const REST_MS = 50
/** A failed commit is tried again after this time, in milliseconds. */
const RETRY_MS = 1_000

/** A batch that is done, or several: then `batch` is the last of them. */
export interface DoneBatch {
  readonly batch: GroupBatch
  /** All before this offset is done. */
  readonly nextOffset: number
  /** Everything since the commit before was matched against the set at or above this position. */
  readonly position: string
  /** Everything from `nextOffset` on will be matched at or above this one. */
  readonly newestPosition: string
  /** How many reports it had. */
  readonly reports: number
}

export interface CommitListener {
  /** A commit begins; the returned function is called when it succeeds. */
  startTimer(): () => void
  onCommitted(batch: GroupBatch, nextOffset: number, reports: number): void
  /** A commit was refused; it is tried again. */
  onRefused(batch: GroupBatch, error: CommitRefusedError): void
  /** The group has a new generation: the partition's owner in it reads the batch again. */
  onStale(): void
}

/**
 * One commit is in flight at a time, and no batch waits for it: else small batches would take as long as their commits,
 * and the broker would get a commit after each.
 */
export class CommitQueue {
  readonly #listener: CommitListener
  #done: DoneBatch | undefined
  #sending: Promise<void> | undefined
  #rest: NodeJS.Timeout | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(listener: CommitListener) {
    this.#listener = listener
  }

  /** Commits a batch, at once or after the rest; with those that are done and not committed, if there are any. */
  add(done: DoneBatch): void {
    const { position = done.position, reports = 0 } = this.#done ?? {}
    this.#done = { ...done, position, reports: reports + done.reports }
    if (!this.#sending && !this.#rest) void this.flush()
  }

  /** Resolves once the commit of all that is done now has succeeded or failed. */
  async flush(): Promise<void> {
    await this.#sending
    // Another caller may have begun it.
    if (this.#done) this.#sending ??= this.#send(this.#done)
    await this.#sending
  }

  /**
   * Throws, once, the error of the last commit, if it has failed. If it was refused, throws RetryLaterError until a commit
   * succeeds: nothing new is begun that could not be committed.
   */
  check(): void {
    const failure = this.#failure
    if (failure?.error instanceof CommitRefusedError)
      throw new RetryLaterError(RETRY_MS, { cause: failure.error })
    this.#failure = undefined
    if (failure) throw failure.error
  }

  async #send(done: DoneBatch): Promise<void> {
    this.#done = undefined
    clearTimeout(this.#rest)
    let restMs = REST_MS
    const stopTimer = this.#listener.startTimer()
    try {
      await done.batch.commit(done.nextOffset, done.position)
      stopTimer()
      this.#failure = undefined
      this.#listener.onCommitted(done.batch, done.nextOffset, done.reports)
      // A second commit of the same offset, with the higher position: nothing lies between the two, so it holds. Without it
      // looking back would wait for that position until more reports come.
      const { position, newestPosition } = done
      if (newestPosition !== position) this.#done ??= { ...done, position: newestPosition, reports: 0 }
    } catch (error) {
      if (error instanceof StaleBatchError) this.#listener.onStale()
      else {
        this.#failure = { error }
        if (error instanceof CommitRefusedError) this.#listener.onRefused(done.batch, error)
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

  /** The next commit takes this one's batches with it. */
  #putBack(done: DoneBatch): void {
    const { position, reports } = done
    this.#done = this.#done ? { ...this.#done, position, reports: this.#done.reports + reports } : done
  }
}
