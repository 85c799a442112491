import { expect, test } from 'vitest'
import { ListChanges } from '../../../src/review/operations/list-changes.ts'
import { eventually } from '../../fixtures/eventually.ts'

/** A topic whose last record was written at this time, in milliseconds since 1970. */
const lastWritten = (atMs: number) => ({
  offsets: () => Promise.resolve([{ partition: 0, earliest: 0, end: 10 }]),
  offsetsSince: (_: string, sinceMs: number) =>
    Promise.resolve([{ partition: 0, offset: sinceMs <= atMs ? 9 : 10 }]),
})

test('the last change of lists is found to the minute, is unknown before that, and is older than a day if it is', async () => {
  const atMs = Date.now() - 5 * 3_600_000
  const changes = new ListChanges(lastWritten(atMs), 'known-hashes')
  expect(changes.last()).toBeUndefined()
  await eventually(() => Promise.resolve(changes.last() !== undefined))
  const found = changes.last()
  const foundMs = typeof found === 'object' ? found.atMs : NaN
  expect(Math.abs(foundMs - atMs)).toBeLessThan(60_000)
  const old = new ListChanges(lastWritten(Date.now() - 30 * 3_600_000), 'known-hashes')
  await eventually(() => Promise.resolve(old.last() !== undefined))
  expect(old.last()).toBe('not-within-a-day')
})

test('while Kafka does not answer, when lists changed stays unknown', async () => {
  let asked = 0
  const refusing = {
    ...lastWritten(0),
    offsets: () => {
      asked++
      return Promise.reject(new Error('away'))
    },
  }
  const changes = new ListChanges(refusing, 'known-hashes')
  await eventually(() => Promise.resolve(changes.last() === undefined && asked > 1))
})
