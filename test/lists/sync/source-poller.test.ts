import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { decodeEntry, encodeKnownHash, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { ListedFile, ListItem, Withdrawal } from '../../../src/lists/list-item.ts'
import { ListRecords } from '../../../src/lists/list-records.ts'
import {
  changes,
  type ListClient,
  type ListPage,
  type ReadRange,
} from '../../../src/lists/sync/list-client.ts'
import { SourceError } from '../../../src/lists/sync/source-error.ts'
import type { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import {
  idsIn,
  intakeOf,
  KNOWN,
  listed,
  listedFrom,
  LISTS,
  numbers,
  openLog,
  say,
  SOURCE,
  statesIn,
  withdrawn,
  WrittenSource,
} from './list-topics.ts'
import { start, type Started } from './started-poller.ts'

const changedOn = (day: number, item: ListedFile | Withdrawal): ListItem => ({
  ...item,
  changedAt: `2026-01-0${day}T00:00:00Z`,
})

test('the checkpoint moves once a range was read to its end, and not before', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5), new SourceError('corrupt-page', 'It is corrupt.')])
  const { poll, poller, metrics } = await start(log, source)
  expect(await poll()).toBe(5_000)
  // The first page is live already.
  expect(await idsIn(log)).toEqual(numbers(0, 5))
  expect(poller.state).toMatchObject({ problem: { code: 'corrupt-page' } })
  expect(poller.state.checkpoint).toBeUndefined()
  expect(await poll()).toBe(15_000)
  const pagesRefused = await metrics.listPagesRefused.get()
  expect(pagesRefused.values).toEqual([{ labels: { source: SOURCE, code: 'corrupt-page' }, value: 2 }])
  source.ranges[0] = [listedFrom(0, 5), listedFrom(5, 8)]
  expect(await poll()).toBe(600_000)
  expect(await idsIn(log)).toEqual(numbers(0, 8))
  expect((await statesIn(log)).map(({ checkpoint }) => checkpoint)).toEqual(
    [undefined, undefined, '1'].slice(-2),
  )
  expect(poller.state.problem).toBeUndefined()
})

test('the time of a trouble is when it began, whatever follows', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([new SourceError('busy', 'Wait.', 700_000)])
  const { poll, poller } = await start(log, source)
  expect(await poll()).toBe(700_000)
  const since = poller.state.problem?.since
  source.ranges[0] = [new SourceError('refused', 'No.')]
  await poll()
  expect(poller.state.problem).toMatchObject({ code: 'refused', since })
})

test('ranges follow each other at once up to the newest, and a daemon that is started again goes on there', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5)], [listedFrom(5, 9)])
  const first = await start(log, source)
  expect(await first.poll()).toBe(0)
  expect(first.poller.state.checkedAt).toBeUndefined()
  const second = await start(log, source)
  expect(await second.poll()).toBe(600_000)
  expect(second.poller.state.checkedAt).toBeDefined()
  expect(source.asked).toEqual([undefined, '1'])
  expect(await idsIn(log)).toEqual(numbers(0, 9))
  // Nothing new: nothing is published.
  const [{ end }] = await log.offsets(KNOWN)
  await second.poll()
  expect((await log.offsets(KNOWN))[0].end).toBe(end)
})

/** A source of 100 files, which then withdraws 40 over four pages. */
async function shrinking(): Promise<{ readonly log: MemoryLog; readonly source: WrittenSource } & Started> {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 100)])
  const started = await start(log, source)
  await started.poll()
  const pages = [0, 10, 20, 30].map((from) => Array.from({ length: 10 }, (_, at) => withdrawn(from + at)))
  source.ranges.push([...pages, [listed(200)]])
  return { log, source, ...started }
}

test('a range that removes more than a tenth over many small pages waits for a person', async () => {
  const { log, poll, poller, metrics, source } = await shrinking()
  await poll()
  const { pending } = poller.state
  expect(pending).toMatchObject({ why: 'removes-much', before: 100, removes: 40, adds: 1 })
  expect(poller.state.checkpoint).toBe('1')
  // A tenth was let through; asking again lets no more through.
  expect(await idsIn(log)).toHaveLength(90)
  await poll()
  await poll()
  expect(await idsIn(log)).toHaveLength(90)
  expect(poller.state.pending).toEqual(pending)
  expect((await metrics.listPagesRefused.get()).values).toEqual([])
  await say(log, pending?.id ?? '', 'apply')
  await poll()
  expect(await idsIn(log)).toHaveLength(61)
  expect(poller.state.pending).toBeUndefined()
  expect(poller.state.checkpoint).toBe('2')
  expect(source.asked.at(-1)).toBe('1')
})

