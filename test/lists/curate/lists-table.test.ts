// Lists as rows and lines of a terminal.
import { expect, test } from 'vitest'
import type { ListState, ListStatistics } from '../../../src/contract/list-state.ts'
import { listRow, statisticsLines } from '../../../src/lists/curate/lists-table.ts'

const NOW = Date.parse('2026-03-02T00:00:00Z')
const state = (fields: Partial<ListState>): ListState => ({ schema: 'list-state/1', source: 'a', ...fields })
const standOf = (one: ListState | undefined): string | undefined => listRow('a', undefined, one, NOW).at(-1)

test('a list is in step only while it is read in time and was read to its end once', () => {
  const checkedAt = '2026-03-01T12:00:00Z'
  expect(standOf(state({ checkedAt }))).toBe('in step')
  expect(standOf(state({ checkedAt, staleAfterSeconds: 3_600 }))).toBe('STALE: not read in time')
  expect(standOf(state({ checkedAt: '2026-02-28T00:00:00Z' }))).toBe('STALE: not read in time')
  expect(standOf(state({}))).toBe('first reading')
  expect(standOf(undefined)).toBe('imported by hand')
})

test('one is said as one', () => {
  const one: ListStatistics = {
    schema: 'list-statistics/1',
    source: 'a',
    asOf: '2026-03-01T00:00:00Z',
    entries: 1,
    files: 1,
    values: 1,
    byType: {},
    byClassification: {},
    byRole: {},
    held: {},
    shared: {},
    addedByDay: {},
  }
  expect(statisticsLines(one)[0]).toBe('a: 1 entry of 1 file, 1 different value, as of 2026-03-01T00:00:00Z')
  expect(statisticsLines({ ...one, entries: 1_200, files: 2, values: 3 })[0]).toContain(
    '1,200 entries of 2 files, 3 different values',
  )
})
