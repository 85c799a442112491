import { expect, inject, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { applyTopics, planTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

test('applied topics need nothing more, and applying again changes nothing', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const wanted = wantedTopics(settings.topics, 3)
  expect((await planTopics(log, wanted)).problems).toEqual([])
  const [before] = await log.offsets(settings.topics.knownHashes)
  expect(before.end).toBe(1)
  await applyTopics(log, wanted, settings.topics, 1)
  expect(await log.offsets(settings.topics.knownHashes)).toEqual([before])
})

test('a topic that would break a guarantee is found, and mended without losing its other settings', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const { reports, hits } = settings.topics
  await log.alterTopic({
    topic: reports,
    partitions: 3,
    config: { 'message.timestamp.type': 'CreateTime', 'segment.bytes': '20000000' },
  })
  await log.alterTopic({ topic: hits, partitions: 3, config: { 'cleanup.policy': 'compact' } })
  const wanted = wantedTopics(settings.topics, 3)
  const { problems } = await planTopics(log, wanted)
  expect(problems.map(({ topic, problem }) => `${topic}: ${problem}`)).toEqual([
    `${reports}: message.timestamp.type is CreateTime and must be LogAppendTime`,
    `${hits}: cleanup.policy is compact and must be delete`,
  ])
  await applyTopics(log, wanted, settings.topics, 1)
  expect((await planTopics(log, wanted)).problems).toEqual([])
  const [mended] = await log.describe([reports])
  expect(mended.config['segment.bytes']).toBe('20000000')
})

test('once a change of a topic has resolved, the broker shows it', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const topic = settings.topics.hits
  // A broker shows most changes at once anyway: the few that it shows later are seen by many tries.
  for (let n = 1; n <= 15; n++) {
    const config = { 'retention.ms': String(100_000 * n) }
    await log.alterTopic({ topic, partitions: 3 + n, config })
    expect(await log.describe([topic])).toMatchObject([{ partitions: 3 + n, config }])
  }
})

test('a known-hash topic of two partitions is refused: nothing can mend its order', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const { knownHashes } = settings.topics
  await log.alterTopic({ topic: knownHashes, partitions: 2, config: {} })
  await expect(applyTopics(log, wantedTopics(settings.topics, 3), settings.topics, 1)).rejects.toThrow(
    `${knownHashes}: has 2 partitions and must have one`,
  )
})

test('the matcher refuses to start on topics that break a guarantee', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  await log.alterTopic({
    topic: settings.topics.hits,
    partitions: 3,
    config: { 'cleanup.policy': 'compact' },
  })
  const matcher = await deployment.startMatcher()
  await expect(matcher.died).resolves.toContain('cleanup.policy is compact and must be delete')
})

test('a topic that is not there is told by its name, and not as a broker that is away', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { kafka, topics } = deployment.settings
  const missing = `${topics.hits}-missing`
  const told: string[] = []
  const log = new KafkaLog({ ...kafka, listener: { onFailure: ({ message }) => told.push(message) } })
  const expected = new RegExp(
    `^Kafka at \\S+ doesn't have the topic ${missing}: create it by .hashwarden topics apply., or name another under topics in the settings\\.$`,
  )
  try {
    const record = { key: 'key', value: 'value' }
    // Side by side on one client, which asks for all of its topics at once.
    const [absent, present] = await Promise.allSettled([
      log.produce(missing, [record]),
      log.produce(topics.reports, [record]),
    ])
    expect(absent).toMatchObject({
      status: 'rejected',
      reason: { code: 'KAFKA_UNKNOWN_TOPIC', message: expect.stringMatching(expected) },
    })
    if (present.status === 'rejected')
      expect(String(present.reason)).not.toContain(`topic ${topics.reports}:`)
    await expect(log.offsets(missing)).rejects.toThrow(expected)
    const reading = await log.consume({
      group: missing,
      topics: [missing],
      onAssigned: () => {},
      onBatch: async () => {},
    })
    await eventually(async () => told.length > 0)
    await reading.stop()
    expect(told[0]).toMatch(expected)
  } finally {
    await log.close()
  }
})
