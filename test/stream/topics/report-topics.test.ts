import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import {
  PlatformError,
  platformOf,
  reportTopic,
  reportTopics,
} from '../../../src/stream/topics/report-topics.ts'

const shared = {
  reports: 'reports',
  knownHashes: 'known-hashes',
  hits: 'reports.hits',
  deadLetters: 'reports.dlq',
}
const own = { ...shared, reportsPerPlatform: true }
const platform = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/)

test('a platform’s topic tells the platform, and that reports come by it', () => {
  fc.assert(
    fc.property(platform, (name) => {
      fc.pre(!['hits', 'dlq'].includes(name))
      const topic = reportTopic(own, name)
      expect(platformOf(own, topic)).toBe(name)
      const rule = reportTopics(own)
      expect(typeof rule === 'function' && rule(topic)).toBe(true)
    }),
  )
})

test.each([
  'reports',
  'reports.',
  'reports.dlq',
  'reports.hits',
  'known-hashes',
  'reports.Upper',
  'xreports.a',
  'other.reports.a',
])('reports don’t come by %s', (topic) => {
  expect(platformOf(own, topic)).toBeUndefined()
})

test.each(['dlq', 'hits', 'Upper', ''])('no platform can be named %j', (name) => {
  expect(() => reportTopic(own, name)).toThrow(PlatformError)
})

test('where all reports come by one topic, no topic is a platform’s', () => {
  expect(reportTopic(shared, 'dlq')).toBe('reports')
  expect(platformOf(shared, 'reports.a')).toBeUndefined()
  expect(reportTopics(shared)).toEqual(['reports'])
})

test('in memory, too, a platform that comes later is heard', async () => {
  const log = new MemoryLog()
  const heard = Promise.withResolvers<string>()
  const member = await log.consume({
    group: 'matchers',
    topics: reportTopics(own),
    onAssigned: () => {},
    onBatch: async (batch) => {
      heard.resolve(batch.topic)
      await batch.commit(1, '')
    },
  })
  for (const topic of ['reports.dlq', 'reports.late']) {
    await log.createTopic({ topic, partitions: 1, config: {} })
    await log.produce(topic, [{ key: 'key', value: 'value' }])
  }
  expect(await heard.promise).toBe('reports.late')
  await member.stop()
  expect(await log.committed('matchers', 'reports.dlq')).toEqual([])
})
