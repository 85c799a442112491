// Bare kafkajs that parses and throws away, in a process of its own: node bench/pipeline/pass-through.ts BROKERS TOPIC
// GROUP. It fetches as our matcher does. Ends with its parent.
import kafkajs from 'kafkajs'
import { hideTimeoutWarning } from '../../src/kafka/kafkajs-patches.ts'

const [brokers, topic, groupId] = process.argv.slice(2)
hideTimeoutWarning()
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId, maxBytesPerPartition: 1024 * 1024, maxWaitTimeInMs: 50 })
let parsed = 0
process.once('disconnect', () => process.exit(0))
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  eachBatch: async ({ batch }) => {
    for (const { value } of batch.messages) {
      if (typeof JSON.parse(value?.toString('utf8') ?? 'null') === 'object') parsed++
    }
  },
})
