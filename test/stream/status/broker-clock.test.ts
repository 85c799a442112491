import { expect, test } from 'vitest'
import { BrokerClock } from '../../../src/stream/status/broker-clock.ts'

test('the brokers’ time is that of the record that came soonest, and goes on', () => {
  let monotonicMs = 1_000
  const clock = new BrokerClock(
    () => monotonicMs,
    () => 77,
  )
  expect(clock.now()).toBe(77)
  clock.heard(500_000)
  monotonicMs += 2_000
  expect(clock.now()).toBe(502_000)
  // This one was on its way for 1.5 s.
  clock.heard(500_500)
  expect(clock.now()).toBe(502_000)
  clock.heard(502_030)
  expect(clock.now()).toBe(502_030)
})
