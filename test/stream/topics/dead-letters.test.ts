import { expect, test } from 'vitest'
import { deadLetterKey, makeDeadLetter, type DeadLetter } from '../../../src/contract/dead-letter.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { listDeadLetters, replayDeadLetters } from '../../../src/stream/topics/dead-letters.ts'

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

const REASON = new Rejection('not-json')
const PLACE = { topic: TOPICS.reports, partition: 0, offset: 0 }
const letterOf = (payload: string): DeadLetter => makeDeadLetter(PLACE, Buffer.from(payload), REASON)

/** A log whose dead letters are these, in this order, under these keys. */
async function logOf(letters: readonly (readonly [key: string, letter: DeadLetter])[]): Promise<MemoryLog> {
  const log = new MemoryLog()
  for (const name of [TOPICS.reports, TOPICS.deadLetters])
    await log.createTopic({ topic: name, partitions: 1, config: {} })
  for (const [name, letter] of letters)
    await log.produce(TOPICS.deadLetters, [{ key: name, value: JSON.stringify(letter) }])
  return log
}

test('a dead letter under the key of another hides neither it nor a later one', async () => {
  const real = letterOf('real')
  const forged = { ...letterOf('forged'), offset: 7 }
  const log = await logOf([
    [deadLetterKey(real), forged],
    [deadLetterKey(real), real],
  ])
  const listed = await listDeadLetters(log, TOPICS.deadLetters)
  expect(listed.map(({ letter }) => letter)).toEqual([forged, real])
})

test('a dead letter is listed once, however often its record was read', async () => {
  const letter = letterOf('twice')
  const log = await logOf([
    [deadLetterKey(letter), letter],
    [deadLetterKey(letter), letter],
  ])
  expect(await listDeadLetters(log, TOPICS.deadLetters)).toMatchObject([{ letter }])
})

test.each([
  ['before', ['forged', 'real']],
  ['after', ['real', 'forged']],
])(
  'a record is submitted again if one dead letter is of it, whatever stands %s that one',
  async (_, order) => {
    const log = await logOf(order.map((payload) => ['any', letterOf(payload)]))
    await log.produce(TOPICS.reports, [{ key, value: 'real' }])
    const letters = (await listDeadLetters(log, TOPICS.deadLetters)).map(({ letter }) => letter)
    expect(await replayDeadLetters(log, TOPICS, letters)).toMatchObject({
      replayed: 1,
      expired: [],
      replaced: [letterOf('forged')],
    })
  },
)
