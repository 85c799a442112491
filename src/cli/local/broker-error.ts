// Errors of starting a local broker.
/** Why there is no broker on this machine. A closed list, so that a caller can tell the cases apart. */
export type BrokerErrorCode =
  | 'no-java'
  | 'download-failed'
  | 'format-failed'
  | 'folder-in-use'
  | 'port-in-use'
  | 'ended'
  | 'no-answer'
  | 'docker-failed'

/** A local broker that could not be started. The message says what was wrong, where, and what to do. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: BrokerErrorCode

  constructor(code: BrokerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
