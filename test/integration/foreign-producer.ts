// Producers that are not hashwarden's own: idempotent and transactional ones, as platforms have them.
import kafkajs, { type Producer, type ProducerConfig } from 'kafkajs'
import type { Deployment } from './deployment.ts'

/** A producer that is not hashwarden's own, and what it is used for. */
export async function withProducer(
  { settings }: Pick<Deployment, 'settings'>,
  config: ProducerConfig,
  use: (producer: Producer) => Promise<void>,
): Promise<void> {
  const { logLevel, Partitioners } = kafkajs
  const producer = new kafkajs.Kafka({
    brokers: settings.kafka.brokers,
    logLevel: logLevel.NOTHING,
  }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    ...config,
  })
  await producer.connect()
  try {
    await use(producer)
  } finally {
    await producer.disconnect()
  }
}
