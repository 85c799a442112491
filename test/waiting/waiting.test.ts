import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { Backoff } from '../../src/waiting/backoff.ts'
import { pause } from '../../src/waiting/pause.ts'
import { unlessAborted } from '../../src/waiting/unless-aborted.ts'
import { until, withHeartbeats } from '../../src/waiting/until.ts'

const quiet = async (): Promise<void> => {}
const expelled = (): Promise<void> => Promise.reject(new Error('expelled'))

test('a back-off grows to its last delay and begins again after a success', () => {
  const backoff = new Backoff([1, 5, 20])
  expect([1, 2, 3, 4].map(() => backoff.nextMs())).toEqual([1, 5, 20, 20])
  backoff.reset()
  expect(backoff.nextMs()).toBe(1)
})

test('a pause ends when its signal aborts, and one whose signal has aborted ends at once', async () => {
  const signal = AbortSignal.timeout(1)
  await pause(3_600_000, signal)
  expect(signal.aborted).toBe(true)
  await pause(3_600_000, signal)
})

test('polling ends when the condition holds, with a heartbeat after each pause', async () => {
  let polls = 0
  let heartbeats = 0
  await until(
    () => ++polls === 3,
    async () => {
      heartbeats++
    },
  )
  expect([polls, heartbeats]).toEqual([3, 2])
})

test('a heartbeat that fails ends a wait', async () => {
  await expect(until(() => false, expelled)).rejects.toThrow('expelled')
  await expect(withHeartbeats(new Promise(() => {}), expelled)).rejects.toThrow('expelled')
})

test('waiting for work gives its result or its error, and leaves no timer behind', async () => {
  expect(await withHeartbeats(Promise.resolve(7), quiet)).toBe(7)
  await expect(withHeartbeats(Promise.reject(new Error('no')), quiet)).rejects.toThrow('no')
})

test('what is waited for unless aborted throws the reason of the abort', async () => {
  const stop = new AbortController()
  const waited = unlessAborted(new Promise(() => {}), stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waited).rejects.toThrow('stopped')
  expect(await unlessAborted(Promise.resolve(1), new AbortController().signal)).toBe(1)
})

test('a promise that fails after its wait was given up is no unhandled rejection, also if the abort came first', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const work = Promise.withResolvers<void>()
  await expect(unlessAborted(work.promise, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
    'too late',
  )
  work.reject(new Error('stopped meanwhile'))
  // Node reports unhandled rejections once the microtasks are done.
  await nextTurn()
  expect(unhandled).toEqual([])
})
