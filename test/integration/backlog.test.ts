import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { pileUp } from '../../bench/pipeline/pile-up.ts'
import { memoryOfCatchingUp } from './backlog.ts'
import { knownHash } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(12)

test('a matcher that is far behind takes no more memory than one that is a little behind', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await pileUp(deployment.settings, 100_000)
  const little = await memoryOfCatchingUp(deployment, 65_536)
  // Read at once they would take 400 MiB more. (Two million of them: bench/pipeline/backlog.ts.)
  await pileUp(deployment.settings, 500_000)
  const far = await memoryOfCatchingUp(deployment, 65_536)
  expect(far - little).toBeLessThan(200)
})

test('a partition with a trickle waits for no more than two batches of one with a flood', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), { compression: 'none' }, 2)
  const { log, settings } = deployment
  const { topics, match } = settings
  // One key: one partition. A sending is a batch, which is more than is asked for.
  const sending = Array.from({ length: 500 }, () => ({ key: 'flood', value: randomBalancedHash(random) }))
  for (let n = 0; n < 60; n++) await log.produce(topics.reports, sending)
  const [first] = await log.offsets(topics.reports)
  const flood = first.end === 0 ? 1 : 0
  let worked = 0
  let largest = 0
  /** What of the flood had been worked on when a drop was acknowledged, by its offset. */
  const fell = new Map<number, number>()
  const waits: number[] = []
  const consumption = await log.consume({
    group: match.group,
    topics: [topics.reports],
    maxBytesPerPartition: 16_384,
    onAssigned: () => {},
    onBatch: async (batch) => {
      const { partition, records } = batch
      if (partition === flood) {
        largest = Math.max(largest, records.length)
        worked += records.length
        fell.set(await log.produceTo(topics.reports, 1 - flood, { key: null, value: 'a drop' }), worked)
      } else {
        for (const { offset } of records) waits.push(worked - (fell.get(offset) ?? worked))
      }
      await batch.commit(records[records.length - 1].offset + 1, '')
    },
  })
  await deployment.untilAllMatched()
  await consumption.stop()
  expect(Math.max(...waits)).toBeLessThanOrEqual(2 * largest)
  // There was a flood, and drops fell all the while.
  expect(waits.length).toBeGreaterThan(20)
})
