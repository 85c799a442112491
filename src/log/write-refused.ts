// The error of a topic that refuses records.
/** Why a log doesn't take records, as a closed list. */
export type RefusalReason = 'too-large' | 'not-enough-replicas' | 'not-permitted' | 'no-topic' | 'other'

/**
 * The log is there, and a topic doesn't take some records. To send them again at once doesn't help; an operator has to
 * mend the cause. The message names the refusal and the remedy in our own words: it may be shown on /readyz.
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
