import { expect, test } from 'vitest'
import { deadLetterKey, makeDeadLetter, type DeadLetter } from '../../../src/contract/dead-letter.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { Consumption, FollowOptions } from '../../../src/log/event-log.ts'
import { AccessRefusedError } from '../../../src/log/log-faults.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { deadLettersAt, pageOfDeadLetters } from '../../../src/stream/topics/dead-letter-pages.ts'
import { listDeadLetters, replayDeadLetters } from '../../../src/stream/topics/dead-letters.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { BendableLog } from '../../log/bendable-log.ts'

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

  expect(await replayDeadLetters({ log, topics: TOPICS }, [real, forged])).toEqual({
    replayed: 1,
    expired: [],
    topicGone: [],
    replaced: [],
    refused: [],
    elsewhere: [forged],
    notReached: [],
    failure: undefined,
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
    expect(await replayDeadLetters({ log, topics: TOPICS }, letters)).toMatchObject({
      replayed: 1,
      expired: [],
      replaced: [letterOf('forged')],
    })
  },
)

const PER_PLATFORM = { ...TOPICS, reportsPerPlatform: true }

/** Counts the records that its followers get, and can stop to give any of one topic. */
class CountingLog extends BendableLog {
  read = 0
  readers = 0
  silent: string | undefined

  override follow(options: FollowOptions): Promise<Consumption> {
    this.readers++
    return super.follow({
      ...options,
      onBatch: async (batch) => {
        if (batch.topic === this.silent) return
        this.read += batch.records.length
        await options.onBatch(batch)
      },
    })
  }
}

/** A letter of the record at each of these offsets of a platform's topic, which has so many records. */
async function lettersOfPlatform(
  log: CountingLog,
  platform: string,
  { records = 1, offsets = [0] }: { readonly records?: number; readonly offsets?: readonly number[] } = {},
): Promise<readonly DeadLetter[]> {
  const topic = `${TOPICS.reports}.${platform}`
  await log.createTopic({ topic, partitions: 1, config: {} })
  await log.produce(
    topic,
    Array.from({ length: records }, () => ({ key, value })),
  )
  return offsets.map((offset) => makeDeadLetter({ topic, partition: 0, offset }, value, REASON))
}

const endOf = async (log: CountingLog, platform: string): Promise<number> =>
  (await log.offsets(`${TOPICS.reports}.${platform}`))[0].end

test('records that can not be read in time are named, those that were read go out once, and all once it can', async () => {
  const log = new CountingLog()
  const [ours] = await lettersOfPlatform(log, 'one')
  const [late] = await lettersOfPlatform(log, 'two')
  log.silent = 'reports.two'
  const reading = new AbortController()
  const first = replayDeadLetters({ log, topics: PER_PLATFORM, reading: reading.signal }, [late, ours])
  await eventually(async () => log.read > 0)
  expect(await endOf(log, 'one')).toBe(1)
  reading.abort()
  expect(await first).toMatchObject({ replayed: 1, notReached: [late], failure: undefined })
  expect([await endOf(log, 'one'), await endOf(log, 'two')]).toEqual([2, 1])
  log.silent = undefined
  expect(await replayDeadLetters({ log, topics: PER_PLATFORM }, [late])).toMatchObject({ replayed: 1 })
})

test('a topic that can not be read leaves the others without a second record', async () => {
  const log = new CountingLog()
  const [ours] = await lettersOfPlatform(log, 'one')
  const [refused] = await lettersOfPlatform(log, 'two')
  const offsets = log.offsets.bind(log)
  log.offsets = async (topic) => {
    if (topic === 'reports.two') throw new AccessRefusedError('No')
    return offsets(topic)
  }
  await expect(replayDeadLetters({ log, topics: PER_PLATFORM }, [ours, refused])).rejects.toThrow('No')
  expect(await endOf(log, 'one')).toBe(1)
})

test('letters whose topic is gone are named, and those of other topics are submitted', async () => {
  const log = new CountingLog()
  const [ours] = await lettersOfPlatform(log, 'one')
  const [gone] = await lettersOfPlatform(log, 'two')
  log.deleteTopic('reports.two')
  expect(await replayDeadLetters({ log, topics: PER_PLATFORM }, [gone, ours])).toMatchObject({
    replayed: 1,
    expired: [],
    topicGone: [gone],
  })
})

test('a topic that does not take its records leaves those of another confirmed', async () => {
  const log = new CountingLog()
  const [ours] = await lettersOfPlatform(log, 'one')
  const [refused] = await lettersOfPlatform(log, 'two')
  const produce = log.produce.bind(log)
  log.produce = async (topic, records, onWritten) => {
    if (topic === 'reports.two') throw new AccessRefusedError('No')
    await produce(topic, records, onWritten)
  }
  expect(await replayDeadLetters({ log, topics: PER_PLATFORM }, [refused, ours])).toMatchObject({
    replayed: 1,
    notReached: [refused],
    failure: expect.any(AccessRefusedError),
  })
})

test('of records that are far apart little more is read than themselves', async () => {
  const log = new CountingLog({ batchOffsets: () => 100 })
  const letters = await lettersOfPlatform(log, 'one', { records: 50_000, offsets: [0, 500, 49_999] })
  expect(await replayDeadLetters({ log, topics: PER_PLATFORM }, letters)).toMatchObject({ replayed: 3 })
  expect(log.readers).toBe(2)
  expect(log.read).toBeLessThan(5_000)
})

test('dead letters at two offsets far apart are found without those between', async () => {
  const log = new CountingLog({ batchOffsets: () => 100 })
  await log.createTopic({ topic: TOPICS.deadLetters, partitions: 1, config: {} })
  const letter = JSON.stringify(letterOf('one'))
  await log.produce(
    TOPICS.deadLetters,
    Array.from({ length: 20_000 }, () => ({ key, value: letter })),
  )
  const places = [0, 19_999, 20_000].map((offset) => ({ partition: 0, offset }))
  const { signal } = new AbortController()
  const { letters, notReached } = await deadLettersAt(log, TOPICS.deadLetters, places, signal)
  expect([...letters.keys()].toSorted()).toEqual(['0-0', '0-19999'])
  expect(notReached).toEqual(new Set())
  expect(log.read).toBeLessThan(5_000)
})

test('pages of many dead letters lose none, and one code is found behind many others', async () => {
  const log = new CountingLog()
  await log.createTopic({ topic: TOPICS.deadLetters, partitions: 1, config: {} })
  const others = Array.from({ length: 700 }, (_, offset) =>
    makeDeadLetter({ ...PLACE, offset }, value, offset === 3 ? new Rejection('oversized') : REASON),
  )
  await log.produce(
    TOPICS.deadLetters,
    others.map((letter) => ({ key, value: JSON.stringify(letter) })),
  )
  const { signal } = new AbortController()
  const asked = { log, topic: TOPICS.deadLetters, limit: 30, signal }
  const found: number[] = []
  let before: ReadonlyMap<number, number> | undefined
  do {
    const page = await pageOfDeadLetters({ ...asked, before })
    found.push(...page.letters.map(({ letter }) => letter.offset))
    before = page.next
  } while (before)
  expect(found).toEqual(others.map(({ offset }) => offset).toReversed())
  const { letters } = await pageOfDeadLetters({ ...asked, code: 'oversized' })
  expect(letters.map(({ letter }) => letter.offset)).toEqual([3])
})
