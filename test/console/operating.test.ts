// The operations page's judgement: the one sentence, what needs an operator, the figures, and the rows of its tables.
import { describe, expect, test } from 'vitest'
import { concernsOf, headlineOf, newsOf, type Headline } from '../../src/console/pages/operating/concerns.ts'
import { figuresOf } from '../../src/console/pages/operating/figures.ts'
import { staleSeconds, staleSeriesSeconds, staleText } from '../../src/console/pages/operating/freshness.ts'
import { groupsOf, panelOf } from '../../src/console/pages/operating/panels.ts'
import { partitionRows, processRows } from '../../src/console/pages/operating/rows.ts'
import { PROBLEM_WORDS } from '../../src/console/wording/problems.ts'
import type { OperationsView, SeriesLine, SeriesView } from '../../src/contract/review.ts'
import type { MatchStatus, PartitionStatus, Status } from '../../src/contract/status.ts'
import { Fleet } from '../../src/stream/status/fleet.ts'
import { readdirSync } from 'node:fs'
import { aStatus, matching } from '../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')
const NOW = START + 30_000

interface Matcher {
  readonly pid: number
  readonly match?: Partial<MatchStatus>
  readonly status?: Partial<Status>
  /** Milliseconds since it was last heard. */
  readonly heardMs?: number
}

const at = (partition: number, more: Partial<PartitionStatus> = {}): PartitionStatus => ({
  topic: 'reports',
  partition,
  next: 10,
  end: 10,
  lagSeconds: 0,
  ...more,
})

/** What the service answers while these matchers run. */
function viewOf(
  matchers: readonly Matcher[],
  partitions: readonly PartitionStatus[] | undefined,
  more: Partial<OperationsView> = {},
): OperationsView {
  const fleet = new Fleet()
  for (const { pid, match, status, heardMs = 1_000 } of matchers)
    fleet.hear(aStatus({ pid, match: matching(match), ...status }), NOW - heardMs)
  return {
    at: new Date(NOW).toISOString(),
    unseen: [],
    listsChangedAt: '2026-01-02T02:00:00.000Z',
    fleet: fleet.picture([{ group: 'hashwarden', role: 'match', partitions }], NOW),
    ...more,
  }
}

const FIRST: Matcher = { pid: 1, match: { partitions: [at(0)] } }
const ONE = [FIRST]
const WELL = viewOf(ONE, [at(0)])

/** Series over ten minutes whose newest values are these. */
function seriesOf(panels: Readonly<Record<string, readonly SeriesLine[]>>): SeriesView {
  return {
    at: new Date(NOW).toISOString(),
    range: '1h',
    stepSeconds: 10,
    times: [1_000, 1_010, 1_020],
    panels: Object.entries(panels).map(([panel, lines]) => ({ panel, lines: [...lines] })),
  }
}

const line = (name: string, ...values: (number | null)[]): SeriesLine => ({ name, values })

/** Canaries are found. */
const FOUND = { 'canary-age': [line('host-1/1', 3, 4, 5)] }

const headline = (view: OperationsView, series?: SeriesView): Headline =>
  headlineOf(view, series, concernsOf(view, series))

const unknown = (text: string): Headline => ({ state: 'unknown', text: `No fault is known, but ${text}` })

/** What is said of the events of a panel while all else is well. */
const told = (panel: string, ...lines: SeriesLine[]): readonly string[] =>
  concernsOf(WELL, seriesOf({ [panel]: lines })).map(({ text }) => text)

