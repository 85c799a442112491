import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CommitQueue, type DoneBatch } from '../../../src/stream/live/commit-queue.ts'
import { CommitRefusedError } from '../../../src/log/commit-refused.ts'
import { StaleBatchError, type GroupBatch } from '../../../src/log/event-log.ts'

/** A partition whose commits are answered when the test says so. */
function partition() {
  const asked: { readonly offset: number; readonly position: string }[] = []
  const answers: PromiseWithResolvers<void>[] = []
  const committed: { readonly nextOffset: number; readonly reports: number }[] = []
  const refused: string[] = []
  let stale = 0
  const queue = new CommitQueue({
    startTimer: () => () => {},
    onCommitted: (_, nextOffset, reports) => committed.push({ nextOffset, reports }),
    onRefused: (_, { message }) => refused.push(message),
    onStale: () => {
      stale++
    },
  })
  const batch: GroupBatch = {
    topic: 'reports',
    partition: 0,
    records: [],
    nextOffset: 0,
    endOffset: 0,
    isCurrent: () => true,
    heartbeat: async () => {},
    advance: () => {},
    commit: (offset, position) => {
      asked.push({ offset, position })
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      return answer.promise
    },
  }
  const answer = async (error?: Error): Promise<void> => {
    await sleep(0)
    const next = answers.shift()
    if (error) next?.reject(error)
    else next?.resolve()
    await sleep(0)
  }
  const done = (nextOffset: number, position: string, reports: number): DoneBatch => ({
    batch,
    nextOffset,
    position,
    newestPosition: position,
    reports,
  })
  return { queue, done, asked, answer, committed, refused, stale: () => stale }
}

test('the first commit is sent at once, and what is done until it is answered goes with the next one', async () => {
  const { queue, done, asked, answer, committed } = partition()
  queue.add(done(10, 'a', 10))
  await sleep(0)
  queue.add(done(20, 'a', 8))
  queue.add(done(30, 'a', 9))
  expect(asked).toEqual([{ offset: 10, position: 'a' }])
  await answer()
  const flushed = queue.flush()
  await answer()
  await flushed
  expect(asked).toEqual([
    { offset: 10, position: 'a' },
    { offset: 30, position: 'a' },
  ])
  expect(committed).toEqual([
    { nextOffset: 10, reports: 10 },
    { nextOffset: 30, reports: 17 },
  ])
})

test('several batches are committed with the position of the first of them, and then with that of the last', async () => {
  const { queue, done, asked, answer, committed } = partition()
  queue.add(done(10, 'a', 10))
  await sleep(0)
  queue.add(done(20, 'b', 10))
  queue.add(done(30, 'c', 10))
  for (let commits = 1; commits < 4; commits++) {
    await answer()
    void queue.flush()
    await sleep(0)
  }
  expect(asked).toEqual([
    { offset: 10, position: 'a' },
    { offset: 30, position: 'b' },
    { offset: 30, position: 'c' },
  ])
  expect(committed.reduce((sum, { reports }) => sum + reports, 0)).toBe(30)
})

test('whoever flushes waits for what was done, also if another began to send it', async () => {
  const { queue, done, asked, answer } = partition()
  queue.add(done(10, 'a', 10))
  await sleep(0)
  queue.add(done(20, 'a', 10))
  const ended: string[] = []
  const flushes = ['one', 'other'].map((name) => queue.flush().then(() => ended.push(name)))
  await answer()
  await sleep(0)
  expect([asked.length, ended.length]).toEqual([2, 0])
  await answer()
  await Promise.all(flushes)
  expect(asked.map(({ offset }) => offset)).toEqual([10, 20])
})

test('a failure is told once, and what failed is committed with what comes later', async () => {
  const { queue, done, asked, answer, committed } = partition()
  queue.add(done(10, 'a', 10))
  await answer(new Error('No broker'))
  expect(() => queue.check()).toThrow('No broker')
  queue.check()
  queue.add(done(20, 'b', 5))
  const flushed = queue.flush()
  await answer()
  await flushed
  expect(asked.slice(1)).toEqual([{ offset: 20, position: 'a' }])
  expect(committed).toEqual([{ nextOffset: 20, reports: 15 }])
})

test('after a refused commit no batch is begun until a commit is taken', async () => {
  const { queue, done, answer, committed, refused } = partition()
  queue.add(done(10, 'a', 10))
  await answer(new CommitRefusedError('Not allowed'))
  for (let batches = 0; batches < 3; batches++)
    expect(() => queue.check()).toThrow(expect.objectContaining({ code: 'RETRY_LATER' }))
  expect(refused).toEqual(['Not allowed'])
  const flushed = queue.flush()
  await answer()
  await flushed
  queue.check()
  expect(committed).toEqual([{ nextOffset: 10, reports: 10 }])
})

test('what is of an earlier generation is given up, and is no failure', async () => {
  const { queue, done, asked, answer, committed, stale } = partition()
  queue.add(done(10, 'a', 10))
  await answer(new StaleBatchError())
  await queue.flush()
  queue.check()
  expect([asked.length, committed.length, stale()]).toEqual([1, 0, 1])
})
