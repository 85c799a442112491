// Lines over time: which are drawn, gaps, and the same in words and as a table.
import { describe, expect, test } from 'vitest'
import {
  alone,
  drawnLines,
  heightOf,
  linesSentence,
  newest,
  placeIn,
  tableRows,
  valueAt,
  valuesSentence,
  type Line,
} from '../../src/console/charts/lines.ts'
import { momentOf } from '../../src/console/charts/moments.ts'
import { spans } from '../../src/console/charts/spans.ts'
import { sparkPaths } from '../../src/console/charts/spark-path.ts'
import { amount, duration, unitWords } from '../../src/console/wording/amounts.ts'

const line = (name: string, ...values: (number | null)[]): Line => ({ name, values })

describe('an unknown value is never drawn or said as 0', () => {
  test('its amount is a dash, and a known 0 is a 0', () => {
    for (const unknown of [undefined, null, Number.NaN]) expect(amount(unknown, 'records')).toBe('–')
    expect(duration(undefined)).toBe('–')
    expect(amount(0, 'records a second')).toBe('0/s')
    expect(duration(0)).toBe('0 s')
  })

  test('the newest value is unknown once two steps have none', () => {
    expect(newest(line('a', 1, 2))).toBe(2)
    expect(newest(line('a', 1, 2, null))).toBe(2)
    expect(newest(line('a', 1, 2, null, null))).toBeUndefined()
    expect(newest(line('a'))).toBeUndefined()
  })

  test('a line that has gone is said with what it was, and that it is unknown now', () => {
    const gone = line('reports/1', 3, 5, null, null)
    expect(linesSentence([gone, line('reports/2', null, null)], 'seconds', 'the last hour')).toBe(
      'Over the last hour. reports/1: now unknown, lowest 3 s, highest 5 s; reports/2: unknown.',
    )
    expect(linesSentence([], 'seconds', 'the last hour')).toBe('Nothing is known for the last hour.')
  })

  test('the small line has a gap there, and a value between two gaps is a dot', () => {
    const { line: path, area } = sparkPaths([1, 2, null, 4, null, 2, 2], 4, { width: 60, height: 40 })
    expect(path).toBe('M0.0 30.0L10.0 20.0M30.0 0.0h0M50.0 20.0L60.0 20.0')
    expect(area.match(/Z/g)).toHaveLength(2)
    expect(sparkPaths([null, null], 1, { width: 60, height: 40 }).line).toBe('')
    expect(alone([1, 2, null, 4, null, 2, 2])).toEqual([3])
    expect(alone([7])).toEqual([0])
  })

  test('a row of the table has the highest known value of its time, and a dash where none is known', () => {
    const rows = tableRows([10, 20, 30, 40, 50], [line('a', 1, 9, 2, null, null)], 3)
    expect(rows).toEqual([
      { at: 50, values: [null] },
      { at: 30, values: [9] },
      { at: 10, values: [1] },
    ])
  })
})

test('of too many lines those that reach highest are drawn, by name, and the others are counted', () => {
  const lines = Array.from({ length: 9 }, (_, at) => line(`reports/${at}`, at, at))
  const { drawn, left } = drawnLines(lines)
  const highest = [3, 4, 5, 6, 7, 8].map((at) => `reports/${at}`)
  expect(drawn.map(({ name }) => name)).toEqual(highest)
  // A look later the newest values are the other way round: the same lines have the same places, and so their colours.
  const later = lines.map(({ name, values }, at) => line(name, ...values.slice(1), (9 - at) / 10))
  expect(drawnLines(later).drawn.map(({ name }) => name)).toEqual(highest)
  expect(left).toBe(3)
  expect(linesSentence(lines, 'records', 'the last hour')).toContain('3 lower lines are left out.')
})

test('a chart reaches up to its limit only when values come near to it', () => {
  expect(heightOf([line('a', 1, 2)], 60)).toBeLessThan(3)
  expect(heightOf([line('a', 1, 20)], 60)).toBeGreaterThan(60)
  expect(heightOf([line('a', null)])).toBe(1)
})

test('a time that is pointed at in one chart finds its place in another; once it has slid out, the first', () => {
  const times = [100, 110, 120]
  expect(placeIn(times, 111)).toBe(1)
  expect(placeIn(times, 99)).toBe(0)
  expect(placeIn(times, 121)).toBe(2)
  expect(placeIn(times, undefined)).toBeUndefined()
  expect(placeIn([], 100)).toBeUndefined()
  const lines = [line('written', 1, 2, 3), line('matched', 1, null, 3)]
  expect(valuesSentence(lines, 1, 'records a second')).toBe('written 2/s, matched –')
  expect(valueAt(lines[1], undefined)).toBe(3)
})

test('a time of a chart is as exact as its steps, and has its day where the chart is of a day', () => {
  const start = Date.parse('2026-11-30T14:03:20') / 1_000
  expect(momentOf([start, start + 10], start)).toBe('14:03:20')
  expect(momentOf([start, start + 60], start)).toBe('14:03')
  expect(momentOf([start, start + 240, start + 86_160], start)).toBe('Mon 14:03')
  expect(momentOf([start], start)).toBe('14:03')
})

test.each([
  [0.0004, 'seconds', '1 ms'],
  [0.31, 'seconds', '310 ms'],
  [0.9999, 'seconds', '1 s'],
  [4.25, 'seconds', '4.3 s'],
  [94.4, 'seconds', '94 s'],
  [720, 'seconds', '12 min'],
  [10_800, 'seconds', '3 h'],
  [1243.4, 'records a second', '1,243/s'],
  [0.42, 'records a second', '0.42/s'],
  [48_213_441, 'entries', '48.2 M'],
  [120_400, 'records', '120 k'],
  [99_999, 'records', '99,999'],
  [0.0512, 'share', '5.1 %'],
  [1.4, 'share', '140 %'],
  [1_900_000_000, 'bytes', '1.9 GB'],
] as const)('%d %s are shown as %s', (value, unit, text) => {
  expect(amount(value, unit)).toBe(text)
})

test('a unit is said beside a title that does not say it', () => {
  expect(unitWords('seconds', 'Lag in seconds', 15)).toBe('')
  expect(unitWords('records a second', 'Hits published, by grade', 15)).toBe('records per second')
  expect(unitWords('events', 'Dead letters', 15)).toBe('in 15 s')
})

test('cards fill every row, four in it at most', () => {
  expect(spans(1)).toEqual([12])
  expect(spans(5)).toEqual([4, 4, 4, 6, 6])
  expect(spans(7)).toEqual([3, 3, 3, 3, 4, 4, 4])
  for (let amountOf = 1; amountOf < 20; amountOf++)
    expect(spans(amountOf).reduce((sum, span) => sum + span, 0) % 12, String(amountOf)).toBe(0)
})
