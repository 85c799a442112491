import { expect, inject, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

/** What a report in a new partition may take, in milliseconds, to its hit. */
const WITHIN_MS = 15_000

test('partitions that are added under traffic are taken up within seconds, and a report in each makes its hit', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 2)
  const { log, settings } = deployment
  const topic = settings.topics.reports
  const known = randomBalancedHash(seededRandom(4))
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.startMatcher(undefined, { threads: 2 })
  let sent = 0
  const traffic = setInterval(() => void deployment.submit(pdqReport(known, `traffic-${sent++}`)), 100)
  try {
    await eventually(async () => (await deployment.reportIdsWithHit()).has('traffic-0'))
    await log.alterTopic({ topic, partitions: 6, config: {} })
    // A client that has not seen the topic before knows all of its partitions.
    const platform = new KafkaLog(settings.kafka)
    const ids = [2, 3, 4, 5].map((partition) => ({ partition, id: `new-${partition}` }))
    for (const { partition, id } of ids)
      await platform.produceTo(topic, partition, { key: id, value: JSON.stringify(pdqReport(known, id)) })
    await platform.close()
    await eventually(async () => {
      const found = await deployment.reportIdsWithHit()
      return ids.every(({ id }) => found.has(id))
    }, WITHIN_MS)
  } finally {
    clearInterval(traffic)
  }
  await deployment.untilAllMatched()
  const hits = (await deployment.hits()).map(({ report }) => report.reportId)
  expect(new Set(hits).size).toBe(sent + 4)
})
