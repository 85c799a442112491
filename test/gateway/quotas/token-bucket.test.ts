// What a bucket lets pass.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from '../../../src/gateway/quotas/token-bucket.ts'

test('a bucket is full at first, empty after its burst, and fills at its rate', () => {
  const bucket = new TokenBucket({ reportsPerSecond: 10, burst: 100 }, 0)
  expect(bucket.secondsUntil(100, 0)).toBe(0)
  bucket.take(100)
  expect(bucket.secondsUntil(1, 0)).toBeCloseTo(0.1)
  expect(bucket.secondsUntil(50, 0)).toBeCloseTo(5)
  expect(bucket.secondsUntil(50, 5_000)).toBe(0)
  expect(bucket.secondsUntil(100, 60_000)).toBe(0)
  expect(bucket.isFull(60_000)).toBe(true)
})

test('a batch that is larger than the burst passes when the bucket is full, and the next one waits until its debt is paid', () => {
  const bucket = new TokenBucket({ reportsPerSecond: 10, burst: 100 }, 0)
  bucket.take(1)
  expect(bucket.secondsUntil(1_000, 0)).toBeCloseTo(0.1)
  expect(bucket.secondsUntil(1_000, 100)).toBe(0)
  bucket.take(1_000)
  expect(bucket.secondsUntil(1, 100)).toBeCloseTo(90.1)
})

test('a change of the terms gives nothing away: what is in the bucket stays, as far as the new burst goes', () => {
  const bucket = new TokenBucket({ reportsPerSecond: 10, burst: 100 }, 0)
  bucket.change({ reportsPerSecond: 5, burst: 50 }, 0)
  expect(bucket.secondsUntil(50, 0)).toBe(0)
  bucket.take(50)
  bucket.change({ reportsPerSecond: 10, burst: 100 }, 0)
  expect(bucket.secondsUntil(10, 0)).toBeCloseTo(1)
})

test('a clock that goes back gives nothing away', () => {
  const bucket = new TokenBucket({ reportsPerSecond: 10, burst: 10 }, 1_000)
  bucket.take(10)
  expect(bucket.secondsUntil(1, 0)).toBeCloseTo(0.1)
  expect(bucket.secondsUntil(1, 1_000)).toBeCloseTo(0.1)
})

const terms = fc.record({
  reportsPerSecond: fc.double({ min: 0.1, max: 1_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 1_000 }),
})
const batches = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 5_000 }), reports: fc.integer({ min: 1, max: 2_000 }) }),
  { minLength: 1, maxLength: 60 },
)

test('in no stretch of time more reports pass than rate × time + burst, or one batch in place of the burst', () => {
  fc.assert(
    fc.property(terms, batches, (its, sent) => {
      const bucket = new TokenBucket(its, 0)
      const passed: { atMs: number; reports: number }[] = []
      let nowMs = 0
      for (const { afterMs, reports } of sent) {
        nowMs += afterMs
        if (bucket.secondsUntil(reports, nowMs) > 0) continue
        bucket.take(reports)
        passed.push({ atMs: nowMs, reports })
      }
      for (const [from, first] of passed.entries()) {
        let sum = 0
        let largest = its.burst
        for (const { atMs, reports } of passed.slice(from)) {
          sum += reports
          largest = Math.max(largest, reports)
          const allowed = ((atMs - first.atMs) / 1_000) * its.reportsPerSecond + largest
          expect(sum).toBeLessThanOrEqual(allowed + 1e-3)
        }
      }
    }),
  )
})

test('a batch that waits as long as it was asked to passes', () => {
  fc.assert(
    fc.property(terms, batches, (its, sent) => {
      const bucket = new TokenBucket(its, 0)
      let nowMs = 0
      for (const { reports } of sent) {
        nowMs += Math.ceil(bucket.secondsUntil(reports, nowMs)) * 1_000
        expect(bucket.secondsUntil(reports, nowMs)).toBe(0)
        bucket.take(reports)
      }
    }),
  )
})
