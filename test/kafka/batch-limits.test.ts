import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BatchLimits } from '../../src/kafka/batch-limits.ts'

/** Kafka's default of message.max.bytes. */
const DEFAULT_BYTES = 1_048_588
const MINUTE_MS = 60_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Limits of topics whose settings may change, and the topics that were asked for. */
function limitsOf(settings: Map<string, number>) {
  const asked: string[] = []
  const limits = new BatchLimits(async (topic) => {
    asked.push(topic)
    return settings.get(topic)
  })
  return { limits, asked }
}

test('a topic is asked for its limit once in five minutes, also by callers at the same time', async () => {
  const settings = new Map([['hits', 2_000]])
  const { limits, asked } = limitsOf(settings)
  expect(await Promise.all([limits.of('hits'), limits.of('hits')])).toEqual([2_000, 2_000])
  settings.set('hits', 500)
  vi.advanceTimersByTime(5 * MINUTE_MS - 1)
  expect(await limits.of('hits')).toBe(2_000)
  vi.advanceTimersByTime(1)
  expect(await limits.of('hits')).toBe(500)
  expect(asked).toEqual(['hits', 'hits'])
})

test('a topic that has refused a batch is asked again at once, and no other topic is', async () => {
  const settings = new Map([
    ['hits', 2_000],
    ['dlq', 3_000],
  ])
  const { limits, asked } = limitsOf(settings)
  expect([await limits.of('hits'), await limits.of('dlq')]).toEqual([2_000, 3_000])
  settings.set('hits', 500)
  limits.forget('hits')
  expect([await limits.of('hits'), await limits.of('dlq')]).toEqual([500, 3_000])
  expect(asked).toEqual(['hits', 'dlq', 'hits'])
})

test('a topic that can’t be described is taken to have Kafka’s default', async () => {
  const { limits } = limitsOf(new Map())
  expect(await limits.of('hits')).toBe(DEFAULT_BYTES)
})
