// A writer that tries once and waits for one broker alone.
import type { Kafka, Producer } from 'kafkajs'
import type { OutgoingRecord } from '../log/event-log.ts'
import type { LossyWriter } from '../log/lossy-writer.ts'
import { RenewedClient } from './renewed-client.ts'

export interface KafkaLossyWriterOptions {
  readonly kafka: Kafka
  readonly compression: number
  /** Turns kafkajs's errors into ours. */
  readonly explain: (error: unknown, topics: readonly string[]) => Error
}

export class KafkaLossyWriter implements LossyWriter {
  readonly #options: KafkaLossyWriterOptions
  readonly #producer: RenewedClient<Producer>

  constructor(options: KafkaLossyWriterOptions) {
    this.#options = options
    this.#producer = new RenewedClient(() =>
      options.kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } }),
    )
  }

  async write(topic: string, { key, value, headers = {} }: OutgoingRecord): Promise<void> {
    const { compression, explain } = this.#options
    const messages = [{ key, value, headers: { ...headers } }]
    try {
      await this.#producer.use((producer) => producer.send({ topic, acks: 1, compression, messages }))
    } catch (error) {
      throw explain(error, [topic])
    }
  }

  close(): Promise<void> {
    return this.#producer.close()
  }
}