describe('the headline', () => {
  test('says that all is well, and within what time reports are matched', () => {
    const canaries = seriesOf({
      ...FOUND,
      'canary-seconds': [line('median', 0.1, 0.1, 0.1), line('99th percentile', 0.2, 0.3, 0.31)],
    })
    expect(headline(WELL, canaries)).toEqual({
      state: 'well',
      text: 'All is well: reports are matched, 99 of 100 within 310 ms',
    })
    expect(headline(WELL, seriesOf(FOUND)).text).toBe('All is well: reports are matched, no report waits')
    const behind = viewOf(ONE, [at(0, { end: 90, lagSeconds: 8.5 })])
    expect(headline(behind, canaries).text).toBe(
      'All is well: reports are matched, the oldest that waits came 8.5 s ago',
    )
  })

  test('never says so while it is not known how far matching is behind, or nothing was heard', () => {
    const { fleet: _, ...silent } = WELL
    expect(headline(silent)).toMatchObject({ state: 'unknown' })
    const lagUnknown = viewOf(ONE, [{ topic: 'reports', partition: 0 }])
    expect(headline(lagUnknown).state).not.toBe('well')
    const blind = viewOf(ONE, undefined)
    expect(headline(blind)).toEqual({ state: 'wrong', text: '1 thing needs you' })
  })

  test('says that it is not known yet, and nothing worse, until the last minutes and a canary are known', () => {
    expect(headline(WELL)).toEqual(unknown('the last minutes are not known yet'))
    const noCanary = unknown('it is not known yet whether canaries are found')
    expect(headline(WELL, seriesOf({}))).toEqual(noCanary)
    const gone = seriesOf({ 'canary-age': [line('host-1/1', 3, null, null)] })
    expect(headline(WELL, gone)).toEqual(noCanary)
    const restarted = [line('host-1/1', 3, null, null), line('host-1/2', null, null, 4)]
    expect(headline(WELL, seriesOf({ 'canary-age': restarted })).state).toBe('well')
  })

  test('takes no charts for the present that have not been renewed for three steps and fifteen seconds', () => {
    const series = seriesOf(FOUND)
    const ago = (ms: number): SeriesView => ({ ...series, at: new Date(NOW - ms).toISOString() })
    expect(headline(WELL, ago(45_000)).state).toBe('well')
    expect(headline(WELL, ago(46_000))).toEqual({
      state: 'unknown',
      text: 'No fault is known, but what the charts show is 46 s old',
    })
    expect(staleSeriesSeconds(series, NOW + 45_000)).toBeUndefined()
    expect(staleSeriesSeconds(series, NOW + 46_000)).toBe(46)
  })

  test('counts what needs somebody, and how much of it at once', () => {
    const one = viewOf(
      [{ ...FIRST, status: { ready: false, waitingFor: [{ code: 'kafka', why: 'away' }] } }],
      [at(0)],
    )
    expect(headline(one).text).toBe('1 thing needs you')
    const both = viewOf(
      [
        { pid: 1, match: { partitions: [at(0)], policy: '1111111111111111' } },
        {
          pid: 2,
          match: { partitions: [at(1)] },
          status: { ready: false, waitingFor: [{ code: 'kafka', why: 'away' }] },
        },
      ],
      [at(0), at(1)],
    )
    expect(headline(both).text).toBe('2 things need you, 1 of them now')
    const late = viewOf(ONE, [at(0, { end: 900, lagSeconds: 90 })])
    expect(headline(late).text).toBe('1 thing needs you now')
  })

  test('is not troubled by notes', () => {
    const noted = viewOf(
      [{ ...FIRST, status: { lastError: { error: 'Error', at: new Date(NOW - 1_000).toISOString() } } }],
      [at(0)],
    )
    expect(concernsOf(noted, undefined).map(({ severity }) => severity)).toEqual(['note'])
    expect(headline(noted, seriesOf(FOUND)).state).toBe('well')
  })
})

