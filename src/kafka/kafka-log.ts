import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type {
  Admin,
  EachBatchPayload,
  Kafka,
  Message as KafkaMessage,
  Producer,
  RecordMetadata,
} from 'kafkajs'
import { boundFetches } from './fetch/bounded-fetch.ts'
import { compressionType, registerCompressionCodecs } from './fetch/compression.ts'
import { RetryLaterError } from '../log/retry-later.ts'
import { TopicGoneError } from '../log/topic-gone.ts'
import { hideTimeoutWarning } from './kafkajs-warning.ts'
import {
  PARTITIONS_IN_FLIGHT,
  StaleBatchError,
  type CommittedOffset,
  type Consumption,
  type EventLog,
  type FollowOptions,
  type GroupBatch,
  type GroupOptions,
  type OutgoingRecord,
  type PartitionOffsets,
  type TopicDescription,
} from '../log/event-log.ts'
import { alterTopic, createTopic, describeTopics } from './admin.ts'
import { groupBatch } from './group-batch.ts'
import { keepProduceAnswers, notingPartitioner } from './produce-answers.ts'
import { RecordWriter } from './record-writer.ts'
import {
  asError,
  isKafkaError,
  SupervisedConsumer,
  toRecord,
  type TopicChoice,
} from './supervised-consumer.ts'
import { explainKafkaError, isUnknownTopic } from './errors.ts'
import { TopicIncarnations, unstamped } from './topic-incarnation.ts'
import type { KafkaConnection } from './security/kafka-connection.ts'
import { RenewedClient } from './renewed-client.ts'
import { checkSecurity, kafkaSecurity } from './security/kafka-security.ts'

/** kafkajs's words for Kafka's error UNKNOWN_TOPIC_OR_PARTITION. */
const UNKNOWN_TOPIC_TEXT = 'This server does not host this topic-partition'
/** A fetch waits this long for new records: what a lone report waits at most. */
const MAX_WAIT_MS = 50
/** A member that is not heard of for so long is taken for dead, and its partitions are given to others. */
const DEFAULT_SESSION_TIMEOUT_MS = 10_000
/**
 * A member gives a sign of life so often at most, and so learns soon that the group waits for it, because another one
 * joins or leaves: meanwhile that one has nothing to do.
 */
const HEARTBEAT_MS = 500
/** Signs of life that fit into a session at least, so that one may be late. */
const HEARTBEATS_A_SESSION = 3
/** A member that joins waits for the others' batches in work: for their slices, and for their acknowledgements. */
const REBALANCE_TIMEOUT_MS = 30_000
/**
 * A fetch brings so many full batches at most, of partitions that kafkajs chooses by chance: memory doesn't grow with the
 * number of partitions that lag. kafkajs decodes all of a fetch at once.
 */
const PARTITIONS_A_FETCH = 4
/** A partition whose batch has failed is left alone for so long. */
const RECOVERY_MS = 1_000

/** What a KafkaLog tells of its connection, so that one clear line and readiness can follow. */
export interface KafkaListener {
  onFailure(why: string): void
  onRecovery(): void
  /** Records had expired before they were read; reading goes on from the earliest there are. */
  onOffsetOutOfRange(): void
}

export interface KafkaLogOptions extends KafkaConnection {
  readonly listener?: Partial<KafkaListener>
}

/** The event log on Apache Kafka, by kafkajs. */
export class KafkaLog implements EventLog {
  readonly #connection: KafkaConnection
  readonly #listener: Partial<KafkaListener>
  readonly #admin: RenewedClient<Admin>
  readonly #producer: RenewedClient<Producer>
  readonly #writer: RecordWriter
  readonly #consumers = new Set<SupervisedConsumer>()

