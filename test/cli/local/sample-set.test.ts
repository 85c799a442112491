import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DemoPicture } from '../../../src/cli/local/pictures.ts'
import { SampleSet, type SampleSetOptions } from '../../../src/cli/local/sample-set.ts'
import { decodeEntry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'dlq' }

const md5 = (digit: string): HashValue => {
  const value = parseHashValue('md5', `${digit.repeat(30)}0a`)
  if (value === undefined) throw new TypeError('not a digit')
  return value
}

const PICTURES: readonly DemoPicture[] = [
  { name: 'one', known: true, hashes: [{ type: 'md5', value: md5('1') }] },
  { name: 'two', known: false, hashes: [{ type: 'md5', value: md5('2') }] },
]

/** A deployment's log and the options of a demonstration on it. */
async function demonstration(madeUp = 3_000): Promise<SampleSetOptions> {
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(TOPICS, 1), TOPICS, 1)
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-sample-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return {
    log,
    topic: TOPICS.knownHashes,
    pictures: PICTURES,
    madeUp,
    noteFile: join(folder, 'note', 'sample'),
  }
}

const NEVER = new AbortController().signal

/** Number of records that the topic ever got, and of different entries among them. */
async function held(log: EventLog): Promise<{ records: number; entries: number; strangers: number }> {
  const keys = new Set<string>()
  let records = 0
  let strangers = 0
  await readToEnd(log, TOPICS.knownHashes, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (change instanceof Rejection) return
    records++
    keys.add(change.key)
    if (change.identity.value === md5('2')) strangers++
  })
  return { records, entries: keys.size, strangers }
}

test('a small part is published first, the rest after it, each entry once, and no hash of an unknown picture', async () => {
  const options = await demonstration()
  const set = new SampleSet(options)
  expect(await set.publishFirst()).toBe('2001 added, 0 changed, 0 unchanged')
  expect(set.isComplete).toBe(false)
  await set.publishRest(NEVER)
  expect(set.isComplete).toBe(true)
  expect(await held(options.log)).toEqual({ records: 3_001, entries: 3_001, strangers: 0 })
})

test('a start after a complete one publishes nothing', async () => {
  const options = await demonstration()
  const first = new SampleSet(options)
  await first.publishFirst()
  await first.publishRest(NEVER)
  await first.leaveNote()
  const second = new SampleSet(options)
  expect(await second.publishFirst()).toBe('whole, as the last start left it')
  expect(second.isComplete).toBe(true)
  expect(await held(options.log)).toMatchObject({ records: 3_001 })
})

test('what a stop cut short, the next start finishes', async () => {
  const options = await demonstration(30_000)
  const first = new SampleSet(options)
  await first.publishFirst()
  const stopped = new AbortController()
  const publishing = first.publishRest(stopped.signal)
  stopped.abort()
  await publishing
  await first.leaveNote()
  expect(first.isComplete).toBe(false)
  expect((await held(options.log)).records).toBeLessThan(30_001)
  const second = new SampleSet(options)
  expect(await second.publishFirst()).toBe('begun, as the last start left it')
  await second.publishRest(NEVER)
  expect(await held(options.log)).toEqual({ records: 30_001, entries: 30_001, strangers: 0 })
})

test('a start that finds the topic changed, or none of its notes, compares', async () => {
  const options = await demonstration()
  const first = new SampleSet(options)
  await first.publishFirst()
  await first.leaveNote()
  await options.log.produce(options.topic, [{ key: `md5:${md5('1')}:sample:picture-0`, value: null }])
  expect(await new SampleSet(options).publishFirst()).toBe('1 added, 0 changed, 2000 unchanged')
  const noteFile = `${options.noteFile}-of-another`
  expect(await new SampleSet({ ...options, noteFile }).publishFirst()).toBe(
    '0 added, 0 changed, 2001 unchanged',
  )
})

test('another choice of pictures is another sample', async () => {
  const options = await demonstration()
  const first = new SampleSet(options)
  await first.publishFirst()
  await first.publishRest(NEVER)
  await first.leaveNote()
  const pictures = PICTURES.map((picture) => ({ ...picture, known: !picture.known }))
  expect(await new SampleSet({ ...options, pictures }).publishFirst()).toBe(
    '1 added, 0 changed, 2000 unchanged',
  )
})

test('a start that must compare, and is stopped before it has, leaves nothing to be published twice', async () => {
  const options = await demonstration(30_000)
  const first = new SampleSet(options)
  await first.publishFirst()
  await first.publishRest(NEVER)
  const second = new SampleSet(options)
  expect(await second.publishFirst()).toBe('0 added, 0 changed, 2001 unchanged')
  await second.publishRest(AbortSignal.abort())
  await second.leaveNote()
  const third = new SampleSet({ ...options, madeUp: 31_000 })
  expect(await third.publishFirst()).toBe('begun, as the last start left it')
  await third.publishRest(NEVER)
  expect(await held(options.log)).toEqual({ records: 31_001, entries: 31_001, strangers: 0 })
})
