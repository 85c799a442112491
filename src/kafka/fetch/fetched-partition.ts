// What a fetch brought of one partition, in the place of kafkajs's Batch: that one takes its position from records, and
// stands still where a fetch brings none that are delivered.
import type { LogRecord, TopicPartition } from '../../log/event-log.ts'
import type { ReadBatches } from './read-batches.ts'

export interface FetchedPartitionFacts extends TopicPartition {
  /** The offset that was asked for. Batches are fetched whole: the first may begin before it. */
  readonly fetchedOffset: number
  /** The partition's end, the offsets of open transactions included. */
  readonly highWatermark: number
  readonly read: ReadBatches
}

/**
 * kafkajs's consumer treats it as its Batch. Whatever moves the position, or says that there is more to read than was
 * read, reaches the handler, also without any record.
 */
export class FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly fetchedOffset: number
  readonly endOffset: number
  readonly records: readonly LogRecord[]
  /** Where reading goes on: after the last batch that was read with its gap, not just after its last record. */
  readonly nextOffset: number
  /** No record up to there that this fetch brought is newer, milliseconds since 1970; delivered or not. */
  readonly newestMs: number
  /** Why no fetch from `nextOffset` can bring records, and what to do; undefined if one can. */
  readonly obstacle: string | undefined
  /** kafkajs looks at their number, and at the last one's offset to guess the position after it. */
  readonly messages: readonly never[] = []

  constructor({ topic, partition, fetchedOffset, highWatermark, read }: FetchedPartitionFacts) {
    const { records, newestMs } = read
    const nextOffset = trustedEnd(read, fetchedOffset)
    this.topic = topic
    this.partition = partition
    this.fetchedOffset = fetchedOffset
    this.endOffset = highWatermark
    const isWhole = nextOffset === read.nextOffset && (records[0]?.offset ?? fetchedOffset) >= fetchedOffset
    this.records = isWhole
      ? records
      : records.filter(({ offset }) => offset >= fetchedOffset && offset < nextOffset)
    this.nextOffset = nextOffset
    this.newestMs = newestMs
    this.obstacle = read.obstacle
  }

  get hasMoved(): boolean {
    return this.nextOffset > this.fetchedOffset
  }

  get highWatermark(): string {
    return String(this.endOffset)
  }

  /** kafkajs skips an empty batch. */
  isEmpty(): boolean {
    return !this.hasMoved && this.endOffset <= this.nextOffset
  }

  /** kafkajs would take the position of such a batch from its last record. */
  isEmptyDueToFiltering(): boolean {
    return false
  }

  firstOffset(): string | null {
    return this.hasMoved ? String(this.fetchedOffset) : null
  }

  lastOffset(): string {
    return String(this.nextOffset - 1)
  }

  offsetLag(): string {
    return String(this.endOffset - this.nextOffset)
  }

  offsetLagLow(): string {
    return String(this.endOffset - this.fetchedOffset)
  }
}

/**
 * Up to where what was read can be trusted. Behind a damaged batch the rest is fetched again: a broker lists the aborted
 * transactions that end at the fetched offset or later, so its new list is right whatever the damaged batch was. A
 * damaged batch before the fetched offset (batches are fetched whole) puts nothing in doubt: this list is that new one.
 */
const trustedEnd = ({ nextOffset, doubtfulFrom }: ReadBatches, fetchedOffset: number): number =>
  doubtfulFrom.find((offset) => offset > fetchedOffset) ??
  Math.max(nextOffset ?? fetchedOffset, fetchedOffset)
