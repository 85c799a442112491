import { expect, test } from 'vitest'
import { LogUnreachableError } from '../../../src/log/log-faults.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { Publisher } from '../../../src/stream/live/publisher.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { RefusingLog } from '../../log/refusing-log.ts'

const { topics } = loadSettings(undefined, {})
const at = { topic: topics.reports, partition: 0 }

/** A publisher whose dead letters wait for an outage to end. */
async function withOutage() {
  const log = new RefusingLog(topics.deadLetters)
  await log.createTopic({ topic: topics.deadLetters, partitions: 1, config: {} })
  log.error = new LogUnreachableError('Cannot reach Kafka at nowhere. Is it running?')
  log.takes = () => false
  const health = new Health()
  const metrics = createMetrics({ ofProcess: false })
  const logger = createLogger('silent')
  const publisher = new Publisher({ log, topics, metrics, health, logger, clock: Date.now })
  publisher.assign([at])
  const publication = publisher.begin(at, '-@0')
  const sha256 = '0'.repeat(64)
  const letter = {
    schema: 'dead-letter/1',
    ...at,
    offset: 0,
    size: 0,
    sha256,
    reason: { code: 'empty', at: '' },
  } as const
  publisher.publishDeadLetters(publication, [letter])
  await publication.settled()
  return { publisher, publication, health }
}

test('a partition whose records wait holds readiness until the partition goes to another member', async () => {
  const { publisher, publication, health } = await withOutage()
  expect(publisher.end(at, publication, 0)?.error).toBeInstanceOf(LogUnreachableError)
  expect(health.isReady).toBe(false)
  publisher.assign([])
  expect(health.isReady).toBe(true)
})

test('a batch that ends after its partition went to another member holds nothing', async () => {
  const { publisher, publication, health } = await withOutage()
  publisher.assign([])
  expect(publisher.end(at, publication, 0)?.error).toBeInstanceOf(LogUnreachableError)
  expect(health.isReady).toBe(true)
})