/** Withdrawals of nine files. */
const page = (from: number): readonly ListItem[] => Array.from({ length: 9 }, (_, at) => withdrawn(from + at))

test('a range that breaks off and is tried again removes no more than a tenth over all tries', async () => {
  const { log, poll, poller, source } = await shrinking()
  const end = new SourceError('unreachable', 'It ended.')
  source.ranges[1] = [page(0), end]
  await poll()
  source.ranges[1] = [page(0), page(9), end]
  await poll()
  source.ranges[1] = [page(0), page(9), page(18), end]
  await poll()
  expect(await idsIn(log)).toHaveLength(91)
  source.ranges[1] = [page(0), page(9)]
  await poll()
  expect(await idsIn(log)).toHaveLength(91)
  const { pending } = poller.state
  expect(pending).toMatchObject({ why: 'removes-much', before: 100, removes: 18 })
  await say(log, pending?.id ?? '', 'apply')
  await poll()
  expect(await idsIn(log)).toHaveLength(82)
  expect(poller.state.checkpoint).toBe('2')
})

test('a word on another change lets nothing through, and a refusal is kept', async () => {
  const { log, poll, poller } = await shrinking()
  await poll()
  await say(log, 'another', 'apply')
  await poll()
  expect(await idsIn(log)).toHaveLength(90)
  expect(poller.waitingChange).toBeDefined()
  await say(log, poller.state.pending?.id ?? '', 'refuse')
  await poll()
  expect(await idsIn(log)).toHaveLength(90)
  expect(poller.waitingChange).toBeUndefined()
  expect(poller.state.problem).toMatchObject({ code: 'change-refused' })
})

test('an approval covers a range that changes no more than 1,000 entries beyond what was seen', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const gone = Array.from({ length: 200 }, (_, at) => withdrawn(at))
  source.ranges.push([listedFrom(0, 1_400)], [gone])
  const { poll, poller } = await start(log, source)
  await poll()
  await poll()
  const { pending } = poller.state
  expect(pending).toMatchObject({ removes: 200, changes: 0 })
  await say(log, pending?.id ?? '', 'apply')
  // The same removals, and more changes than a person has seen.
  const renamed = listedFrom(200, 1_400).map((one) => ({ ...one, series: 'another series' }))
  source.ranges[1] = [renamed, gone]
  await poll()
  expect(poller.state.pending?.id).not.toBe(pending?.id)
  expect(poller.state.pending).toMatchObject({ why: 'removes-much', changes: 1_200 })
  expect(poller.state.checkpoint).toBe('1')
})

test('a state says from which age on its list is stale', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5)])
  const { poll } = await start(log, source)
  await poll()
  expect((await statesIn(log)).at(-1)).toMatchObject({ staleAfterSeconds: 3_600 })
})

test('a change that the source takes back no longer waits', async () => {
  const { log, poll, poller, source } = await shrinking()
  await poll()
  source.ranges[1] = [[listed(200)], listedFrom(0, 10)]
  expect(await poll()).toBe(0)
  expect(poller.state.pending).toBeUndefined()
  await poll()
  expect(await idsIn(log)).toHaveLength(101)
  expect(poller.state.checkpoint).toBe('2')
})

test('a first synchronisation that was interrupted is not taken for a list that grows tenfold', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 20), new SourceError('unreachable', 'It ended.')])
  const first = await start(log, source)
  await first.poll()
  source.ranges[0] = [listedFrom(0, 20), listedFrom(20, 3_000)]
  const second = await start(log, source)
  await second.poll()
  expect(second.poller.state.pending).toBeUndefined()
  expect(await idsIn(log)).toHaveLength(3_000)
})

test('a whole list that lacks more than a tenth waits, and its approval holds for this list alone', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.isComplete = true
  source.ranges.push([listedFrom(0, 100)], [listedFrom(0, 50)])
  const { poll, poller } = await start(log, source)
  await poll()
  await poll()
  const { pending } = poller.state
  expect(pending).toMatchObject({ why: 'removes-much', removes: 50 })
  await say(log, pending?.id ?? '', 'apply')
  source.ranges[1] = [listedFrom(0, 40)]
  await poll()
  expect(await idsIn(log)).toHaveLength(100)
  source.ranges[1] = [listedFrom(0, 50)]
  await poll()
  await say(log, poller.state.pending?.id ?? '', 'apply')
  await poll()
  expect(await idsIn(log)).toEqual(numbers(0, 50))
})

