// The port for records that must be in their topics exactly once: of all writers with one id, only the newest can write.
import type { OutgoingRecord } from './event-log.ts'

/** Another writer has been opened under the same id since: this one writes nothing any more. */
export class FencedError extends Error {
  readonly code = 'FENCED'
  override readonly name = 'FencedError'
  constructor() {
    super('Another process writes under this id now: this one has written nothing more.')
  }
}

/** Records of one topic, in order. */
export interface TopicRecords {
  readonly topic: string
  readonly records: readonly OutgoingRecord[]
}

export interface FencedWriter {
  /**
   * Writes all of it or nothing, as readers of committed records see it; those of one key in order.
   *
   * After any error this writer is of no use. Then its records may be in the topics or not, and no longer change: to find
   * out open another writer of the id, and read.
   * @throws FencedError
   */
  write(writes: readonly TopicRecords[]): Promise<void>
  close(): Promise<void>
}

/** A log that has such writers. */
export interface FencedLog {
  /**
   * Opens the writer of this id. What an earlier one had begun is finished or undone by then, and it can write nothing
   * any more.
   */
  openFenced(id: string): Promise<FencedWriter>
}
