// Reads a topic to the end that it has, and later goes on from there.
import type { EventLog, LogRecord } from './event-log.ts'
import { readRange, type OffsetRange } from './read-to-end.ts'
import { TopicGoneError } from './topic-gone.ts'

export class TopicReading {
  readonly #log: EventLog
  readonly #topic: string
  /** Of each partition the offset to go on from. */
  readonly #next = new Map<number, number>()

  constructor(log: EventLog, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  /** Goes to the topic's end without reading, if it has just this number of records more: those that the caller wrote. */
  async skip(records: number): Promise<boolean> {
    const offsets = await this.#log.offsets(this.#topic, 'written')
    const more = offsets.map(({ partition, earliest, end }) => end - (this.#next.get(partition) ?? earliest))
    if (more.some((count) => count < 0) || more.reduce((sum, count) => sum + count, 0) !== records)
      return false
    for (const { partition, end } of offsets) this.#next.set(partition, end)
    return true
  }

  /**
   * Reads to the end that the topic has now, and waits for transactions that are open there. What this process wrote itself
   * comes, too. A reading that breaks off goes on behind the last record that it gave.
   * @throws TopicGoneError If the topic was recreated: begin again with another reading.
   */
  async readOn(onRecord: (record: LogRecord) => void, signal?: AbortSignal): Promise<void> {
    const ranges = new Map<number, OffsetRange>()
    for (const { partition, earliest, end } of await this.#log.offsets(this.#topic, 'written')) {
      const from = this.#next.get(partition) ?? earliest
      if (from > end) throw new TopicGoneError([this.#topic])
      ranges.set(partition, { from, to: end })
    }
    const take = (record: LogRecord, partition: number): void => {
      onRecord(record)
      this.#next.set(partition, record.offset + 1)
    }
    await readRange(this.#log, this.#topic, ranges, take, signal)
    for (const [partition, { to }] of ranges) this.#next.set(partition, to)
  }
}