test('an entry that a person disabled meanwhile stays so when its list changes it', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([[listed(1)]])
  const { poll } = await start(log, source)
  await poll()
  await disableLast(log)
  source.ranges.push([[{ ...listed(1), series: 'a series' }]])
  await poll()
  expect(await lastIn(log)).toMatchObject({ series: 'a series', held: { why: 'disabled' } })
})

test('a problem that the client found does not keep the range from counting', async () => {
  const log = await openLog()
  const client: ListClient = {
    async *read(): AsyncGenerator<ListPage, ReadRange> {
      yield { items: [listedFrom(0, 3)], isComplete: false }
      await Promise.resolve()
      return { checkpoint: '1', problem: new SourceError('clock', 'The clocks differ.') }
    },
  }
  const { poll, poller } = await start(log, client)
  await poll()
  expect(poller.state).toMatchObject({
    checkpoint: '1',
    problem: { code: 'clock', text: 'The clocks differ.' },
  })
})

test('an older record of a file on a later page of the range does not bring back what a newer one took away', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([
    [changedOn(1, listed(1)), changedOn(1, listed(2))],
    [changedOn(3, withdrawn(1))],
    [changedOn(2, listed(1)), changedOn(2, withdrawn(2))],
  ])
  const { poll } = await start(log, source, { isReplacing: true })
  await poll()
  expect(await idsIn(log)).toEqual([])
})

test('a first synchronisation that removes what the source had before waits for a person', async () => {
  const log = await openLog()
  const before = new WrittenSource()
  before.ranges.push([listedFrom(0, 100)])
  await (await start(log, before)).poll()
  // As where the topic of states was lost.
  const source = new WrittenSource()
  source.ranges.push([listedFrom(200, 203), Array.from({ length: 50 }, (_, n) => withdrawn(n))])
  const { poll, poller } = await start(log, source, { records: new ListRecords() })
  await poll()
  expect(poller.state.pending).toMatchObject({ why: 'removes-much', removes: 50 })
  expect((await idsIn(log)).length).toBe(103)
})

test('the whole list of a first synchronisation that was interrupted is not taken for one that grows tenfold', async () => {
  const log = await openLog()
  const interrupted = new WrittenSource()
  interrupted.ranges.push([listedFrom(0, 20), new SourceError('unreachable', 'It ended.')])
  await (await start(log, interrupted)).poll()
  const source = new WrittenSource()
  source.isComplete = true
  source.ranges.push([listedFrom(0, 3_000)])
  const { poll, poller } = await start(log, source)
  await poll()
  expect(poller.state.pending).toBeUndefined()
  expect(await idsIn(log)).toHaveLength(3_000)
})

test('a checkpoint that is too long for its record is refused: nothing could read that state', async () => {
  const log = await openLog()
  const client: ListClient = {
    async *read(): AsyncGenerator<ListPage, ReadRange> {
      yield { items: [listedFrom(0, 3)], isComplete: false }
      await Promise.resolve()
      return { checkpoint: 'x'.repeat(8_193) }
    },
  }
  const { poll, poller } = await start(log, client)
  await poll()
  expect(poller.state).toMatchObject({ problem: { code: 'bad-paging' } })
  expect(poller.state.checkpoint).toBeUndefined()
})

test('a state that can’t be read is said, and its source is read from the beginning behind the gate', async () => {
  const log = await openLog()
  await log.produce(LISTS, [{ key: `state:${SOURCE}`, value: '{"schema":"list-state/2"}' }])
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5)])
  const { poll, poller } = await start(log, source)
  expect(poller.state.problem).toMatchObject({ code: 'state-unreadable' })
  await poll()
  expect(poller.state.problem).toBeUndefined()
  expect((await start(log, source)).poller.state.checkpoint).toBe('1')
})

