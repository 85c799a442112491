// The promises of a log to a group's members: the same for Kafka and for the log in memory.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  partitionName,
  StaleBatchError,
  type Consumption,
  type EventLog,
  type GroupBatch,
} from '../../src/log/event-log.ts'
import { readRange, readToEnd } from '../../src/log/read-to-end.ts'
import { BatchHeartbeat } from '../../src/stream/live/heartbeat.ts'
import { eventually } from '../fixtures/eventually.ts'

export interface GroupFlowLog extends AsyncDisposable {
  readonly log: EventLog
  /** Of three partitions, and empty. */
  readonly topic: string
  /** Unused so far. */
  readonly group: string
  /** Leaves some offsets without a record at this partition's end. */
  readonly leaveGap: (partition: number) => Promise<void>
  /** Whether what is done by the time of a rebalance can still be committed: else it is read twice. */
  readonly isHandedOverWhole: boolean
}

const RECORDS_EACH = 100
/** Generous: a test is about what comes, not about how soon. */
const WITHIN_MS = 120_000
const POLL_MS = 20

async function fill({ log, topic }: GroupFlowLog): Promise<void> {
  for (const { partition } of await log.offsets(topic)) {
    for (let n = 0; n < RECORDS_EACH; n++) await log.produceTo(topic, partition, { key: null, value: `${n}` })
  }
}

async function untilCommitted({ log, topic, group }: GroupFlowLog, partitions: number): Promise<void> {
  const hasAll = async (): Promise<boolean> =>
    (await log.committed(group, topic)).filter(({ offset }) => offset === RECORDS_EACH).length === partitions
  await eventually(hasAll, WITHIN_MS, POLL_MS)
}

const join = (
  { log, topic, group }: GroupFlowLog,
  onBatch: (batch: GroupBatch) => Promise<void>,
  onAssigned = (): void => {},
): Promise<Consumption> => log.consume({ group, topics: [topic], onAssigned, onBatch })

const endOf = ({ records }: GroupBatch): number => records[records.length - 1].offset + 1

