// The room `log`: the EventLog port, which says what hashwarden needs of a log of records. Apache Kafka implements it
// (kafka/kafka-log.ts), and so does one process's memory (memory-log.ts).

import type { RefusedBatch } from '../contract/dead-letter.ts'

/** A record as it was read. Its bytes are valid until its handler ends: copy what outlives that. */
export interface LogRecord {
  readonly offset: number
  /** Milliseconds since 1970; the broker's own clock where the topic says LogAppendTime. */
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer>>
  /** Only on a stand-in: it takes the place of a batch that was refused as a whole, at the batch's last offset. */
  readonly refused?: RefusedBatch | undefined
}

/** A record to be written. Its key chooses the partition; a null value removes the key from a compacted topic. */
export interface OutgoingRecord {
  readonly key: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers?: Readonly<Record<string, Buffer>>
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The name of a partition, unique among all topics. */
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** Some records of one partition, in order, as they were read. */
export interface ReadBatch extends TopicPartition {
  /**
   * Offsets are not dense: compaction and transactions leave gaps, and a batch may be nothing but a gap, without any
   * record.
   */
  readonly records: readonly LogRecord[]
  /** All before it has been read: it lies after the last record, and after the gap that follows. */
  readonly nextOffset: number
  /** The partition's end when the batch was read. */
  readonly endOffset: number
}

/** A batch for a reader that shares its topic with no other. Kafka knows it as the only member of a group of its own. */
export interface FollowedBatch extends ReadBatch {
  /** Tells Kafka that this reader lives; call it at least every few seconds, or Kafka takes it for dead. Never rejects. */
  readonly heartbeat: () => Promise<void>
}

/** A batch for a member of a group to work on. */
export interface GroupBatch extends ReadBatch {
  /** False once the group has rebalanced or the consumer is stopping: end soon, and commit the records that are done. */
  isCurrent(): boolean
  /**
   * Gives other work its turn and tells the group that this member lives; call it at least every few seconds. Throws on
   * a rebalance: the records done by then may still be committed.
   */
  heartbeat(): Promise<void>
  /**
   * Reading goes on from `nextOffset` once the handler ends, also if nothing is committed by then; without it, from
   * what the handler has committed. A later generation begins at the commit in any case.
   */
  advance(nextOffset: number): void
  /**
   * Commits that everything before `nextOffset` is done, with metadata (which has no blank), in the group generation in
   * which the batch began; also after its handler has ended. In a later generation it throws StaleBatchError and
   * commits nothing.
   * @throws CommitRefusedError If an operator has to mend something before the commit can succeed.
   */
  commit(nextOffset: number, metadata: string): Promise<void>
}

/** The group moved on while a batch was being worked on: its new owner reads the batch again. */
export class StaleBatchError extends Error {
  readonly code = 'STALE_BATCH'
  override readonly name = 'StaleBatchError'
  constructor() {
    super(
      'The group has rebalanced since this batch was read. Nothing was committed: the new owner reads it again.',
    )
  }
}

/** A member works on the batches of this many partitions side by side, so that one that waits doesn't hold up others. */
export const PARTITIONS_IN_FLIGHT = 8

export interface GroupOptions {
  readonly group: string
  /** Their names; or which of all topics, of those created later, too. New topics and partitions are read within 5 s. */
  readonly topics: readonly string[] | ((topic: string) => boolean)
  readonly maxBytesPerPartition?: number
  /**
   * Times of records ascend along a partition (LogAppendTime). Then the log can tell a recreated topic from the one that
   * the group has read, and reads it from its beginning.
   */
  readonly timesAscend?: boolean
  /** Called each time the member has joined the group, before the first batch of that generation. */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void
  /**
   * Works on a batch. Batches of one partition come one after the other, those of up to PARTITIONS_IN_FLIGHT partitions
   * side by side. What isn't committed comes again. A failure holds up its own partition only. A handler that throws
   * RetryLaterError gets the partition again after that time.
   */
  readonly onBatch: (batch: GroupBatch) => Promise<void>
}

export interface FollowOptions {
  readonly topic: string
  /** Where to begin: the earliest or the next record of every partition, or an offset for each partition. */
  readonly from: 'earliest' | 'end' | ReadonlyMap<number, number>
  /** Gets the batches of a partition one after the other. A failed one comes again. */
  readonly onBatch: (batch: FollowedBatch) => Promise<void> | void
  /** Reading was interrupted and goes on where it was; the topic may have been recreated meanwhile. */
  readonly onInterrupted?: () => void
}

export interface Consumption {
  /** Finishes the batches in work, leaves the group, and resolves when nothing of it runs any more. */
  readonly stop: () => Promise<void>
}

/** What a topic is, or should be. */
export interface TopicDescription {
  readonly topic: string
  readonly partitions: number
  /** Kafka's names and values; of an existing topic, the effective ones. */
  readonly config: Readonly<Record<string, string>>
  /** Brokers that keep a copy of each record; where partitions differ, the fewest. Of an existing topic alone. */
  readonly replicationFactor?: number | undefined
}

export interface PartitionOffsets {
  readonly partition: number
  readonly earliest: number
  readonly end: number
}

export interface OffsetSince {
  readonly partition: number
  readonly offset: number
}

export interface CommittedOffset {
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

/** What hashwarden needs of a log. */
export interface EventLog {
  /** Aborts with a LogClosedError once `close` is called: no reader of this log gets anything more. */
  readonly closing: AbortSignal
  /**
   * Writes records; resolves once all replicas in sync have them. `onWritten` hears of each record that is acknowledged,
   * also if others are not.
   * @throws WriteRefusedError If the topic refuses some of them, which an operator must mend. Any other error may pass.
   */
  produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten?: (record: OutgoingRecord) => void,
  ): Promise<void>
  /** Writes one record to this partition, whatever its key; resolves with its offset once all replicas in sync have it. */
  produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number>
  /** Joins a consumer group. Without a committed offset a partition is read from its beginning. */
  consume(options: GroupOptions): Promise<Consumption>
  /** Reads every partition of a topic by itself, without a shared group and without commits. */
  follow(options: FollowOptions): Promise<Consumption>
  /**
   * Of each partition. A stable end, the default, is that of what can be read now: an open transaction holds back its own
   * records and all behind them. A written end counts those too.
   */
  offsets(topic: string, ends?: 'stable' | 'written'): Promise<readonly PartitionOffsets[]>
  /** Of each partition the first record whose time is this (milliseconds since 1970) or later; else its end. */
  offsetsSince(topic: string, timestampMs: number): Promise<readonly OffsetSince[]>
  committed(group: string, topic: string): Promise<readonly CommittedOffset[]>
  /** The names of all topics. */
  topics(): Promise<readonly string[]>
  describe(topics: readonly string[]): Promise<readonly TopicDescription[]>
  createTopic(topic: TopicDescription, replicationFactor: number): Promise<void>
  /** Sets these settings and leaves the topic's others as they are; adds partitions if it has fewer. */
  alterTopic(topic: TopicDescription): Promise<void>
  /** Ends all readers, lets requests in flight end, and refuses new ones with a LogClosedError. */
  close(): Promise<void>
}