test('with other settings a source is read from its beginning, and with the same it goes on', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 100)])
  await (await start(log, source, { settings: 'one' })).poll()
  const same = await start(log, source, { settings: 'one' })
  await same.poll()
  expect(source.asked.at(-1)).toBe('1')
  source.ranges[0] = [Array.from({ length: 50 }, (_, n) => withdrawn(n))]
  const other = await start(log, source, { settings: 'another' })
  await other.poll()
  expect(source.asked.at(-1)).toBeUndefined()
  // The gate is there: it is no first synchronisation.
  expect(other.poller.state.pending).toMatchObject({ removes: 50 })
})

test('a change of a whole list that waits says since when it waits, however often it is looked at', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const clock = { nowMs: Date.parse('2026-03-04T05:06:07Z') }
  source.isComplete = true
  source.ranges.push([listedFrom(0, 100)], [listedFrom(0, 50)])
  const { poll, poller } = await start(log, source, { clock: () => clock.nowMs })
  await poll()
  await poll()
  const since = poller.state.pending?.since
  clock.nowMs += 86_400_000
  source.ranges[1] = [listedFrom(0, 49)]
  await poll()
  expect(poller.state.pending).toMatchObject({ since, removes: 51 })
})

test('an entry that a person disables while a long range is read stays so when a later page changes it', async () => {
  const log = await openLog()
  const client: ListClient = {
    async *read() {
      yield changes([listed(1)])
      await disableLast(log)
      yield changes([{ ...listed(1), series: 'a series' }])
      return { checkpoint: '1' }
    },
  }
  let minutes = 0
  const { poll } = await start(log, client, {
    openIntake: () => intakeOf(log, SOURCE, () => 60_000 * minutes++),
  })
  await poll()
  expect(await lastIn(log)).toMatchObject({ series: 'a series', held: { why: 'disabled' } })
})

test('an entry that a person disables just before a page changes it is held back at the end of the range', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([[listed(1)]])
  const { poll } = await start(log, source)
  await poll()
  source.ranges.push([[{ ...listed(1), series: 'a series' }]])
  log.meanwhile = () => disableLast(log)
  await poll()
  expect(await lastIn(log)).toMatchObject({ series: 'a series', held: { why: 'disabled' } })
})

test('a hold is not lost under a page either where the range breaks off after it', async () => {
  const log = await openLog()
  let series: string | undefined
  const client: ListClient = {
    async *read() {
      yield changes([{ ...listed(1), ...(series === undefined ? {} : { series }) }])
      if (series !== undefined) throw new SourceError('unreachable', 'The server is away.')
      return { checkpoint: '1' }
    },
  }
  const { poll } = await start(log, client)
  await poll()
  series = 'a series'
  log.meanwhile = () => disableLast(log)
  await poll()
  expect(await lastIn(log)).toMatchObject({ series, held: { why: 'disabled' } })
})

test('a hold is not lost under a page either where Kafka can’t be asked for it at once', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([[listed(1)]])
  const { poll, poller } = await start(log, source)
  await poll()
  source.ranges.push([[{ ...listed(1), series: 'a series' }]])
  log.meanwhile = async () => {
    await disableLast(log)
    log.isSilent = true
  }
  await poll()
  expect(poller.state.problem).toMatchObject({ code: 'other' })
  log.isSilent = false
  await poll()
  expect(await lastIn(log)).toMatchObject({ series: 'a series', held: { why: 'disabled' } })
})

test('a source that is read often leaves nothing behind on the signal that ends it', async () => {
  const log = await openLog()
  const ending = new AbortController()
  const listeners: number[] = []
  const { poller } = await start(log, new WrittenSource(), {
    everyMs: 1,
    onPoll: () => {
      listeners.push(getEventListeners(ending.signal, 'abort').length)
      if (listeners.length === 5) ending.abort()
    },
  })
  await poller.run(ending.signal)
  expect(listeners).toEqual(listeners.map(() => listeners[0]))
})

/** Disables the entry that was published last, as a person does. */
async function disableLast(log: MemoryLog): Promise<void> {
  const entry = await lastIn(log)
  const value = encodeKnownHash({ ...entry, held: { why: 'disabled' } })
  await log.produce(KNOWN, [{ key: knownHashKey(entry), value }])
}

async function lastIn(log: MemoryLog): Promise<Entry> {
  let last: Entry | undefined
  await readToEnd(log, KNOWN, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (!(change instanceof Rejection)) last = change.entry ?? undefined
  })
  if (last === undefined) throw new Error('The last record is of no entry')
  return last
}