  /** Throws at once if a file or variable that the connection needs can't be used. */
  constructor({ listener = {}, ...connection }: KafkaLogOptions) {
    checkSecurity(connection)
    registerCompressionCodecs()
    boundFetches()
    keepProduceAnswers()
    hideTimeoutWarning()
    this.#listener = listener
    this.#connection = connection
    const kafka = this.#client()
    this.#admin = new RenewedClient(() => kafka.admin())
    this.#producer = new RenewedClient(() =>
      kafka.producer({ createPartitioner: notingPartitioner, allowAutoTopicCreation: false }),
    )
    this.#writer = new RecordWriter({
      send: (topic, messages) => this.#send(topic, messages),
      maxMessageBytes: (topic) => this.#maxMessageBytes(topic),
    })
  }

  /** kafkajs's client, with what only its log tells. Its other lines would repeat what the listener is told once. */
  #client(onTopicGone = (): void => {}): Kafka {
    const { clientId, brokers } = this.#connection
    return new kafkajs.Kafka({
      clientId,
      brokers: [...brokers],
      ...kafkaSecurity(this.#connection),
      connectionTimeout: 3_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 4 },
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => (entry) => {
        const { message, error } = entry.log
        if (message.startsWith('Offset out of range, resetting')) this.#listener.onOffsetOutOfRange?.()
        if (message.startsWith('Response Fetch') && error === UNKNOWN_TOPIC_TEXT) onTopicGone()
      },
    })
  }

  async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten?: (record: OutgoingRecord) => void,
  ): Promise<void> {
    await this.#writer.write(topic, records, onWritten)
    this.#listener.onRecovery?.()
  }

  async produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    const offset = await this.#writer.writeTo(topic, partition, record)
    this.#listener.onRecovery?.()
    return offset
  }

  async consume(options: GroupOptions): Promise<Consumption> {
    const marks = options.timesAscend ? this.#marksOf(options.group) : undefined
    const consumer: SupervisedConsumer = this.#supervise(
      options.group,
      options.topics,
      options.maxBytesPerPartition ?? 1024 * 1024,
      {
        onJoin: (partitions) => {
          marks?.assigned()
          options.onAssigned(partitions)
        },
        onGap: () => {},
        onBatch: async (payload, generation) => {
          const isCurrent = (): boolean =>
            consumer.generation === generation && !consumer.stopping && payload.isRunning()
          const inThisGeneration = (): GroupBatch => {
            const begun = marks?.timesBegun(payload.batch)
            const isSame = (): boolean =>
              consumer.generation === generation && marks?.timesBegun(payload.batch) === begun
            return groupBatch(payload, isCurrent, isSame, marks)
          }
          const batch = inThisGeneration()
          try {
            if (!marks || (await marks.isSame(batch, batch.records[0].offset))) await options.onBatch(batch)
            else {
              // What is still to be committed of the old one is no longer committed.
              marks.beginAnew(batch)
              await this.#beginAnew(inThisGeneration())
            }
          } catch (error) {
            this.#recover(error, payload)
          }
        },
      },
      PARTITIONS_IN_FLIGHT,
    )
    return this.#consumption(consumer)
  }

  #marksOf(group: string): TopicIncarnations {
    return new TopicIncarnations({
      committed: async ({ topic, partition }) =>
        (await this.#committed(group, topic)).find((commit) => commit.partition === partition)?.metadata,
      firstSince: async ({ topic, partition }, sinceMs) => {
        const offsets = await this.#administer(
          (admin) => admin.fetchTopicOffsetsByTimestamp(topic, sinceMs),
          [topic],
        )
        return Number(offsets.find((at) => at.partition === partition)?.offset ?? 0)
      },
      clock: () => performance.now(),
    })
  }

  /** The batch is of a topic that was made again, behind records of it that nobody has read. */
  async #beginAnew(batch: GroupBatch): Promise<void> {
    const { topic, partition } = batch
    const earliest = (await this.offsets(topic)).find((at) => at.partition === partition)?.earliest ?? 0
    await batch.commit(earliest, '')
    this.#listener.onFailure?.(new TopicGoneError([topic]).message)
  }

  async follow({ topic, from, onRecords, onInterrupted }: FollowOptions): Promise<Consumption> {
    const group = `hashwarden-follow-${randomUUID()}`
    const next = new Map<number, number>()
    for (const { partition, earliest, end } of await this.offsets(topic)) {
      next.set(
        partition,
        from === 'earliest' ? earliest : from === 'end' ? end : (from.get(partition) ?? end),
      )
    }
    let hasJoined = false
    const consumer = this.#supervise(group, [topic], 4 * 1024 * 1024, {
      // kafkajs forgets what it has read at every rejoin, and nothing is committed: say it again.
      onJoin: (partitions, seek) => {
        if (hasJoined) onInterrupted?.()
        hasJoined = true
        for (const at of partitions) seek({ ...at, offset: next.get(at.partition) ?? 0 })
      },
      onGap: async ({ partition, nextOffset }) => {
        next.set(partition, nextOffset)
        await onRecords(partition, [], nextOffset, nextOffset, async () => {})
      },
      onBatch: async (payload) => {
        const { batch } = payload
        const expected = next.get(batch.partition) ?? 0
        const records = batch.messages.map(toRecord).filter(({ offset }) => offset >= expected)
        if (!payload.isRunning()) return
        const nextOffset = Number(batch.lastOffset()) + 1
        try {
          // A group that no longer knows this reader says so again once the records are done with.
          const stillReading = (): Promise<void> => payload.heartbeat().catch(() => {})
          await onRecords(batch.partition, records, nextOffset, Number(batch.highWatermark), stillReading)
          next.set(batch.partition, nextOffset)
          payload.resolveOffset(batch.lastOffset())
        } catch (error) {
          this.#recover(error, payload)
        }
      },
    })
    const { stop } = this.#consumption(consumer)
    return {
      stop: async () => {
        await stop()
        await this.#deleteGroup(group)
      },
    }
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const offsets = await this.#administer((admin) => admin.fetchTopicOffsets(topic), [topic])
    return offsets
      .map(({ partition, low, high }) => ({ partition, earliest: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition)
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    const commits = await this.#committed(group, topic)
    return commits.map((commit) => ({ ...commit, metadata: unstamped(commit.metadata) }))
  }

  async #committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    const [{ partitions }] = await this.#administer(
      (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }),
      [topic],
    )
    return (
      partitions
        // -1: none yet. -2: kafkajs's own, after an offset that was out of range: from the beginning.
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset, metadata }) => ({
          partition,
          offset: Number(offset),
          metadata: metadata ?? '',
        }))
    )
  }

  topics(): Promise<readonly string[]> {
    return this.#administer((admin) => admin.listTopics())
  }

  describe(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#administer((admin) => describeTopics(admin, topics), topics)
  }

  createTopic(topic: TopicDescription, replicationFactor: number): Promise<void> {
    return this.#administer((admin) => createTopic(admin, topic, replicationFactor), [topic.topic])
  }

  alterTopic(topic: TopicDescription): Promise<void> {
    return this.#administer((admin) => alterTopic(admin, topic), [topic.topic])
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()))
    for (const client of [this.#producer, this.#admin]) {
      await Promise.race([client.close(), sleep(2_000, undefined, { ref: false })])
    }
  }

  #supervise(
    groupId: string,
    topics: GroupOptions['topics'],
    maxBytesPerPartition: number,
    handlers: Omit<ConstructorParameters<typeof SupervisedConsumer>[3], 'onFailure'>,
    partitionsInFlight?: number,
  ): SupervisedConsumer {
    // A consumer's own client asks for no others.
    const named = typeof topics === 'function' ? [] : topics
    const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = this.#connection
    const config = {
      groupId,
      // A topic that was deleted would come again, without the settings that the guarantees need.
      allowAutoTopicCreation: false,
      maxBytesPerPartition,
      maxBytes: PARTITIONS_A_FETCH * maxBytesPerPartition,
      maxWaitTimeInMs: MAX_WAIT_MS,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / HEARTBEATS_A_SESSION)),
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    }
    const supervised = {
      ...handlers,
      onJoin: (...[partitions, seek]: Parameters<typeof handlers.onJoin>) => {
        this.#listener.onRecovery?.()
        handlers.onJoin(partitions, seek)
      },
      onFailure: (error: Error) => this.#listener.onFailure?.(this.#explain(error, named).message),
    }
    return new SupervisedConsumer(
      (onTopicGone) => this.#client(onTopicGone),
      config,
      this.#choice(topics),
      supervised,
      partitionsInFlight,
    )
  }

  #choice(topics: GroupOptions['topics']): TopicChoice {
    if (typeof topics !== 'function') return { now: async () => topics, mayChange: false }
    return { now: async () => (await this.topics()).filter(topics), mayChange: true }
  }

  #consumption(consumer: SupervisedConsumer): Consumption {
    this.#consumers.add(consumer)
    return {
      stop: async () => {
        await consumer.stop()
        this.#consumers.delete(consumer)
      },
    }
  }

  /**
   * After a handler's error: kafkajs must see its own; for any other the batch is simply read again, soon. Meanwhile the
   * other partitions go on.
   */
  #recover(error: unknown, payload: EachBatchPayload): void {
    if (error instanceof StaleBatchError) return
    if (isKafkaError(error)) throw error
    if (error instanceof RetryLaterError) {
      setTimeout(payload.pause(), error.afterMs).unref()
      return
    }
    this.#listener.onFailure?.(asError(error).message)
    setTimeout(payload.pause(), RECOVERY_MS).unref()
  }

  async #send(topic: string, messages: KafkaMessage[]): Promise<readonly RecordMetadata[]> {
    const compression = compressionType(this.#connection.compression ?? 'none')
    try {
      return await this.#producer.use((producer) => producer.send({ topic, acks: -1, compression, messages }))
    } catch (error) {
      throw this.#explain(error, await this.#missing([topic], error))
    }
  }

  async #maxMessageBytes(topic: string): Promise<number | undefined> {
    try {
      const [description] = await this.describe([topic])
      return Number(description?.config['max.message.bytes']) || undefined
    } catch {
      // It takes the right to describe configs, which a submitter of reports need not have.
      return undefined
    }
  }

  async #administer<T>(work: (admin: Admin) => Promise<T>, topics: readonly string[] = []): Promise<T> {
    try {
      return await this.#admin.use(work)
    } catch (error) {
      throw this.#explain(error, await this.#missing(topics, error))
    }
  }

  /** Which of these are not there, if that is what failed: kafkajs tells none, and asks for others' besides. */
  async #missing(topics: readonly string[], error: unknown): Promise<readonly string[]> {
    if (!isUnknownTopic(error)) return []
    const present = await this.topics().catch((): readonly string[] => [])
    return topics.filter((topic) => !present.includes(topic))
  }

  #explain(error: unknown, topics: readonly string[]): Error {
    return explainKafkaError(error, this.#connection, topics)
  }

  async #deleteGroup(group: string): Promise<void> {
    // Best effort: a group without members and commits disappears by itself after a while.
    await this.#administer((admin) => admin.deleteGroups([group])).catch(() => {})
  }
}
