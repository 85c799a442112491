import { expect, test } from 'vitest'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { WaitingThreads } from '../../../src/stream/threads/worker-thread.ts'
import type { RunningThread } from '../../../src/stream/threads/thread-calls.ts'
import { NO_CAUTION, WorkJournal } from '../../../src/stream/live/work-journal.ts'

/** Starts a thread of an order with no broker to reach. */
function begin(threads: WaitingThreads, set: PackedKnownSet): RunningThread {
  const { match, topics, kafka } = loadSettings(undefined, { KAFKA_BROKERS: '127.0.0.1:1' })
  return threads.start(
    {
      ...match,
      kafka,
      topics,
      policy: loadPolicy(),
      logLevel: 'silent',
      number: 1,
      set: set.openReader(),
      topicId: '',
      journal: new WorkJournal().block,
      usable: new SharedArrayBuffer(4),
      caution: NO_CAUTION,
    },
    { match: async () => [], catchUp: async () => {}, waitFor: () => {} },
  )
}

test('threads that wait get their order, later ones are new, and those that are not needed end', async () => {
  const set = new PackedKnownSet({ readers: 2 })
  const threads = new WaitingThreads(1)
  const running = [begin(threads, set), begin(threads, set)]
  for (const thread of running) expect(await thread.metrics()).not.toEqual([])
  await Promise.all(running.map((thread) => thread.stop()))
  expect(await Promise.all(running.map((thread) => thread.ended))).toEqual([undefined, undefined])

  const unneeded = new WaitingThreads(2)
  await unneeded.end()
  // Whoever needs one all the same gets a new one.
  const late = begin(unneeded, set)
  expect(await late.metrics()).not.toEqual([])
  await late.stop()
  await set.close()
})
