// Records that can't be used: counted, shown, and never taken for read where most of them are.
import { expect, test } from 'vitest'
import { openIntake } from '../../../src/lists/import/intake.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import type { Scheme } from '../../../src/lists/schemes/scheme.ts'
import type { PollerOptions } from '../../../src/lists/sync/source-poller.ts'
import {
  idsIn,
  KNOWN,
  listed,
  listedFrom,
  numbers,
  openLog,
  refused,
  SOURCE,
  WrittenSource,
} from './list-topics.ts'
import { start } from './started-poller.ts'

/** A scheme of which these codes are matches. */
const schemeWith = (...codes: readonly string[]): Scheme => ({
  name: 'test',
  title: 'A test',
  purpose: 'csam',
  codes: Object.fromEntries(codes.map((code) => [code, { meaning: 'a match', role: 'match' as const }])),
  missing: 'A1',
})

test('a refused record is counted and shown for a day, and the others are live', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const clock = { nowMs: Date.parse('2026-03-04T05:06:07Z') }
  source.ranges.push([[...listedFrom(0, 5), refused(5)]], [listedFrom(6, 8)])
  const { poll, poller, metrics } = await start(log, source, { clock: () => clock.nowMs })
  await poll()
  expect(await idsIn(log)).toEqual(numbers(0, 5))
  expect(poller.state).toMatchObject({ checkpoint: '1', problem: { code: 'records-refused' } })
  expect((await metrics.listRecordsRefused.get()).values).toEqual([{ labels: { source: SOURCE }, value: 1 }])
  await poll()
  expect(poller.state).toMatchObject({ checkpoint: '2', problem: { code: 'records-refused' } })
  clock.nowMs += 2 * 86_400_000
  source.ranges.push([listedFrom(8, 9)])
  await poll()
  expect(poller.state.problem).toBeUndefined()
})

test('a page of which most records are refused moves no checkpoint: the list has another form now', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const most = [...listedFrom(0, 5), ...Array.from({ length: 6 }, (_, n) => refused(5 + n))]
  source.ranges.push([most, listedFrom(20, 22)], [listedFrom(30, 32)])
  const { poll, poller, metrics } = await start(log, source)
  expect(await poll()).toBe(5_000)
  expect(poller.state).toMatchObject({ problem: { code: 'corrupt-page' } })
  expect(poller.state.checkpoint).toBeUndefined()
  expect((await metrics.listPagesRefused.get()).values).toMatchObject([{ value: 1 }])
  source.ranges[0] = [listedFrom(0, 11)]
  await poll()
  expect(poller.state.checkpoint).toBe('1')
})

/** A record with this number of values that can't be used. */
const withBadValues = (n: number, values: number, hashes = listed(n).hashes): readonly ListItem[] => [
  { ...listed(n), hashes, unread: ['md5'] },
  ...Array.from({ length: values }, () => refused(n)),
]

test('a page of which most records have no value that can be used moves no checkpoint', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([
    [...listedFrom(0, 5), ...numbers(5, 25).flatMap((_, at) => withBadValues(5 + at, 1, []))],
  ])
  const { poll, poller } = await start(log, source)
  await poll()
  expect(poller.state).toMatchObject({ problem: { code: 'corrupt-page' } })
  expect(poller.state.checkpoint).toBeUndefined()
})

test('a record with very many bad values among good records does not stop its list', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([[...listedFrom(0, 40), ...withBadValues(40, 64)]])
  const { poll, poller } = await start(log, source)
  await poll()
  expect(poller.state).toMatchObject({ checkpoint: '1', problem: { code: 'records-refused' } })
})

test('a few records, all of them refused, move no checkpoint either', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([[refused(1)], [refused(2)]])
  const { poll, poller } = await start(log, source)
  await poll()
  expect(poller.state).toMatchObject({ problem: { code: 'corrupt-page' } })
  expect(poller.state.checkpoint).toBeUndefined()
})

test('a class that the scheme does not have keeps the checkpoint until it is known, and the rest is live', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const unknown = { ...listed(100), code: 'C9' }
  source.ranges.push([[...listedFrom(0, 20), unknown], listedFrom(20, 30)])
  const withScheme = (scheme: Scheme): Partial<PollerOptions> => ({
    openIntake: () => openIntake(log, KNOWN, { source: SOURCE, scheme, repeats: 'replace' }),
  })
  const { poll, poller } = await start(log, source, withScheme(schemeWith('A1', 'A2')))
  await poll()
  expect(await idsIn(log)).toEqual(numbers(0, 30))
  expect(poller.state).toMatchObject({
    problem: { code: 'corrupt-page', text: expect.stringMatching('scheme') },
  })
  expect(poller.state.checkpoint).toBeUndefined()
  const later = await start(log, source, withScheme(schemeWith('A1', 'C9')))
  await later.poll()
  expect(await idsIn(log)).toContain('file-100')
  expect(later.poller.state.checkpoint).toBe('1')
})

test('while a record that can’t be read holds back the removals of a whole list, its version is not taken for read', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.isComplete = true
  source.ranges.push([listedFrom(0, 100)], [[...listedFrom(1, 101), refused(7)]])
  const { poll, poller } = await start(log, source)
  await poll()
  expect(await poll()).toBe(600_000)
  expect(await idsIn(log)).toEqual(numbers(0, 101))
  expect(poller.state).toMatchObject({ checkpoint: '1', problem: { code: 'removals-withheld' } })
  source.ranges[1] = [listedFrom(1, 101)]
  await poll()
  expect(await idsIn(log)).toEqual(numbers(1, 101))
  expect(poller.state.checkpoint).toBe('2')
  expect(poller.state.problem).toBeUndefined()
})
