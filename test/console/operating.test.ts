// The operations page's judgement: the one sentence, what needs an operator, and whether that is of this moment.
import { describe, expect, test } from 'vitest'
import { concernsOf, headlineOf, newsOf, type Headline } from '../../src/console/pages/operating/concerns.ts'
import { staleSeconds, staleSeriesSeconds, staleText } from '../../src/console/pages/operating/freshness.ts'
import { listRows } from '../../src/console/pages/operating/list-rows.ts'
import { panelOf } from '../../src/console/pages/operating/panels.ts'
import { PROBLEM_WORDS } from '../../src/console/wording/problems.ts'
import type { OperationsView, SeriesLine, SeriesView } from '../../src/contract/review.ts'
import { readdirSync } from 'node:fs'
import { aList, matching, syncing } from '../fixtures/statuses.ts'
import { FIRST, FOUND, NOW, ONE, WELL, at, line, seriesOf, viewOf } from './operations-view.ts'

const headline = (view: OperationsView, series?: SeriesView): Headline =>
  headlineOf(view, series, concernsOf(view, series))

const unknown = (text: string): Headline => ({ state: 'unknown', text: `No fault is known, but ${text}` })

/** What is said of the events of a panel while all else is well. */
const told = (panel: string, ...lines: SeriesLine[]): readonly string[] =>
  concernsOf(WELL, seriesOf({ [panel]: lines })).map(({ text }) => text)

/** All is well, and a daemon keeps these lists up to date. */
const withLists = (lists: readonly ReturnType<typeof aList>[]): OperationsView =>
  viewOf([FIRST, { pid: 2, status: syncing(lists) }], [at(0)])

describe('the lists', () => {
  test('have rows that say when each was read to its end and what is wrong, the stalest first', () => {
    const { checkedAt: _, ...never } = aList({ source: 'stopncii' })
    const pending = { why: 'adds-much', since: '2026-01-02T03:00:00.000Z' }
    const { fleet } = withLists([
      aList({ pending }),
      never,
      aList({ source: 'iwf', checkedAt: '2026-01-01T03:04:00.000Z' }),
      aList({ source: 'tat', staleAfterSeconds: 36_000 }),
    ])
    expect(fleet && listRows(fleet)).toMatchObject([
      { source: 'iwf', mark: 'stale', isBad: true },
      { source: 'stopncii', read: undefined, mark: 'first reading', isBad: false },
      { source: 'ncmec', mark: 'a change waits', isBad: true },
      { source: 'tat', mark: undefined, isBad: false },
    ])
  })
})

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

  test.each([
    [
      'search',
      { search: 1.9, acknowledge: 1 },
      'The search is too slow for the reports that come: it takes 95 % of the time of 2 matcher threads.',
    ],
    [
      'the brokers',
      { search: 0.1, acknowledge: 1.6 },
      'The brokers take hits too slowly (acknowledge): waiting for them takes 80 % of the time',
    ],
    ['nothing', { search: 0.1, acknowledge: 0.1 }, 'The matcher threads are idle for most of the time'],
  ])('the sentence on reports that wait says what is slow: %s', (_, shares, expected) => {
    const threads = { ...FIRST, status: { match: matching({ threads: 2 }) } }
    const view = viewOf([threads], [at(0, { end: 90, lagSeconds: 70 })])
    const stages = Object.entries(shares).map(([name, share]) => line(name, share, share, share))
    const [concern] = concernsOf(view, seriesOf({ stages }))
    expect(concern).toMatchObject({ severity: 'urgent', runbook: 'HashwardenReportsWait' })
    expect(concern.text).toContain(expected)
  })

  test('of several sentences on slow matching only the gravest says what is slow', () => {
    const threads = { ...FIRST, status: { match: matching({ threads: 2 }) } }
    const series = seriesOf({
      stages: [line('search', 1.9, 1.9, 1.9)],
      'canary-seconds': [line('median', 20, 20, 20)],
      'report-to-hit': [line('median', 30, 30, 30)],
    })
    const saying = (lagSeconds: number) => {
      const concerns = concernsOf(viewOf([threads], [at(0, { end: 90, lagSeconds })]), series)
      return concerns.filter(({ text }) => text.includes('search')).map(({ runbook }) => runbook)
    }
    expect(saying(70)).toEqual(['HashwardenReportsWait'])
    expect(saying(0)).toEqual(['HashwardenMatchingLate'])
  })

  test('hits that come late are said with what is slow, also while no report waits', () => {
    const threads = { ...FIRST, status: { match: matching({ threads: 2 }) } }
    const series = seriesOf({
      stages: [line('acknowledge', 1.9, 1.9, 1.9)],
      'report-to-hit': [line('median', 30, 30, 30)],
    })
    const [concern] = concernsOf(viewOf([threads], [at(0)]), series)
    expect(concern.runbook).toBe('HashwardenHitsLate')
    expect(concern.text).toContain('The brokers take hits too slowly')
  })

  test('lists that have not changed for a day are a note, if that is known', () => {
    const { listsChangedAt: _, ...notTold } = WELL
    expect(concernsOf({ ...notTold, listsUnchanged: true }, undefined)).toMatchObject([
      { severity: 'note', runbook: 'HashwardenListsUnchanged' },
    ])
    expect(concernsOf(notTold, undefined)).toEqual([])
    expect(concernsOf(WELL, undefined)).toEqual([])
  })

  test('lists that have not changed for a day are no note while each is read to its end in time', () => {
    const { listsChangedAt: _, ...notTold } = withLists([aList()])
    expect(concernsOf({ ...notTold, listsUnchanged: true }, undefined)).toEqual([])
    const stale = withLists([aList({ checkedAt: '2026-01-01T03:04:00.000Z' })])
    expect(concernsOf({ ...stale, listsUnchanged: true }, undefined).map(({ runbook }) => runbook)).toEqual([
      'HashwardenListStale',
      'HashwardenListsUnchanged',
    ])
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

/** What is said of this view and of charts of NOW, this time after it, in milliseconds. */
const old = (view: OperationsView, ms: number): string | undefined =>
  staleText(view, seriesOf({}), NOW + ms)?.fact

test('whether the picture or only its charts are old is said in words', () => {
  expect(old(WELL, 15_000)).toBeUndefined()
  expect(old(WELL, 90_000)).toBe('This picture is 90 s old.')
  const renewed = { ...WELL, at: new Date(NOW + 90_000).toISOString() }
  expect(old(renewed, 91_000)).toBe('The charts are 91 s old.')
  expect(staleText(WELL, undefined, NOW)).toBeUndefined()
})
