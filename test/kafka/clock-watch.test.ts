import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchClock } from '../../src/kafka/clock-watch.ts'

const START_MS = Date.UTC(2026, 0, 2)
let setBack: number[] = []
let unwatch: () => void

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS })
  setBack = []
  unwatch = watchClock((byMs) => setBack.push(Math.round(byMs)))
})
afterEach(() => {
  unwatch()
  vi.useRealTimers()
})

const move = (byMs: number): void => {
  vi.setSystemTime(Date.now() + byMs)
  vi.advanceTimersByTime(1_000)
}

test('a clock that is set back is noticed within a second, once, with the time by which', () => {
  vi.advanceTimersByTime(60_000)
  move(-3_600_000)
  expect(setBack).toEqual([3_600_000])
  vi.advanceTimersByTime(60_000)
  expect(setBack).toEqual([3_600_000])
  move(-2_000)
  expect(setBack).toEqual([3_600_000, 2_000])
})

test('a clock that goes forward, or back by what time synchronisation corrects, is no reason to start again', () => {
  move(3_600_000)
  move(-900)
  move(-1_000)
  vi.advanceTimersByTime(60_000)
  expect(setBack).toEqual([])
})

test('a watch that has ended calls no more', () => {
  unwatch()
  move(-3_600_000)
  expect(setBack).toEqual([])
})
