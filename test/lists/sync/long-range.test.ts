// The gate over a range that says several things of the same files, as an exchange that keeps its history does.
import { expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { SourceError } from '../../../src/lists/sync/source-error.ts'
import { idsIn, listed, listedFrom, numbers, openLog, withdrawn, WrittenSource } from './list-topics.ts'
import { start } from './started-poller.ts'

const FILES = 20
/** As many as a range may remove of them: a tenth. */
const TWO_WITHDRAWN: readonly ListItem[] = [withdrawn(0), withdrawn(1)]
const TWO_BACK: readonly ListItem[] = [listed(0), listed(1)]

test('entries that a range removes and brings back, again and again, count once', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push(
    [listedFrom(0, FILES)],
    [TWO_WITHDRAWN, TWO_BACK, TWO_WITHDRAWN, TWO_BACK, TWO_WITHDRAWN],
  )
  const { poll, poller } = await start(log, source)
  await poll()
  await poll()
  expect(poller.state).toMatchObject({ checkpoint: '2' })
  expect(poller.state.pending).toBeUndefined()
  expect(await idsIn(log)).toEqual(numbers(2, FILES))
})

test('entries that a range adds and takes back are no removals', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const more = listedFrom(FILES, FILES + 10)
  const gone = Array.from({ length: 10 }, (_, at) => withdrawn(FILES + at))
  source.ranges.push([listedFrom(0, FILES)], [more, gone, more, gone])
  const { poll, poller } = await start(log, source)
  await poll()
  await poll()
  expect(poller.state.pending).toBeUndefined()
  expect(await idsIn(log)).toEqual(numbers(0, FILES))
})

test('different entries of one range are added up, over all tries to read it', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  const broken = new SourceError('corrupt-page', 'It is corrupt.')
  source.ranges.push([listedFrom(0, FILES)], [TWO_WITHDRAWN, broken])
  const { poll, poller } = await start(log, source)
  await poll()
  await poll()
  source.ranges[1] = [TWO_WITHDRAWN, [withdrawn(2)]]
  await poll()
  expect(poller.state.pending).toMatchObject({ why: 'removes-much', before: FILES, removes: 3 })
  expect(await idsIn(log)).toEqual(numbers(2, FILES))
})
