// Listing topics while one of them has no leader.
import { expect, onTestFinished, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { brokerOf, LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC, type Topic } from './metadata-broker.ts'

const logOn = async (topics: readonly Topic[]): Promise<KafkaLog> => {
  const log = new KafkaLog({ clientId: 'test', brokers: [await brokerOf(topics)] })
  onTestFinished(() => log.close())
  return log
}

test('a topic without leaders is listed and hides no other topic', async () => {
  const log = await logOn([
    { name: 'reports.a' },
    { name: 'half', partitionError: LEADER_NOT_AVAILABLE },
    { name: 'new', error: LEADER_NOT_AVAILABLE },
    { name: 'going', error: UNKNOWN_TOPIC },
    { name: 'reports.b' },
  ])
  expect(await log.topics()).toEqual(['reports.a', 'half', 'new', 'reports.b'])
})

test('a topic that is asked for by its name still fails while it has no leader', async () => {
  const log = await logOn([{ name: 'whole' }, { name: 'half', partitionError: LEADER_NOT_AVAILABLE }])
  expect(await log.topics()).toEqual(['whole', 'half'])
  await expect(log.offsets('half')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' })
})
