import { expect, test } from 'vitest'
import { RecoveryWatch } from './recovery-watch.ts'

/** What a watch says after these looks, from second to second after the event. */
function watched(...ages: readonly number[]): RecoveryWatch {
  const watch = new RecoveryWatch(5_000, 1)
  for (const [second, age] of ages.entries()) watch.look(5_000 + second * 1000, age)
  return watch
}

test('an age that never went over the bound since the event has taken no time', () => {
  const watch = watched(0.2, 0.7, 0.4, 0.7)
  expect([watch.secondsUntilUnder, watch.wellMs]).toEqual([0, 3_000])
})

test('the time ends where the age comes under the bound for the last time', () => {
  const watch = watched(0.2, 2, 0.5, 3, 4, 0.5, 0.4)
  expect([watch.secondsUntilUnder, watch.wellMs]).toEqual([5, 1_000])
})

test('an age that stays over the bound has taken all the time that it was looked at', () => {
  const watch = watched(0.2, 2, 3, 4)
  expect([watch.secondsUntilUnder, watch.wellMs]).toEqual([3, 0])
})
