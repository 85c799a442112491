// What the gateway is measured beside: kafkajs's own producer, as it is, writing records of the same bytes in sends of as many
// as a request has, acknowledged by all replicas.
import kafkajs from 'kafkajs'
import { canonicalJson } from '../../src/contract/json.ts'
import { compressionType, registerCompressionCodecs } from '../../src/kafka/fetch/compression.ts'
import { Bodies } from './bodies.ts'

const [brokers = '', topic = '', ...numbers] = process.argv.slice(2)
const [reports, seconds, atOnce] = numbers.map(Number)
/** Of an id, as the gateway’s records have. */
const ID_DIGITS = 12
registerCompressionCodecs()
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR })
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
})
await producer.connect()
const values: readonly { readonly reportId: string }[] = JSON.parse(new Bodies(reports).next().toString())
const texts = values.map((report) => canonicalJson({ ...report, platform: 'bench' }))
const keyOf = (n: number): string => String(n).padStart(ID_DIGITS, '0')
let written = 0
const endMs = performance.now() + seconds * 1_000
const send = async (lane: number): Promise<void> => {
  for (let n = 0; performance.now() < endMs; n++) {
    await producer.send({
      topic,
      acks: -1,
      compression: compressionType('zstd'),
      messages: texts.map((value, at) => ({ key: keyOf(at + reports * (lane + atOnce * n)), value })),
    })
    written += texts.length
  }
}
const beganMs = performance.now()
await Promise.all(Array.from({ length: atOnce }, (_, lane) => send(lane)))
const perSecond = written / ((performance.now() - beganMs) / 1_000)
await producer.disconnect()
process.send?.({ perSecond })
process.disconnect()
