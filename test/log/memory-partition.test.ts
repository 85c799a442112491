// A partition in memory against the plain list of what was written to it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryPartition, partitionOfKey } from '../../src/log/memory-partition.ts'

const steps = fc.array(
  fc.oneof(
    fc.record({ value: fc.string({ maxLength: 5 }), timestampMs: fc.nat(20) }),
    fc.record({ skipped: fc.nat(5) }),
  ),
  { maxLength: 30 },
)

test('any span of offsets brings the records in it, whatever offsets were skipped, and moves to its end', () => {
  fc.assert(
    fc.property(
      steps,
      fc.nat(60),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(20),
      (all, from, span, sinceMs) => {
        const partition = new MemoryPartition()
        const written: { readonly offset: number; readonly value: string; readonly timestampMs: number }[] =
          []
        let end = 0
        for (const step of all) {
          if ('skipped' in step) {
            partition.skip(step.skipped)
            end += step.skipped
          } else {
            expect(partition.append({ key: null, value: step.value }, step.timestampMs)).toBe(end)
            written.push({ offset: end++, ...step })
          }
        }
        const read = partition.read(from, span)
        expect(read.endOffset).toBe(end)
        expect(read.nextOffset).toBe(Math.max(from, Math.min(end, from + span)))
        expect(read.records.map(({ offset, value }) => [offset, value?.toString()])).toEqual(
          written
            .filter(({ offset }) => offset >= from && offset < from + span)
            .map(({ offset, value }) => [offset, value]),
        )
        const first = written.find(({ timestampMs }) => timestampMs >= sinceMs)
        expect(partition.offsetSince(sinceMs)).toBe(first?.offset ?? end)
        partition.clear()
        expect(partition.read(0, 10)).toEqual({ records: [], nextOffset: 0, endOffset: 0 })
      },
    ),
  )
})

test('a key always takes the same partition, many keys take all of them, and a record without one the first', () => {
  const taken = new Set(Array.from({ length: 200 }, (_, key) => partitionOfKey(`key-${key}`, 8)))
  expect(taken).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
  expect(partitionOfKey('same', 8)).toBe(partitionOfKey(Buffer.from('same'), 8))
  expect(partitionOfKey(null, 8)).toBe(0)
})
