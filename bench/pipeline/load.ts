// Open-loop traffic from a process of its own: node bench/pipeline/load.ts BROKERS TOPIC. Each message that it gets names
// a rate and a time; report n is due n / rate after the start, and is sent then whether or not earlier ones have been
// acknowledged. So a matcher that stalls makes all reports late that are due meanwhile, and none is left out.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { hideTimeoutWarning } from '../../src/kafka/kafkajs-patches.ts'
import { BenchReports } from './bench-reports.ts'
import { HIT_ONE_IN_LOAD, type LoadAnswer, type LoadAsk } from './load-calls.ts'
import { percentilesOf } from './percentiles.ts'
import { wallMs } from './wall-clock.ts'

/** As producers wait by default since Kafka 4.0, for others to share a request with. */
const LINGER_MS = 5
const SEED = 23
/** Reports of one sending: kafkajs puts all of a partition into one batch, and the broker takes 1 MiB. */
const MOST_AT_ONCE = 2_000
/** From ready to the first report. */
const HEAD_START_MS = 200

const [brokers, topic] = process.argv.slice(2)
hideTimeoutWarning()
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
process.once('disconnect', () => process.exit(0))
await producer.connect()
const made = new BenchReports(SEED)
process.on('message', (ask: LoadAsk) => {
  void send(ask).then((answer) => process.send?.(answer))
})
process.send?.('ready')

async function send({ name, perSecond, seconds }: LoadAsk): Promise<LoadAnswer> {
  const count = Math.round(perSecond * seconds)
  // Made before: to make them takes processor time from the measurement.
  const messages = Array.from({ length: count }, (_, n) => {
    const report = made.make(n % HIT_ONE_IN_LOAD === 0, `${name}-${n}`)
    return { key: report.reportId, value: Buffer.from(JSON.stringify(report)) }
  })
  const startMs = wallMs() + HEAD_START_MS
  const lateMs: number[] = []
  const acknowledged: Promise<unknown>[] = []
  for (let sent = 0; sent < count;) {
    const nowMs = wallMs()
    const dueNow = Math.min(count, Math.floor(((nowMs - startMs) / 1000) * perSecond) + 1)
    for (let due = 0; sent < dueNow; sent = due) {
      due = Math.min(dueNow, sent + MOST_AT_ONCE)
      acknowledged.push(producer.send({ topic, acks: -1, messages: messages.slice(sent, due) }))
      lateMs.push(nowMs - (startMs + (sent / perSecond) * 1000))
    }
    await sleep(LINGER_MS)
  }
  await Promise.all(acknowledged)
  return {
    startMs,
    reports: count,
    hits: Math.ceil(count / HIT_ONE_IN_LOAD),
    sentLateMs: percentilesOf(lateMs),
  }
}
