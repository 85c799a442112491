import { expect, inject, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

test('partitions that are added under traffic are taken up without a restart, and a report in each makes its hit', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 2)
  const { log, settings } = deployment
  const topic = settings.topics.reports
  const known = randomBalancedHash(seededRandom(4))
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.startMatcher(undefined, { threads: 2 })
  const sent: Promise<void>[] = []
  const submit = (): void => void sent.push(deployment.submit(pdqReport(known, `traffic-${sent.length}`)))
  const traffic = setInterval(submit, 100)
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
    })
  } finally {
    clearInterval(traffic)
  }
  await Promise.all(sent)
  await deployment.untilAllMatched()
  const hits = (await deployment.hits()).map(({ report }) => report.reportId)
  expect(new Set(hits).size).toBe(sent.length + 4)
})