export function promisesOfGroupFlow(open: () => Promise<GroupFlowLog>): void {
  test('batches of several partitions are in work side by side, those of one partition in order', async () => {
    await using opened = await open()
    await fill(opened)
    const allInWork = Promise.withResolvers<void>()
    const inWork = new Set<string>()
    const next = new Map<string, number>()
    const disorder: string[] = []
    const consumption = await join(opened, async (batch) => {
      const name = partitionName(batch)
      if (inWork.has(name) || batch.records[0].offset !== (next.get(name) ?? 0)) disorder.push(name)
      inWork.add(name)
      if (inWork.size === 3) allInWork.resolve()
      // One after the other they would wait until the deadline.
      await allInWork.promise
      await batch.commit(endOf(batch), '')
      next.set(name, endOf(batch))
      inWork.delete(name)
    })
    await untilCommitted(opened, 3)
    await consumption.stop()
    expect(disorder).toEqual([])
  })

  test('a partition whose batch fails is read again from there, and keeps no other one waiting', async () => {
    await using opened = await open()
    const { log, topic, group } = opened
    await fill(opened)
    const othersDone = Promise.withResolvers<void>()
    const failedAt: number[] = []
    let isMended = false
    const consumption = await join(opened, async (batch) => {
      if (batch.partition === 1 && !isMended) {
        failedAt.push(batch.records[0].offset)
        throw new Error('Not yet')
      }
      await batch.commit(endOf(batch), '')
    })
    void untilCommitted(opened, 2).then(othersDone.resolve)
    await othersDone.promise
    const committed = await log.committed(group, topic)
    expect(new Set(committed.map(({ partition }) => partition))).toEqual(new Set([0, 2]))
    isMended = true
    await untilCommitted(opened, 3)
    await consumption.stop()
    expect(new Set(failedAt)).toEqual(new Set([0]))
  })

  test('stopping a member waits for every batch that it has in work, and what they did is committed', async () => {
    await using opened = await open()
    const { log, topic, group } = opened
    await fill(opened)
    const begun = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    let inWork = 0
    const done: { partition: number; offset: number }[] = []
    const consumption = await join(opened, async (batch) => {
      inWork++
      begun.resolve()
      await mayEnd.promise
      await batch.commit(endOf(batch), '')
      done.push({ partition: batch.partition, offset: endOf(batch) })
      inWork--
    })
    await begun.promise
    let isStopped = false
    const stopped = consumption.stop().finally(() => {
      isStopped = true
    })
    await sleep(200)
    expect({ isStopped, isWorking: inWork > 0 }).toEqual({ isStopped: false, isWorking: true })
    mayEnd.resolve()
    await stopped
    expect(inWork).toBe(0)
    // Nothing else is committed: no batch began once the member was stopping.
    const committed = await log.committed(group, topic)
    const offsets = committed.map(({ partition, offset }) => ({ partition, offset }))
    const inOrder = (some: typeof done): typeof done => some.toSorted((a, b) => a.partition - b.partition)
    expect(done.length).toBeGreaterThan(0)
    expect(inOrder(offsets)).toEqual(inOrder(done))
  })

  test('a partition that another member takes over goes on exactly where what is done ends', async () => {
    await using opened = await open()
    const { isHandedOverWhole } = opened
    await fill(opened)
    const worked: string[] = []
    const firstAtWork = Promise.withResolvers<void>()
    let isSlow = true
    const slowly = async (batch: GroupBatch): Promise<void> => {
      const pulse = new BatchHeartbeat(batch)
      let done: number | undefined
      for (const { offset } of batch.records) {
        if (done !== undefined && !(await pulse.beat())) break
        done = offset
        worked.push(`${batch.partition}:${offset}`)
        firstAtWork.resolve()
        if (isSlow) await sleep(100)
      }
      if (done !== undefined) await batch.commit(done + 1, '')
      pulse.check()
    }
    const first = await join(opened, slowly)
    await firstAtWork.promise
    const joined = Promise.withResolvers<void>()
    const second = await join(opened, slowly, joined.resolve)
    // The first learns of it by a heartbeat, within a few seconds, long before its batches would be done.
    await joined.promise
    isSlow = false
    await untilCommitted(opened, 3)
    await Promise.all([first.stop(), second.stop()])
    expect(new Set(worked).size).toBe(3 * RECORDS_EACH)
    if (isHandedOverWhole) expect(worked.length).toBe(3 * RECORDS_EACH)
  })

  test('a partition goes on behind what is done before that is committed, and the commit may come later', async () => {
    await using opened = await open()
    const { log, topic, group } = opened
    await fill(opened)
    const next = new Map<string, number>()
    const disorder: string[] = []
    const last: GroupBatch[] = []
    const consumption = await join(opened, async (batch) => {
      const name = partitionName(batch)
      const [{ offset }] = batch.records
      if (offset !== (next.get(name) ?? 0)) disorder.push(`${name}: ${offset}`)
      // Half of it: what is left comes again.
      const done = offset + Math.ceil(batch.records.length / 2)
      batch.advance(done)
      next.set(name, done)
      if (done === RECORDS_EACH) last.push(batch)
    })
    await eventually(async () => last.length === 3, WITHIN_MS, POLL_MS)
    expect(await log.committed(group, topic)).toEqual([])
    await Promise.all(last.map((batch) => batch.commit(RECORDS_EACH, '')))
    await untilCommitted(opened, 3)
    await consumption.stop()
    expect(disorder).toEqual([])
  })

  test('once a member has left, it commits nothing any more', async () => {
    await using opened = await open()
    const { log, topic, group } = opened
    await fill(opened)
    const got = Promise.withResolvers<GroupBatch>()
    const consumption = await join(opened, async (batch) => {
      batch.advance(endOf(batch))
      got.resolve(batch)
    })
    const batch = await got.promise
    await consumption.stop()
    await expect(batch.commit(endOf(batch), '')).rejects.toThrow(StaleBatchError)
    expect(await log.committed(group, topic)).toEqual([])
  })

  test('offsets without records are read over, alone or among records, and commits go on behind them', async () => {
    await using opened = await open()
    const { log, topic, group, leaveGap } = opened
    // In the first partition a gap at the start, amid and at the end; the second is nothing but a gap.
    const values: string[] = []
    for (const value of ['one', 'two']) {
      await leaveGap(0)
      await log.produceTo(topic, 0, { key: null, value })
      values.push(value)
    }
    await leaveGap(0)
    await leaveGap(1)
    const read: string[] = []
    const disorder: string[] = []
    const next = new Map<string, number>()
    const consumption = await join(opened, async (batch) => {
      const name = partitionName(batch)
      const last = batch.records.at(-1)?.offset ?? -1
      if (batch.nextOffset <= Math.max(last, next.get(name) ?? -1)) disorder.push(name)
      next.set(name, batch.nextOffset)
      read.push(...batch.records.map(({ value }) => String(value)))
      await batch.commit(batch.nextOffset, '')
    })
    const ends = (await log.offsets(topic)).filter(({ end }) => end > 0)
    const hasCommittedAll = async (): Promise<boolean> => {
      const commits = new Map((await log.committed(group, topic)).map((at) => [at.partition, at.offset]))
      return ends.every(({ partition, end }) => commits.get(partition) === end)
    }
    await eventually(hasCommittedAll, WITHIN_MS, POLL_MS)
    await consumption.stop()
    expect({ read, disorder }).toEqual({ read: values, disorder: [] })
    // A reader without a group comes to the end, too, and any range of offsets can be read, also one of a gap alone.
    const followed: string[] = []
    await readToEnd(log, topic, ({ value }) => followed.push(String(value)))
    expect(followed).toEqual(values)
    for (const from of [0, 1, ends[0].end - 1]) {
      const inRange: number[] = []
      await readRange(log, topic, new Map([[0, { from, to: from + 1 }]]), ({ offset }) =>
        inRange.push(offset),
      )
      expect(inRange.every((offset) => offset === from)).toBe(true)
    }
  })
}
