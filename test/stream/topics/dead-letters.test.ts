import { expect, test } from 'vitest'
import { makeDeadLetter } from '../../../src/contract/dead-letter.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { replayDeadLetters } from '../../../src/stream/topics/dead-letters.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const key = Buffer.from('key')
const value = Buffer.from('no report')

test('a replay appends records of report topics alone: a forged dead letter brings nothing else back', async () => {
  const log = new MemoryLog()
  for (const name of [TOPICS.reports, TOPICS.knownHashes])
    await log.createTopic({ topic: name, partitions: 1, config: {} })
  await log.produce(TOPICS.reports, [{ key, value }])
  await log.produce(TOPICS.knownHashes, [{ key, value: null }])
  const reason = new Rejection('not-json', '')
  const real = makeDeadLetter({ topic: TOPICS.reports, partition: 0, offset: 0 }, value, reason)
  const forged = makeDeadLetter({ topic: TOPICS.knownHashes, partition: 0, offset: 0 }, null, reason)

  expect(await replayDeadLetters(log, TOPICS, [real, forged])).toEqual({
    replayed: 1,
    expired: [],
    replaced: [],
    refused: [],
    elsewhere: [forged],
  })
  const ends = async (topic: string): Promise<number[]> => (await log.offsets(topic)).map(({ end }) => end)
  expect(await ends(TOPICS.reports)).toEqual([2])
  expect(await ends(TOPICS.knownHashes)).toEqual([1])
})
