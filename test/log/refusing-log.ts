// The log in memory with a topic that refuses some records, and doesn't let canaries in, as long as the test wants.
import type { OutgoingRecord } from '../../src/log/event-log.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { WriteRefusedError } from '../../src/log/write-refused.ts'

/** A log whose topic takes the records that `takes` says yes to; the others are refused. */
export class RefusingLog extends MemoryLog {
  readonly #topic: string
  takes: (record: OutgoingRecord) => boolean = () => true
  /** Thrown when it doesn't take a record. */
  error: Error
  takesCanaries = true

  constructor(topic: string) {
    super()
    this.#topic = topic
    this.error = new WriteRefusedError(topic, 'other', `Topic ${topic} refuses records. Mend it.`)
  }

  override async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten: (record: OutgoingRecord) => void = () => {},
  ): Promise<void> {
    const taken = topic === this.#topic ? records.filter((record) => this.takes(record)) : records
    await super.produce(topic, taken, onWritten)
    if (taken.length < records.length) throw this.error
  }

  override async produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    if (!this.takesCanaries) throw new Error('Not allowed')
    return super.produceTo(topic, partition, record)
  }
}
