import { expect, test } from 'vitest'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { PrestartedThreads } from '../../../src/stream/threads/prestarted-threads.ts'
import type { RunningThread } from '../../../src/stream/threads/thread-calls.ts'
import { NO_CAUTION } from '../../../src/stream/live/poison-records.ts'
import { SharedSetState } from '../../../src/stream/threads/shared-set-state.ts'
import { WorkJournal } from '../../../src/stream/live/work-journal.ts'

/** Starts a thread of an order with no broker to reach. */
function begin(threads: PrestartedThreads, set: PackedKnownSet): RunningThread {
  const { match, topics, kafka } = loadSettings(undefined, { KAFKA_BROKERS: '127.0.0.1:1' })
  return threads.start(
    {
      settings: { ...match, topics, policy: loadPolicy() },
      kafka,
      logLevel: 'silent',
      number: 1,
      set: set.openReader(),
      journal: new WorkJournal().block,
      setState: new SharedSetState().block,
      caution: NO_CAUTION,
    },
    { match: async () => [], catchUp: async () => true, owns: () => {}, waitFor: () => {} },
  )
}

test('a thread tells its heap, its garbage collection and its event loop under its number', async () => {
  const set = new PackedKnownSet({ readers: 1 })
  const thread = begin(new PrestartedThreads(1), set)
  const seriesOf = async (name: string): Promise<readonly object[]> =>
    (await thread.metrics()).find((metric) => metric.name === name)?.values ?? []
  for (const name of ['heap_used_bytes', 'heap_limit_bytes', 'external_bytes', 'busy_seconds_total'])
    expect(await seriesOf(`hashwarden_thread_${name}`), name).toEqual([
      { labels: { thread: '1' }, value: expect.toSatisfy((value: number) => value > 0) },
    ])
  const collected = async (): Promise<number> =>
    (await thread.metrics())
      .filter(({ name }) => name === 'hashwarden_thread_gc_seconds_total')
      .flatMap(({ values }) => values)
      .reduce((sum, { value }) => sum + value, 0)
  await expect.poll(collected).toBeGreaterThan(0)
  await expect
    .poll(() => seriesOf('hashwarden_thread_event_loop_delay_seconds'))
    .toContainEqual(
      expect.objectContaining({
        metricName: 'hashwarden_thread_event_loop_delay_seconds_count',
        labels: { thread: '1' },
        value: expect.toSatisfy((value: number) => value > 0),
      }),
    )
  await thread.stop()
  await set.close()
})

test('threads that wait get their order, later ones are new, and those that are not needed end', async () => {
  const set = new PackedKnownSet({ readers: 2 })
  const threads = new PrestartedThreads(1)
  const running = [begin(threads, set), begin(threads, set)]
  for (const thread of running) expect(await thread.metrics()).not.toEqual([])
  await Promise.all(running.map((thread) => thread.stop()))
  expect(await Promise.all(running.map((thread) => thread.ended))).toEqual([undefined, undefined])

  const unneeded = new PrestartedThreads(2)
  await unneeded.end()
  // Whoever needs one all the same gets a new one.
  const late = begin(unneeded, set)
  expect(await late.metrics()).not.toEqual([])
  await late.stop()
  await set.close()
})
