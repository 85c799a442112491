// The port for records that may be lost, because newer ones of the same kind follow soon.
import type { OutgoingRecord } from './event-log.ts'

export interface LossyWriter {
  /** Tries to write a record, without waiting for long; one broker alone acknowledges it. Throws if it is lost, perhaps. */
  write(topic: string, record: OutgoingRecord): Promise<void>
  close(): Promise<void>
}

/** A log that has such writers. */
export interface LossyLog {
  /** A writer with a connection of its own: it holds up no other writer, and none holds it up. */
  openLossy(): LossyWriter
}
