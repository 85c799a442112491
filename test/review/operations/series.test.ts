import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { SeriesView } from '../../../src/contract/review.ts'
import { PANEL_IDS, quantileOf, type PanelId, type Sample } from '../../../src/review/operations/sample.ts'
import { RANGES, seriesView } from '../../../src/review/operations/series.ts'
import { DASHBOARDS } from '../../../src/telemetry/panels/dashboards.ts'

const NOW = 1_800_000_005
const check = Compile(SeriesView)

const sample = (values: Sample['values'], times: Sample['times'] = {}): Sample => ({ values, times })

const hits = (counts: number[]): Sample => sample({}, { 'report-to-hit': { bounds: [0.1, 1], counts } })

/** The lines of a panel, of the last steps. */
function lastOf(panel: PanelId, samples: readonly { at: number; sample: Sample }[], steps = 3) {
  const view = seriesView('15m', { now: NOW, samples })
  expect(check.Errors(view)).toEqual([])
  const lines = view.panels.find((one) => one.panel === panel)?.lines ?? []
  return Object.fromEntries(lines.map(({ name, values }) => [name, values.slice(-steps)]))
}

test('every panel of the page is one of the shared panels, which have its title, unit and runbook', () => {
  const shared = new Set(
    DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.map(({ id }) => id))),
  )
  expect(PANEL_IDS.filter((id) => !shared.has(id))).toEqual([])
})

test('a range is whole and has at most 360 evenly spaced steps, also where there are no samples', () => {
  for (const range of ['15m', '1h', '6h', '24h'] as const) {
    const { times, stepSeconds, panels } = seriesView(range, { now: NOW, samples: [] })
    expect(times.length).toBeLessThanOrEqual(360)
    expect(times.length * stepSeconds).toBe(RANGES[range].seconds)
    expect(new Set(times.slice(1).map((time, at) => time - times[at]))).toEqual(new Set([stepSeconds]))
    expect(times.at(-1)).toBeLessThanOrEqual(NOW)
    expect(NOW - (times.at(-1) ?? 0)).toBeLessThan(stepSeconds)
    expect(panels.map(({ panel }) => panel)).toEqual(PANEL_IDS)
    expect(panels.every(({ lines }) => lines.length === 0)).toBe(true)
  }
})

test('a step without a sample, and a value that is not known, are gaps and not 0', () => {
  const samples = [
    { at: NOW - 25, sample: sample({ 'lag-records': { reports: 4 }, 'lag-seconds': { reports: 1 } }) },
    { at: NOW - 1, sample: sample({ 'lag-records': { reports: 0 } }) },
  ]
  expect(lastOf('lag-records', samples)).toEqual({ reports: [4, null, 0] })
  expect(lastOf('lag-seconds', samples)).toEqual({ reports: [1, null, null] })
})

test('within a step a spike of lag and a process that was not ready stay, rates are means, and events are added up', () => {
  const at = NOW - 5
  const samples = [
    { at, sample: sample({ 'lag-seconds': { reports: 1 }, ready: { ready: 3 }, reports: { matched: 10 } }) },
    { at: at + 1, sample: sample({ 'lag-seconds': { reports: 90 }, ready: { ready: 1 } }) },
    { at: at + 2, sample: sample({ 'dead-letters': { all: 2, empty: 2 }, reports: { matched: 20 } }) },
    { at: at + 3, sample: sample({ 'dead-letters': { all: 1, 'not-json': 1 } }) },
  ]
  expect(lastOf('lag-seconds', samples, 1)).toEqual({ reports: [90] })
  expect(lastOf('ready', samples, 1)).toEqual({ ready: [1] })
  expect(lastOf('reports', samples, 1)).toEqual({ matched: [15] })
  expect(lastOf('dead-letters', samples, 1)).toEqual({ all: [3], empty: [2], 'not-json': [1] })
})

test('a code of dead letters that did not come in a step is 0 there if the others are known', () => {
  const samples = [
    { at: NOW - 25, sample: sample({ 'dead-letters': { all: 1, empty: 1 } }) },
    { at: NOW - 15, sample: sample({ 'dead-letters': { all: 0 } }) },
  ]
  expect(lastOf('dead-letters', samples)).toEqual({ all: [1, 0, null], empty: [1, 0, null] })
})

test('times are told as median and 99th percentile of all observations of the step, and none where there was none', () => {
  const samples = [
    { at: NOW - 15, sample: hits([0, 0, 0]) },
    { at: NOW - 4, sample: hits([5, 5, 5]) },
    { at: NOW - 3, sample: hits([0, 5, 5]) },
  ]
  expect(lastOf('report-to-hit', samples, 2)).toEqual({
    median: [null, 0.1],
    '99th percentile': [null, 0.982],
  })
})

test('a quantile lies within its bucket as Prometheus has it, and beyond the last bound is that bound', () => {
  const histogram = { bounds: [1, 2, 4], counts: [0, 10, 10, 20] }
  expect(quantileOf(histogram, 0.25)).toBe(1.5)
  expect(quantileOf(histogram, 0.99)).toBe(4)
  expect(quantileOf({ bounds: [], counts: [3] }, 0.5)).toBeUndefined()
})