describe('what needs an operator', () => {
  test('a panel whose newest value is over its limit is told with its reason and runbook', () => {
    const canaries = seriesOf({ 'canary-age': [line('reports/0', 3, 4, 5), line('reports/1', 40, 80, 84)] })
    expect(concernsOf(WELL, canaries)).toEqual([
      {
        severity: 'warning',
        text: 'Age of the last canary found: 84 s (reports/1). It should stay below 60 s.',
        meaning: panelOf('canary-age')?.why,
        runbook: 'HashwardenCanaryLate',
      },
    ])
    const before = seriesOf({ 'canary-age': [line('reports/1', 84, null, null)] })
    expect(concernsOf(WELL, before)).toEqual([])
  })

  test('the same is not told twice, once by the service and once by a panel', () => {
    const late = viewOf(ONE, [at(0, { end: 900, lagSeconds: 90 })])
    const lag = seriesOf({ 'lag-seconds': [line('reports', 0, 60, 90)] })
    expect(concernsOf(late, lag).filter(({ runbook }) => runbook === 'HashwardenReportsWait')).toHaveLength(1)
  })

  test('dead letters of the last ten minutes are told with their codes', () => {
    const notJson = line('not-json', 0, null, 2)
    expect(told('dead-letters', line('all', 0, null, 2), notJson, line('empty', 0, 0, 0))).toEqual([
      'Dead letters: 2 (not-json) in the last 10 minutes.',
    ])
    // The service's sum of all codes is the total, and none of the codes.
    expect(told('dead-letters', line('all', 3, null, 2), line('empty', 3, 0, 0), notJson)).toEqual([
      'Dead letters: 5 (3 empty, 2 not-json) in the last 10 minutes.',
    ])
    expect(told('thread-deaths', line('all', 0, 1, 1))).toEqual([
      'Threads that died: 2 in the last 10 minutes.',
    ])
  })

  test('what the page can’t see is one of them', () => {
    const unseen = viewOf(ONE, [at(0)], {
      unseen: [{ part: 'samples', code: 'away', text: 'The review store does not answer.' }],
    })
    expect(concernsOf(unseen, undefined)).toMatchObject([
      { severity: 'warning', text: 'The review store does not answer.' },
    ])
  })

  test('processes that wait for the same are one thing, with how many they are', () => {
    const status = { ready: false, waitingFor: [{ code: 'kafka', why: 'away' }] }
    const view = viewOf(
      [
        { ...FIRST, status },
        { pid: 2, status },
      ],
      [at(0)],
    )
    expect(concernsOf(view, undefined).map(({ text }) => text)).toEqual([
      '2 processes are not ready: kafka: away.',
    ])
  })

  test('lists that have not changed for a day are a note, if that is known', () => {
    const { listsChangedAt: _, ...notTold } = WELL
    expect(concernsOf({ ...notTold, listsUnchanged: true }, undefined)).toMatchObject([
      { severity: 'note', runbook: 'HashwardenListsUnchanged' },
    ])
    expect(concernsOf(notTold, undefined)).toEqual([])
    expect(concernsOf(WELL, undefined)).toEqual([])
  })

  test('every problem has a runbook that exists', () => {
    const runbooks = readdirSync(new URL('../../deploy/runbooks', import.meta.url))
    for (const { runbook } of Object.values(PROBLEM_WORDS)) expect(runbooks).toContain(`${runbook}.md`)
  })
})

/** What is read out while a matcher is this far behind. */
function newsWith(lagSeconds: number, pid: number): ReturnType<typeof newsOf> {
  const late = at(0, { end: 900, lagSeconds })
  const view = viewOf([{ pid, match: { partitions: [late] } }], [late])
  const concerns = concernsOf(view, undefined)
  return newsOf(headlineOf(view, undefined, concerns), concerns)
}

test('another concern and a graver one are news that is read out; another number, place or note is none', () => {
  const first = newsWith(90, 1)
  expect(first.text).toMatch(/^1 thing needs you now\. .*90 s/)
  expect(newsWith(95, 2).key).toBe(first.key)
  expect(newsWith(0, 1).key).not.toBe(first.key)
  const [late, dead] = (['canary-age', 'dead-letters'] as const).map((panel) => {
    const concerns = concernsOf(WELL, seriesOf({ [panel]: [line('all', 80, 80, 80)] }))
    return newsOf({ state: 'wrong', text: '1 thing needs you' }, concerns)
  })
  expect(late.key).not.toBe(dead.key)
  expect(late.text).not.toBe(dead.text)
  const [concern] = concernsOf(WELL, seriesOf({ 'canary-age': [line('all', 80, 80, 80)] }))
  const graver = newsOf({ state: 'wrong', text: '1 thing needs you' }, [{ ...concern, severity: 'urgent' }])
  expect(graver.key).not.toBe(late.key)
  const noted = newsOf({ state: 'wrong', text: '1 thing needs you' }, [
    concern,
    { ...concern, severity: 'note' },
  ])
  expect(noted.key).toBe(late.key)
})

test('a picture of more than fifteen seconds is stale, by its own time', () => {
  expect(staleSeconds(WELL, NOW + 15_000)).toBeUndefined()
  expect(staleSeconds(WELL, NOW + 34_000)).toBe(34)
})

test('whether the picture or only its charts are old is said in words', () => {
  const old = (view: OperationsView, ms: number): string | undefined =>
    staleText(view, seriesOf({}), NOW + ms)?.fact
  expect(old(WELL, 15_000)).toBeUndefined()
  expect(old(WELL, 90_000)).toBe('This picture is 90 s old.')
  const renewed = { ...WELL, at: new Date(NOW + 90_000).toISOString() }
  expect(old(renewed, 91_000)).toBe('The charts are 91 s old.')
  expect(staleText(WELL, undefined, NOW)).toBeUndefined()
})

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
