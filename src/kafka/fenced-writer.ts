// A writer that Kafka fences by its transactional id (KIP-98).
import type { Kafka, Producer, Transaction } from 'kafkajs'
import type { OutgoingRecord } from '../log/event-log.ts'
import { FencedError, type FencedWriter, type TopicRecords } from '../log/fenced-writer.ts'
import { notingPartitioner, partitionOf } from './noting-partitioner.ts'
import { splitSends } from './split-sends.ts'

/** Of a call, uncompressed. Several make one transaction, so small ones cost little, and fit into any topic's batches. */
const CALL_BYTES = 64 * 1024
/** Kafka undoes a transaction that has not ended by then, in milliseconds. */
const TRANSACTION_TIMEOUT_MS = 30_000
/** Another writer has this transactional id. kafkajs does not know the last one's name. */
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING', 'PRODUCER_FENCED'])
const PRODUCER_FENCED = 90

export interface KafkaFencedWriterOptions {
  readonly kafka: Kafka
  readonly id: string
  readonly compression: number
  /** Turns kafkajs's errors into ours. */
  readonly explain: (error: unknown, topics: readonly string[]) => Error
}

export class KafkaFencedWriter implements FencedWriter {
  readonly #options: KafkaFencedWriterOptions
  readonly #producer: Producer

  private constructor(options: KafkaFencedWriterOptions) {
    this.#options = options
    this.#producer = options.kafka.producer({
      transactionalId: options.id,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner: notingPartitioner,
      allowAutoTopicCreation: false,
    })
  }

  static async open(options: KafkaFencedWriterOptions): Promise<KafkaFencedWriter> {
    const writer = new KafkaFencedWriter(options)
    try {
      await writer.#producer.connect()
      // kafkajs takes over the id with its first transaction; an empty one sends nothing else.
      const transaction = await writer.#producer.transaction()
      await transaction.abort()
      return writer
    } catch (error) {
      await writer.close()
      throw writer.#explain(error, [])
    }
  }

  async write(writes: readonly TopicRecords[]): Promise<void> {
    try {
      const transaction = await this.#producer.transaction()
      try {
        for (const { topic, records } of writes) await this.#send(transaction, topic, records)
      } catch (error) {
        // Best effort: else the next writer of the id undoes it, or Kafka after a time.
        await transaction.abort().catch(() => {})
        throw error
      }
      await transaction.commit()
    } catch (error) {
      throw this.#explain(
        error,
        writes.map(({ topic }) => topic),
      )
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect().catch(() => {})
  }

  async #send(transaction: Transaction, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const { compression } = this.#options
    for (const messages of splitSends(records, CALL_BYTES)) {
      const answers = await transaction.send({ topic, acks: -1, compression, messages })
      const codes = new Map(answers.map(({ partition, errorCode }) => [partition, errorCode]))
      // kafkajs may resolve though it has not sent all: see RecordWriter.
      for (const message of messages)
        if (codes.get(partitionOf(message) ?? -1) !== 0)
          throw new Error(
            `Kafka has not acknowledged all records for topic ${topic}: they are written again.`,
          )
    }
  }

  #explain(error: unknown, topics: readonly string[]): Error {
    return isFenced(error) ? new FencedError() : this.#options.explain(error, topics)
  }
}

function isFenced(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string' && FENCED.has(at.type)) return true
    if ('code' in at && at.code === PRODUCER_FENCED) return true
  }
  return false
}
