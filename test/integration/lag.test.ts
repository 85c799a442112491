import kafkajs from 'kafkajs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { recordsOf, topicLag } from '../../src/stream/topics/group-lag.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(23)

test('the lag is what the broker says: of a backlog, of a partition without an owner, and 0 once all is committed', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const { reports } = settings.topics
  const submit = async (count: number, partition: number): Promise<void> => {
    // A client of its own, which knows all partitions that there are now.
    const producer = new KafkaLog(settings.kafka)
    onTestFinished(() => producer.close())
    for (let n = 0; n < count; n++) {
      const report = pdqReport(randomBalancedHash(random))
      await producer.produceTo(reports, partition, { key: report.reportId, value: JSON.stringify(report) })
    }
  }
  for (const partition of [0, 1, 2]) await submit(10, partition)
  // Without a known hash it matches nothing: all of it waits.
  const matcher = await deployment.startMatcher(undefined, { threads: 2 })
  const told = async (metric: string): Promise<readonly number[]> => {
    const page = await (await fetch(`${matcher.url}/metrics`)).text()
    return [...page.matchAll(new RegExp(`^hashwarden_${metric}{[^}]*} (\\S+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    )
  }
  const sumOf = async (metric: string): Promise<number> =>
    (await told(metric)).reduce((sum, value) => sum + value, 0)
  await eventually(async () => (await told('lag_records')).join() === '10,10,10')
  await eventually(async () => (await told('group_lag_records')).join() === '30')
  await eventually(async () => (await sumOf('group_lag_seconds')) > 0)

  await log.alterTopic({ topic: reports, partitions: 4, config: {} })
  await submit(5, 3)
  await eventually(async () => (await told('group_lag_records')).join() === '35')
  await eventually(async () => (await told('partitions')).join() === '4')

  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await eventually(async () => (await told('lag_records')).every((records) => records === 0))
  await eventually(async () => (await sumOf('lag_seconds')) === 0)
})

test('a report that waits behind an open transaction counts as lag, and no longer once the transaction has ended', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const { log, settings } = deployment
  const { reports } = settings.topics
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await deployment.startMatcher()
  const lag = async (): Promise<number> => recordsOf(await topicLag(log, settings.match.group, reports))
  const message = () => ({ value: JSON.stringify(pdqReport(randomBalancedHash(random))) })
  const producer = new kafkajs.Kafka({
    brokers: [...settings.kafka.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer({ transactionalId: `open-${reports}`, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  const transaction = await producer.transaction()
  await transaction.send({ topic: reports, messages: [message()] })
  await log.produce(reports, [{ key: null, ...message() }])
  // Its own record and the one behind it.
  await eventually(async () => (await lag()) >= 2)
  const [{ end: stable }] = await log.offsets(reports)
  const [{ end: written }] = await log.offsets(reports, 'written')
  expect(written - stable).toBeGreaterThanOrEqual(2)
  await transaction.abort()
  await eventually(async () => (await lag()) === 0)
})
