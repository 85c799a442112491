// What the operations page shows beside its sentence: the four figures, the rows of its tables, and its panels.
import { describe, expect, test } from 'vitest'
import { figuresOf } from '../../src/console/pages/operating/figures.ts'
import { groupsOf } from '../../src/console/pages/operating/panels.ts'
import { partitionRows, processRows } from '../../src/console/pages/operating/rows.ts'
import type { OperationsView } from '../../src/contract/review.ts'
import type { MatchStatus } from '../../src/contract/status.ts'
import { WELL, at, line, seriesOf, viewOf, type Matcher } from './operations-view.ts'

describe('the four figures', () => {
  test('are dashes while nothing is known', () => {
    const nothing = { at: WELL.at, unseen: [] }
    expect(figuresOf(nothing, undefined).map(({ value }) => value)).toEqual(['–', '–', '–', '–'])
    expect(figuresOf(nothing, undefined).map(({ isMet }) => isMet)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    )
  })

  test('say what was written, what waits, and whether the aim is met', () => {
    const view = viewOf(
      [{ pid: 1, match: { partitions: [at(0)], perSecond: { reportsMatched: 1_243 } } }],
      [at(0, { end: 1_000, lagSeconds: 90 })],
      { queues: [{ name: 'all', title: 'All', open: 128, leased: 2, oldestSeconds: 10_800 }] },
    )
    const series = seriesOf({
      reports: [line('written', 1, 1, 1_300), line('matched', 1, 1, 1_243)],
      'report-to-hit': [line('99th percentile', null, null, 0.4)],
      'canary-seconds': [line('99th percentile', null, null, 0.3)],
    })
    expect(figuresOf(view, series)).toMatchObject([
      { value: '1,243/s', note: '1,300/s written' },
      { value: '90 s', note: '990 reports wait', aim: 'under 60 s', isMet: false },
      { value: '400 ms', note: 'canaries 300 ms', aim: 'under 1 s', isMet: true },
      { value: '130', note: 'the oldest for 3 h', aim: 'under 24 h', isMet: true },
    ])
  })
})

test('figures of several topics and queues are sums, in the number, its note and the small line alike', () => {
  const queue = { title: 'A queue', open: 3, leased: 2, oldestSeconds: 60 }
  const view: OperationsView = {
    at: WELL.at,
    unseen: [],
    queues: [
      { ...queue, name: 'a' },
      { ...queue, name: 'b' },
    ],
  }
  const series = seriesOf({
    reports: [
      line('matched', 20, null, 300),
      line('written to reports', 10, null, 100),
      line('written to reports-of-others', 10, null, 200),
    ],
    'open-cases': [line('a', 4, null, 5), line('b', 4, null, 5)],
  })
  const [matched, , , cases] = figuresOf(view, series)
  expect(matched).toMatchObject({ note: '300/s written', spark: [20, null, 300] })
  expect(cases).toMatchObject({ value: '10', spark: [8, null, 10] })
})

const set = (offset: number, digest: string): Partial<MatchStatus> => ({
  knownSet: { topicId: '11111111-2222-4333-8444-555555555555', offset, entries: 10, digest },
})

/** The processes that are marked, by their pids. */
const marked = (matchers: readonly Matcher[], what: 'policy' | 'set'): readonly number[] => {
  const { fleet } = viewOf(matchers, [at(0)])
  return (fleet ? processRows(fleet) : [])
    .filter(({ differs }) => differs[what])
    .map(({ status }) => status.pid)
    .toSorted((a, b) => a - b)
}

describe('the table of processes', () => {
  test('begins with the worst: silent, not ready, differing, then those that are well', () => {
    const { fleet } = viewOf(
      [
        { pid: 1, match: { partitions: [at(0)] } },
        { pid: 2, match: { policy: '1111111111111111' } },
        { pid: 3, status: { ready: false, waitingFor: [{ code: 'kafka', why: 'away' }] } },
        { pid: 4, heardMs: 20_000 },
        { pid: 5 },
      ],
      [at(0)],
    )
    const rows = fleet ? processRows(fleet) : []
    expect(rows.map(({ status, state }) => `${status.pid} ${state}`)).toEqual([
      '4 silent',
      '3 waiting',
      '2 ready',
      '1 ready',
      '5 ready',
    ])
  })

  test('marks the policy and the known set that differ from most, and all where neither is the most common', () => {
    const policy = { policy: '1111111111111111' }
    expect(marked([{ pid: 1 }, { pid: 2 }, { pid: 3, match: policy }], 'policy')).toEqual([3])
    expect(marked([{ pid: 1 }, { pid: 3, match: policy }], 'policy')).toEqual([1, 3])
    const [a, b] = [set(9, 'aaaaaaaaaaaaaaaa'), set(9, 'bbbbbbbbbbbbbbbb')]
    expect(
      marked(
        [
          { pid: 1, match: a },
          { pid: 2, match: a },
          { pid: 3, match: b },
        ],
        'set',
      ),
    ).toEqual([3])
    // At another position another digest is right.
    expect(
      marked(
        [
          { pid: 1, match: a },
          { pid: 2, match: set(8, 'cccccccccccccccc') },
        ],
        'set',
      ),
    ).toEqual([])
  })

  test('a silent process has no rate: what it did is not what it does', () => {
    const match = { perSecond: { reportsMatched: 400 }, canaryAgeSeconds: 3 }
    const rowsOf = (heardMs: number): unknown => {
      const { fleet } = viewOf([{ pid: 4, match, heardMs }], [at(0)])
      return fleet && processRows(fleet)[0]
    }
    expect(rowsOf(1_000)).toMatchObject({ perSecond: 400, canarySeconds: 3 })
    expect(rowsOf(20_000)).toMatchObject({ perSecond: undefined, canarySeconds: undefined })
  })
})

test('partitions without an owner come first, then those furthest behind; unknown lag is not taken for well', () => {
  const { fleet } = viewOf(
    [{ pid: 1, match: { partitions: [at(0), at(1), at(2), at(10)] } }],
    [at(0), at(1, { end: 900, lagSeconds: 90 }), at(2), at(3), { topic: 'reports', partition: 10 }],
  )
  const rows = fleet ? partitionRows(fleet) : []
  expect(rows.map(({ name, isWell }) => `${name} ${isWell ? 'well' : 'bad'}`)).toEqual([
    'reports/3 bad',
    'reports/1 bad',
    'reports/10 bad',
    'reports/0 well',
    'reports/2 well',
  ])
  expect(rows[0].owners).toEqual([])
  expect(rows[2].waiting).toBeUndefined()
})

test('panels are shown under the questions of the dashboards, and one that the page does not know is left out', () => {
  const groups = groupsOf(seriesOf({ stages: [], reports: [], 'of-a-later-version': [] }))
  expect(groups.map(({ title, panels }) => [title, ...panels.map(({ id }) => id)])).toEqual([
    ['Is every report matched?', 'reports'],
    ['What takes the time?', 'stages'],
  ])
})
