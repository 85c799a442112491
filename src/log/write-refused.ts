// How a log says that a topic does not take records.
/** Why a log doesn't take records, as a closed list. */
export type RefusalReason = 'too-large' | 'not-enough-replicas' | 'not-permitted' | 'no-topic' | 'other'

/**
 * The log is there, and a topic doesn't take some records. An immediate retry doesn't help; an operator has to mend the
 * cause. The message says which records are refused and what to do.
 */
export class WriteRefusedError extends Error {
  readonly code = 'WRITE_REFUSED'
  override readonly name = 'WriteRefusedError'
  readonly topic: string
  readonly reason: RefusalReason

  constructor(topic: string, reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.topic = topic
    this.reason = reason
  }
}
