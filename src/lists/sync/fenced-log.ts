// A log whose records are written by one fenced writer: of all daemons of a deployment, only the newest can write. One that
// was frozen while another took over would else publish pages that are long out of date.
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import type { FencedLog, FencedWriter } from '../../log/fenced-writer.ts'

/** A record could not be written, so that this writer is of no use any more. */
export class WriterLostError extends Error {
  readonly code = 'WRITER_LOST'
  override readonly name = 'WriterLostError'
}

export class FencedListLog implements EventLog {
  readonly #log: EventLog
  readonly #writer: FencedWriter
  /** A writer has one transaction at a time. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(log: EventLog, writer: FencedWriter) {
    this.#log = log
    this.#writer = writer
  }

  static async open(log: EventLog & FencedLog, id: string): Promise<FencedListLog> {
    return new FencedListLog(log, await log.openFenced(id))
  }

  /** @throws WriterLostError */
  async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten: (record: OutgoingRecord) => void = () => {},
  ): Promise<void> {
    const write = this.#last.then(() => this.#writer.write([{ topic, records }]))
    // The next one fails by itself, if the writer is of no use.
    this.#last = write.catch(() => {})
    try {
      await write
    } catch (error) {
      throw new WriterLostError('Records about lists could not be written.', { cause: error })
    }
    for (const record of records) onWritten(record)
  }

  get closing(): AbortSignal {
    return this.#log.closing
  }

  consume(...asked: Parameters<EventLog['consume']>): ReturnType<EventLog['consume']> {
    return this.#log.consume(...asked)
  }

  follow(...asked: Parameters<EventLog['follow']>): ReturnType<EventLog['follow']> {
    return this.#log.follow(...asked)
  }

  offsets(...asked: Parameters<EventLog['offsets']>): ReturnType<EventLog['offsets']> {
    return this.#log.offsets(...asked)
  }

  offsetsSince(...asked: Parameters<EventLog['offsetsSince']>): ReturnType<EventLog['offsetsSince']> {
    return this.#log.offsetsSince(...asked)
  }

  committed(...asked: Parameters<EventLog['committed']>): ReturnType<EventLog['committed']> {
    return this.#log.committed(...asked)
  }

  topics(...asked: Parameters<EventLog['topics']>): ReturnType<EventLog['topics']> {
    return this.#log.topics(...asked)
  }

  describe(...asked: Parameters<EventLog['describe']>): ReturnType<EventLog['describe']> {
    return this.#log.describe(...asked)
  }

  createTopic(...asked: Parameters<EventLog['createTopic']>): ReturnType<EventLog['createTopic']> {
    return this.#log.createTopic(...asked)
  }

  alterTopic(...asked: Parameters<EventLog['alterTopic']>): ReturnType<EventLog['alterTopic']> {
    return this.#log.alterTopic(...asked)
  }

  /** Its place among the others would not be the writer's. */
  produceTo(): Promise<number> {
    return Promise.reject(new TypeError('A fenced writer chooses partitions by keys'))
  }

  /** The log itself stays open. */
  async close(): Promise<void> {
    await this.#last
    await this.#writer.close()
  }
}
