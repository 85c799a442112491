import { expect, onTestFinished, test } from 'vitest'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { LagWatch } from '../../../src/stream/topics/lag-watch.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'

const { topics, match } = loadSettings(undefined, {})
const { reports } = topics
const SECOND = 1_000
const DAY = 86_400 * SECOND

/** A log whose every request can fail. */
class UnreachableLog extends MemoryLog {
  isAway = false
  isFrozen = false

  override async offsets(topic: string): ReturnType<MemoryLog['offsets']> {
    if (this.isAway) throw new Error('The broker is away.')
    if (this.isFrozen) await new Promise(() => {})
    return super.offsets(topic)
  }
}

/** A group of which nobody reads, two partitions, and a clock in the test's hand. */
async function watched(partitions = 2, more: { readonly knownForMs?: number } = {}) {
  let nowMs = 40 * DAY
  const clock = (): number => nowMs
  const log = new UnreachableLog({ clock })
  onTestFinished(() => log.close())
  await log.createTopic({ topic: reports, partitions, config: {} })
  const metrics = createMetrics({ ofProcess: false })
  const watch = new LagWatch({ log, group: match.group, topics, metrics, clock, wallClock: clock, ...more })
  const write = async (partition: number, records = 1): Promise<void> => {
    for (let n = 0; n < records; n++) await log.produceTo(reports, partition, { key: null, value: 'report' })
  }
  const pass = (ms: number): void => {
    nowMs += ms
  }
  /** Series of a metric, by partition if it has that label. */
  const told = async (name: string): Promise<Readonly<Record<string, number>>> => {
    const { values = [] } = (await metrics.registry.getSingleMetric(`hashwarden_${name}`)?.get()) ?? {}
    return Object.fromEntries(
      values.map(({ labels, value }) => [String(labels['partition'] ?? labels['topic']), value]),
    )
  }
  return { log, watch, write, pass, told }
}

/** A member that commits everything before this offset. */
async function commit(log: MemoryLog, upTo: number): Promise<void> {
  const done = Promise.withResolvers<void>()
  const member = await log.consume({
    group: match.group,
    topics: [reports],
    onAssigned: () => {},
    onBatch: async (batch) => {
      if (batch.partition === 0) {
        await batch.commit(upTo, '')
        done.resolve()
      }
    },
  })
  await done.promise
  await member.stop()
}

test('lag is the end minus the commit, in records and in seconds of the oldest that is not committed', async () => {
  const { log, watch, write, pass, told } = await watched()
  watch.owned('1', [{ topic: reports, partition: 0 }])
  watch.owned('2', [{ topic: reports, partition: 1 }])
  await watch.look()
  expect(await told('lag_records')).toEqual({ 0: 0, 1: 0 })
  expect(await told('lag_seconds')).toEqual({ 0: 0, 1: 0 })
  for (let second = 0; second < 30; second += 5) {
    await write(0, 5)
    pass(5 * SECOND)
    await watch.look()
  }
  expect(await told('lag_records')).toEqual({ 0: 30, 1: 0 })
  expect((await told('lag_seconds'))['0']).toBe(30)
  // By the next second it may be committed: an age is as of the look.
  pass(2 * SECOND)
  expect((await told('lag_seconds'))['0']).toBe(30)
  await commit(log, 15)
  await watch.look()
  expect((await told('lag_records'))['0']).toBe(15)
  expect((await told('lag_seconds'))['0']).toBe(17)
  await commit(log, 30)
  await watch.look()
  expect(await told('lag_seconds')).toEqual({ 0: 0, 1: 0 })
})

test('a partition that nobody owns counts in the lag of the group, and has no series of its own', async () => {
  const { log, watch, write, pass, told } = await watched()
  watch.owned('1', [{ topic: reports, partition: 0 }])
  await watch.look()
  await write(1, 7)
  pass(60 * SECOND)
  await log.alterTopic({ topic: reports, partitions: 3, config: {} })
  await write(2, 2)
  await watch.look()
  expect(await told('partitions')).toEqual({ [reports]: 3 })
  expect(await told('group_lag_records')).toEqual({ [reports]: 9 })
  expect(await told('topic_end_offset')).toEqual({ [reports]: 9 })
  expect(await told('group_lag_seconds')).toEqual({ [reports]: 60 })
  expect(await told('lag_records')).toEqual({ 0: 0 })
  // Its thread has ended: then it is no longer this process's either.
  watch.owned('1', [])
  await watch.look()
  expect(await told('lag_records')).toEqual({})
})

test.each([
  ['20 s', 20 * SECOND],
  ['3 hours', 3 * 3_600 * SECOND],
  ['20 days', 20 * DAY],
])(
  'a backlog of before the start is dated by the broker: %s, told as at most twice that',
  async (_, ageMs) => {
    const { watch, write, pass, told } = await watched(1)
    await write(0, 3)
    pass(ageMs)
    await watch.look()
    const toldMs = (await told('group_lag_seconds'))[reports] * SECOND
    expect(toldMs).toBeGreaterThanOrEqual(ageMs)
    expect(toldMs).toBeLessThanOrEqual(2 * ageMs)
  },
)

test('what is not known has no value: no 0 while the broker is away, and the old values for 15 s at most', async () => {
  const { log, watch, write, pass, told } = await watched(1)
  watch.owned('1', [{ topic: reports, partition: 0 }])
  log.isAway = true
  await watch.look()
  expect(await told('lag_records')).toEqual({})
  log.isAway = false
  await write(0)
  await watch.look()
  expect(await told('lag_records')).toEqual({ 0: 1 })
  log.isAway = true
  pass(10 * SECOND)
  await watch.look()
  expect(await told('lag_records')).toEqual({ 0: 1 })
  pass(10 * SECOND)
  await watch.look()
  for (const name of ['partitions', 'group_lag_records', 'group_lag_seconds', 'lag_records', 'lag_seconds'])
    expect(await told(name), name).toEqual({})
})

test('a broker that is frozen in the middle of a look makes the lag unknown, also before its request ends', async () => {
  const { log, watch, write, told } = await watched(1, { knownForMs: 50 })
  await write(0)
  await watch.look()
  expect(watch.partitions).toHaveLength(1)
  log.isFrozen = true
  void watch.look()
  await eventually(async () => watch.partitions === undefined)
  expect(await told('group_lag_records')).toEqual({})
})

test('what the watch knows of partitions is unknown, and not 0, before the first look and once the broker is away', async () => {
  const { log, watch, write, pass } = await watched()
  watch.owned('main', [{ topic: reports, partition: 1 }])
  expect(watch.partitions).toBeUndefined()
  expect(watch.ownedPartitions).toEqual([{ topic: reports, partition: 1 }])
  await write(1, 3)
  await watch.look()
  pass(4 * SECOND)
  expect(watch.partitions).toEqual([
    { topic: reports, partition: 0, next: 0, end: 0, lagSeconds: 0 },
    { topic: reports, partition: 1, next: 0, end: 3, lagSeconds: expect.any(Number) },
  ])
  expect(watch.ownedPartitions).toEqual(watch.partitions?.slice(1))
  log.isAway = true
  pass(60 * SECOND)
  await watch.look()
  expect(watch.partitions).toBeUndefined()
  expect(watch.ownedPartitions).toEqual([{ topic: reports, partition: 1 }])
})
