// The event log on Apache Kafka, by kafkajs.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Admin, Kafka, KafkaConfig, Message as KafkaMessage, Producer, RecordMetadata } from 'kafkajs'
import type {
  CommittedOffset,
  Consumption,
  EventLog,
  FollowOptions,
  GroupOptions,
  OffsetSince,
  OutgoingRecord,
  PartitionOffsets,
  TopicDescription,
} from '../log/event-log.ts'
import type { FencedLog, FencedWriter } from '../log/fenced-writer.ts'
import { LogClosedError } from '../log/log-faults.ts'
import type { LossyLog, LossyWriter } from '../log/lossy-writer.ts'
import { unstamped } from '../log/commit-metadata.ts'
import { alterTopic, createTopic, describeTopics } from './admin.ts'
import { explainKafkaError, isUnknownTopic, UnknownPartitionError } from './errors.ts'
import { KafkaFencedWriter } from './fenced-writer.ts'
import { compressionType, registerCompressionCodecs } from './fetch/compression.ts'
import { logEvents, patchKafkajs, seeUncommitted } from './kafkajs-patches.ts'
import { KafkaLossyWriter } from './lossy-writer.ts'
import { notingPartitioner } from './noting-partitioner.ts'
import { METADATA_MAX_AGE_MS, Readers } from './readers.ts'
import { RecordWriter } from './record-writer.ts'
import { RenewedClient } from './renewed-client.ts'
import type { KafkaConnection } from './security/kafka-connection.ts'
import { checkSecurity, kafkaSecurity } from './security/kafka-security.ts'
import type { IncarnationSource } from './topic-incarnation.ts'

/** Hears of a KafkaLog's connection, for one clear line in the log and for readiness. */
export interface KafkaListener {
  /** The message says why, and what to do. */
  onFailure(error: Error): void
  onRecovery(): void
  /** Records had expired before they were read; reading goes on from the earliest that is left. */
  onOffsetOutOfRange(): void
  /**
   * Partitions in which a reader makes no progress although there is more to read, by name, each with where it stands.
   * Called when they change; empty once all go on.
   */
  onStalled(partitions: ReadonlyMap<string, string>): void
}

export interface KafkaLogOptions extends KafkaConnection {
  readonly listener?: Partial<KafkaListener>
  /** A reader without progress for this long, in milliseconds, has stalled; by default 30 s. */
  readonly stalledAfterMs?: number
}

/** A record that may be lost is given up after this time, in milliseconds. */
const LOSSY_TIMEOUT_MS = 5_000
/** How long a broker that doesn't answer may hold up the end of the clients, in milliseconds. */
const CLOSED_WITHIN_MS = 2_000

/** The event log on Apache Kafka, by kafkajs. */
export class KafkaLog implements EventLog, FencedLog, LossyLog {
  readonly #connection: KafkaConnection
  readonly #listener: Partial<KafkaListener>
  readonly #admin: RenewedClient<Admin>
  /** It sees what stands in open transactions; connected on first use. */
  readonly #uncommittedAdmin: RenewedClient<Admin>
  readonly #producer: RenewedClient<Producer>
  readonly #writer: RecordWriter
  readonly #readers: Readers
  readonly #closing = new AbortController()

