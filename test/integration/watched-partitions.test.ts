// Partitions that are added under traffic, and markers without records: both must be committed by themselves.
import { Kafka, logLevel } from 'kafkajs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(29)

test('partitions that are added under traffic are all watched by canaries, and matched, without a restart', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 2)
  const { log, settings } = deployment
  const { topics } = settings
  const known = knownHash('pdq', randomBalancedHash(random))
  await publishCanaries(log, topics.knownHashes)
  await deployment.addKnown(known)
  const matcher = await deployment.startMatcher(undefined, { canarySeconds: 1, threads: 2 })
  const ready = async (): Promise<boolean> => (await fetch(`${matcher.url}/readyz`)).ok
  await eventually(ready)
  const flow = new AbortController()
  const keepSubmitting = async (): Promise<void> => {
    for (let n = 0; !flow.signal.aborted; n++)
      await deployment.submit(pdqReport(randomBalancedHash(random), `flow-${n}`))
  }
  const traffic = keepSubmitting()
  onTestFinished(() => flow.abort())
  await log.alterTopic({ topic: topics.reports, partitions: 6, config: {} })
  await log.produceTo(topics.reports, 5, { key: null, value: JSON.stringify(pdqReport(known.value, 'new')) })
  const watched = async (): Promise<number> => {
    const metrics = await (await fetch(`${matcher.url}/metrics`)).text()
    return [...metrics.matchAll(/^hashwarden_canary_age_seconds{[^}]*} (\S+)/gm)].filter(
      ([, age]) => Number(age) < 5,
    ).length
  }
  await eventually(async () => (await watched()) === 6)
  await eventually(async () => (await deployment.reportIdsWithHit()).has('new'))
  await eventually(ready)
  flow.abort()
  await traffic
})

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
