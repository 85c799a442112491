// The error with which a handler asks to get its batch again later.
/**
 * A handler of a group's batch throws this when it can't finish the batch yet, for a reason that it has reported itself.
 * Its partition is paused and then read again from where the handler has advanced; the other partitions go on, and the
 * member stays in the group.
 */
export class RetryLaterError extends Error {
  readonly code = 'RETRY_LATER'
  override readonly name = 'RetryLaterError'
  readonly afterMs: number

  constructor(afterMs: number, options?: ErrorOptions) {
    super(`The batch can't be finished yet; its partition is read again in ${afterMs} ms.`, options)
    this.afterMs = afterMs
  }
}