  /** Throws at once if a file or an environment variable that the connection needs can't be used. */
  constructor({ listener = {}, stalledAfterMs, ...connection }: KafkaLogOptions) {
    checkSecurity(connection)
    registerCompressionCodecs()
    patchKafkajs()
    this.#listener = listener
    this.#connection = connection
    const kafka = this.#client()
    this.#admin = new RenewedClient(() => kafka.admin())
    const uncommitted = this.#client()
    seeUncommitted(uncommitted)
    this.#uncommittedAdmin = new RenewedClient(() => uncommitted.admin())
    this.#producer = new RenewedClient(() =>
      kafka.producer({
        createPartitioner: notingPartitioner,
        allowAutoTopicCreation: false,
        metadataMaxAge: METADATA_MAX_AGE_MS,
      }),
    )
    this.#writer = new RecordWriter({
      send: (topic, messages) => this.#send(topic, messages),
      maxMessageBytes: (topic) => this.#maxMessageBytes(topic),
    })
    this.#readers = new Readers({
      log: this,
      sessionTimeoutMs: connection.sessionTimeoutMs,
      stalledAfterMs,
      newClient: (onTopicGone) => this.#client(onTopicGone),
      incarnationSource: (group) => this.#incarnationSource(group),
      deleteGroup: (group) => this.#deleteGroup(group),
      onJoined: () => listener.onRecovery?.(),
      onFailure: (error, topics) => listener.onFailure?.(this.#explain(error, topics)),
      onStalled: (partitions) => listener.onStalled?.(partitions),
    })
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** kafkajs's client. */
  #client(onTopicGone = (): void => {}, more: Pick<KafkaConfig, 'requestTimeout'> = {}): Kafka {
    const { clientId, brokers } = this.#connection
    return new kafkajs.Kafka({
      clientId,
      brokers: [...brokers],
      ...kafkaSecurity(this.#connection),
      connectionTimeout: 3_000,
      ...more,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 4 },
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: logEvents({
        onOffsetOutOfRange: () => this.#listener.onOffsetOutOfRange?.(),
        onTopicGone,
      }),
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

  async openFenced(id: string): Promise<FencedWriter> {
    const writer = await KafkaFencedWriter.open({
      kafka: this.#client(),
      id,
      compression: compressionType(this.#connection.compression ?? 'none'),
      explain: (error, topics) => this.#explain(error, topics),
    })
    this.#listener.onRecovery?.()
    return writer
  }

  openLossy(): LossyWriter {
    return new KafkaLossyWriter({
      kafka: this.#client(undefined, { requestTimeout: LOSSY_TIMEOUT_MS }),
      compression: compressionType(this.#connection.compression ?? 'none'),
      explain: (error, topics) => this.#explain(error, topics),
    })
  }

  async consume(options: GroupOptions): Promise<Consumption> {
    return this.#readers.consume(options)
  }

  follow(options: FollowOptions): Promise<Consumption> {
    return this.#readers.follow(options)
  }

  async offsets(topic: string, ends: 'stable' | 'written' = 'stable'): Promise<readonly PartitionOffsets[]> {
    const client = ends === 'stable' ? this.#admin : this.#uncommittedAdmin
    const offsets = await this.#administer((admin) => admin.fetchTopicOffsets(topic), [topic], client)
    return offsets
      .map(({ partition, low, high }) => ({ partition, earliest: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition)
  }

  async offsetsSince(topic: string, timestampMs: number): Promise<readonly OffsetSince[]> {
    const offsets = await this.#administer(
      (admin) => admin.fetchTopicOffsetsByTimestamp(topic, Math.floor(timestampMs)),
      [topic],
    )
    return offsets.map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
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
        // -1: none yet. -2: kafkajs's own, after an offset was out of range; it means the beginning.
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
    this.#closing.abort(new LogClosedError())
    await this.#readers.stop()
    const clients = [this.#producer, this.#admin, this.#uncommittedAdmin]
    const closed = Promise.all(clients.map((client) => client.close()))
    await Promise.race([closed, sleep(CLOSED_WITHIN_MS, undefined, { ref: false })])
  }

  #incarnationSource(group: string): IncarnationSource {
    return {
      committed: async ({ topic, partition }) =>
        (await this.#committed(group, topic)).find((commit) => commit.partition === partition)?.metadata,
      firstSince: async ({ topic, partition }, sinceMs) =>
        (await this.offsetsSince(topic, sinceMs)).find((at) => at.partition === partition)?.offset ?? 0,
      clock: () => performance.now(),
    }
  }

  async #send(topic: string, messages: KafkaMessage[]): Promise<readonly RecordMetadata[]> {
    const compression = compressionType(this.#connection.compression ?? 'none')
    try {
      return await this.#producer.use(async (producer) => {
        const answers = await producer.send({ topic, acks: -1, compression, messages })
        // kafkajs sends nothing, and says nothing, if its metadata is older than the partition.
        if (answers.length === 0) throw new UnknownPartitionError(topic)
        return answers
      })
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

  async #administer<T>(
    work: (admin: Admin) => Promise<T>,
    topics: readonly string[] = [],
    client = this.#admin,
  ): Promise<T> {
    try {
      return await client.use(work)
    } catch (error) {
      throw this.#explain(error, await this.#missing(topics, error))
    }
  }

  /** Which of these topics don't exist, if an unknown topic was the failure: kafkajs names none, and asks for others' besides. */
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
