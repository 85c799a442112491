import { expect, inject, test } from 'vitest'
import type { TopicPartition } from '../../src/log/event-log.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { Deployment } from './deployment.ts'

/**
 * A sign of life is due after a third of it: 30 s. A member that joins at once does so in less than one, and on the slowest
 * machine in far less than that.
 */
const SESSION_TIMEOUT_MS = 90_000

test('a member that joins a group does not wait until the others would miss their next sign of life', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  })
  const { settings } = deployment
  const logs = [new KafkaLog(settings.kafka), new KafkaLog(settings.kafka)]
  const join = async (log: KafkaLog): Promise<readonly TopicPartition[]> => {
    const joined = Promise.withResolvers<readonly TopicPartition[]>()
    await log.consume({
      group: settings.match.group,
      topics: [settings.topics.reports],
      maxBytesPerPartition: settings.match.maxBytesPerPartition,
      onAssigned: joined.resolve,
      onBatch: async () => {},
    })
    return joined.promise
  }
  try {
    await join(logs[0])
    const startedMs = performance.now()
    expect(await join(logs[1])).not.toEqual([])
    expect(performance.now() - startedMs).toBeLessThan(SESSION_TIMEOUT_MS / 4)
  } finally {
    await Promise.all(logs.map((log) => log.close()))
  }
})
