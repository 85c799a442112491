// What can be wrong with a log, or with the way to it, as every user of the port sees it. The codes are for operators, who
// know the log by the name of Kafka.

/** The log, or the way to it, is at fault: a later attempt may help. Any other error is one of ours. */
abstract class LogFault extends Error {}

/** No broker can be reached. A retry may help. */
export class LogUnreachableError extends LogFault {
  readonly code = 'KAFKA_UNREACHABLE'
  override readonly name = 'LogUnreachableError'
}

/** The log is there, but one side refuses the other's identity or a right. An operator has to mend that. */
export class AccessRefusedError extends LogFault {
  readonly code = 'KAFKA_REFUSED'
  override readonly name = 'AccessRefusedError'
}

/** The log is there, and a topic is not. An operator has to create it, or is doing so. */
export class UnknownTopicError extends LogFault {
  readonly code = 'KAFKA_UNKNOWN_TOPIC'
  override readonly name = 'UnknownTopicError'
}

/** The log is there, and can't take records now, for example while a leader is elected. A retry helps. */
export class LogTransientError extends LogFault {
  readonly code = 'KAFKA_TRANSIENT'
  override readonly name = 'LogTransientError'
}

/** Any other error of the log's client. */
export class LogFailedError extends LogFault {
  readonly code = 'KAFKA_FAILED'
  override readonly name = 'LogFailedError'
}

/** This process has closed its own log: nothing more is read from it or written to it. */
export class LogClosedError extends LogFault {
  readonly code = 'LOG_CLOSED'
  override readonly name = 'LogClosedError'
  constructor() {
    super('The connection to Kafka was closed: this process is ending.')
  }
}

export const isLogFault = (error: unknown): error is LogFault => error instanceof LogFault
