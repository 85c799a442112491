import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeProgress,
  DONE,
  encodeProgress,
  type RetroProgress,
} from '../../../src/stream/retro/retro-progress.ts'
import { encodePosition } from '../../../src/stream/live/set-position.ts'

/** Kafka takes so much metadata with a commit by default. */
const METADATA_BYTES = 4_096

const topicName = fc.stringMatching(/^[A-Za-z0-9._-]{1,249}$/)
const offset = fc.oneof(fc.maxSafeNat(), fc.constant(DONE))
const marks = fc
  .uniqueArray(fc.tuple(fc.nat(9_999), offset), { maxLength: 100, size: 'max', selector: ([at]) => at })
  .map((entries) => new Map(entries))
const progress = fc.record({
  topicId: fc.uuid(),
  roundEnd: fc.maxSafeNat(),
  next: fc
    .uniqueArray(fc.tuple(topicName, marks), { maxLength: 40, size: 'max', selector: ([topic]) => topic })
    .map((entries) => new Map(entries)),
})

const platforms = (
  count: number,
  partitions: number,
  at: (partition: number) => number,
): RetroProgress['next'] =>
  new Map(
    Array.from({ length: count }, (_, n) => [
      `reports.platform-${n}`,
      new Map([...Array(partitions).keys()].map((partition) => [partition, at(partition)])),
    ]),
  )

const readBack = (next: RetroProgress['next']): RetroProgress['next'] | undefined =>
  decodeProgress(encodeProgress({ topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', roundEnd: 7, next }))?.next

test('progress is read back as it was, but for partitions that found no room: those begin anew', () => {
  fc.assert(
    fc.property(progress, ({ topicId, roundEnd, next }) => {
      const text = encodeProgress({ topicId, roundEnd, next })
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(METADATA_BYTES)
      const read = decodeProgress(text)
      expect(read).toMatchObject({ topicId, roundEnd })
      for (const [topic, partitions] of read?.next ?? [])
        for (const [partition, at] of partitions) expect(at).toBe(next.get(topic)?.get(partition))
    }),
  )
})

test('one topic of two hundred partitions in work finds room, and so do many topics that are done', () => {
  const inWork = platforms(1, 200, (partition) => 10 ** 9 + partition)
  expect(readBack(inWork)).toEqual(inWork)
  const done = platforms(150, 64, () => DONE)
  expect(readBack(done)).toEqual(done)
})

test('of more topics than find room, the first are kept, which were done first', () => {
  const read = [...(readBack(platforms(5_000, 64, () => DONE)) ?? [])]
  expect(read.length).toBeGreaterThan(150)
  expect(read.map(([topic]) => topic)).toEqual(read.map((_, n) => `reports.platform-${n}`))
  expect(read.every(([, partitions]) => partitions.size === 64)).toBe(true)
})

test.each([
  '',
  'something else',
  encodePosition({ topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', offset: 7 }),
])('the metadata %o of another program is none', (metadata) => {
  expect(decodeProgress(metadata)).toBeUndefined()
})
