import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeProgress, DONE, encodeProgress } from '../../../src/stream/retro/retro-progress.ts'
import { encodePosition } from '../../../src/stream/set-position.ts'

const marks = fc.uniqueArray(fc.tuple(fc.nat(9_999), fc.oneof(fc.maxSafeNat(), fc.constant(DONE))), {
  maxLength: 2_000,
  size: 'max',
  selector: ([partition]) => partition,
})
const progress = fc.record({
  topicId: fc.uuid(),
  to: fc.maxSafeNat(),
  next: marks.map((entries) => new Map(entries)),
})

test('progress is read back as it was, but for partitions that found no room: those begin anew', () => {
  fc.assert(
    fc.property(progress, ({ topicId, to, next }) => {
      const text = encodeProgress({ topicId, to, next })
      // What Kafka takes with a commit by default.
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
      const read = decodeProgress(text)
      expect(read).toMatchObject({ topicId, to })
      for (const [partition, offset] of read?.next ?? []) expect(offset).toBe(next.get(partition))
      if (next.size <= 200) expect(read?.next).toEqual(next)
    }),
  )
})

test.each([
  '',
  'something else',
  encodePosition({ topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', offset: 7 }),
])('the metadata %o of another program is none', (metadata) => {
  expect(decodeProgress(metadata)).toBeUndefined()
})
