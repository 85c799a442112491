import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { repeated } from '../../src/console/client/repeated.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server that answers when it is let. */
function slowServer() {
  const waiting: (() => void)[] = []
  return {
    asked: () => waiting.length,
    ask: () => new Promise<void>((resolve) => void waiting.push(resolve)),
    answer: () => waiting.at(-1)?.(),
  }
}

test('however often the page is looked at, a slow server is asked once at a time, and once per interval after', async () => {
  const { ask, asked, answer } = slowServer()
  const { turn, stop } = repeated({ ask, everyMs: () => 2_000, isHidden: () => false })
  void turn()
  void turn()
  void turn()
  expect(asked()).toBe(1)
  answer()
  await vi.advanceTimersByTimeAsync(1_999)
  expect(asked()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked()).toBe(2)
  answer()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked()).toBe(3)
  stop()
  answer()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked()).toBe(3)
})

test('a page that can’t be seen asks nothing, and at once when it is seen again', async () => {
  const { ask, asked } = slowServer()
  let isHidden = true
  const { turn, stop } = repeated({ ask, everyMs: () => 2_000, isHidden: () => isHidden })
  void turn()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked()).toBe(0)
  isHidden = false
  void turn()
  expect(asked()).toBe(1)
  stop()
})
