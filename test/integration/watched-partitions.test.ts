// Partitions that are added under traffic, and markers without records: both must be committed by themselves.
import { Kafka, logLevel } from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(29)

test('without canaries a partition that ends in markers of transactions is committed to its end', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const { settings } = deployment
  const { topics } = settings
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await deployment.startMatcher()
  const kafka = new Kafka({ brokers: [...settings.kafka.brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    transactionalId: topics.reports,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  for (const isAborted of [false, true]) {
    const transaction = await producer.transaction()
    const report = pdqReport(randomBalancedHash(random))
    await transaction.send({ topic: topics.reports, messages: [{ value: JSON.stringify(report) }] })
    await (isAborted ? transaction.abort() : transaction.commit())
  }
  await producer.disconnect()
  await deployment.untilAllMatched()
  // Two records and two markers.
  expect(await deployment.committedRecords()).toBe(4)
})
