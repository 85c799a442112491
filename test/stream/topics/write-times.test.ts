import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WriteTimes } from '../../../src/stream/topics/write-times.ts'

test('a record was written between the looks before and after which it was there', () => {
  const times = new WriteTimes()
  for (const [atMs, end] of [
    [1_000, 10],
    [2_000, 10],
    [3_000, 20],
    [4_000, 20],
  ])
    times.add(atMs, end)
  // Before the first look, nobody knows when.
  expect(times.timeOf(9)).toBeUndefined()
  expect([10, 15, 19].map((offset) => times.timeOf(offset))).toEqual([2_000, 2_500, 2_900])
  // What comes next is younger than the last look.
  expect(times.timeOf(20)).toBe(4_000)
})

test('earlier times are put before, and what is older than a commit is dropped', () => {
  const times = new WriteTimes()
  times.add(10_000, 100)
  times.addBefore(8_000, 100)
  times.addBefore(6_000, 40)
  times.addBefore(4_000, 0)
  expect([0, 40, 70].map((offset) => times.timeOf(offset))).toEqual([4_000, 6_000, 7_000])
  times.forgetBefore(50)
  expect([39, 40].map((offset) => times.timeOf(offset))).toEqual([undefined, 6_000])
})

test('a topic that was recreated begins anew', () => {
  const times = new WriteTimes()
  times.add(1_000, 100)
  times.add(2_000, 3)
  expect([2, 3].map((offset) => times.timeOf(offset))).toEqual([undefined, 2_000])
})

test('the time of a record is never further off than the looks around it, and over many looks a small part of its age', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gapMs: fc.integer({ min: 1, max: 9_000 }), records: fc.nat(5) }), {
        minLength: 1,
        maxLength: 300,
      }),
      (looks) => {
        const times = new WriteTimes()
        const written: number[] = []
        let nowMs = 0
        times.add(nowMs, 0)
        for (const { gapMs, records } of looks) {
          for (let n = 1; n <= records; n++) written.push(nowMs + (gapMs * n) / (records + 1))
          nowMs += gapMs
          times.add(nowMs, written.length)
        }
        for (const [offset, writtenMs] of written.entries()) {
          const age = nowMs - writtenMs
          const told = times.timeOf(offset) ?? NaN
          // Without thinning, 9 s is the longest interval; with it, intervals grow with the age.
          expect(Math.abs(told - writtenMs)).toBeLessThanOrEqual(9_000 + age / 2)
        }
      },
    ),
  )
})
