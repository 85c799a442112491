// Every alert has been provoked for real: in the run that CI makes, or in one whose series are kept. What is kept is still what
// our processes say.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FAULT_ENTRIES } from '../alerts/faults.ts'
import { PROVOKED } from '../alerts/provoked.ts'
import { recordingOf } from '../alerts/recorded-test.ts'
import { decodeValues, encodeValues, seriesOf, stretched } from '../alerts/recording.ts'
import { ALERTS, askedBy, labelsOf, RULES } from './known-metrics.ts'

const FOLDER = new URL('../alerts/recorded/', import.meta.url)

test('each alert is provoked for real, in a real run or in a recorded one', () => {
  const recorded = FAULT_ENTRIES.flatMap(([, { firing }]) => Object.values(firing).flat())
  const provoked = new Set([...PROVOKED, ...recorded.map((alert) => `Hashwarden${alert}`)])
  expect([...provoked].toSorted()).toEqual(ALERTS.map(({ alert }) => alert).toSorted())
})

test('each fault has a recording, and each recording a fault', () => {
  const files = globSync('*.json', { cwd: FOLDER }).map((file) => file.replace('.json', ''))
  expect(files.toSorted()).toEqual(FAULT_ENTRIES.map(([name]) => name).toSorted())
})

test('recordings are small, and name no host and no path', () => {
  const texts = FAULT_ENTRIES.map(([name]) => readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'))
  expect(texts.join('').length).toBeLessThan(1_000_000)
  for (const text of texts) expect(text).not.toMatch(/127\.0\.0\.1|localhost|\/tmp\/|\/work\//)
})

/** What the rules ask for, of what processes tell: `up` is Prometheus's own, and some series only rules record. */
const ASKED = [...new Set(RULES.flatMap(({ expr }) => askedBy(expr).metrics))].filter(
  (name) => labelsOf(name) !== undefined,
)

/** Metrics of processes that older recordings lack. */
const OF_ROLES = { sync: 'hashwarden_list_', serve: 'hashwarden_share_', gateway: 'hashwarden_gateway_' }

/** Metrics that came after some of the recordings. */
const OF_LATER = new Set(['hashwarden_list_records_refused_total'])

describe.each(FAULT_ENTRIES)('%s', (name) => {
  const series = seriesOf(recordingOf(name))

  test('has series of metrics that there are, with the labels that they have now', () => {
    for (const { name: metric, labels } of series) {
      if (metric === 'up') continue
      const given = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
      expect(given.toSorted(), metric).toEqual([...(labelsOf(metric) ?? ['no such metric'])].toSorted())
    }
  })

  test('has all that the rules ask for, of lists and of sharing where a process does that', () => {
    const recorded = new Set(series.map((one) => one.name))
    const isAsked = (metric: string): boolean =>
      Object.entries(OF_ROLES).every(
        ([role, begin]) => !metric.startsWith(begin) || series.some(({ instance }) => instance === role),
      )
    expect(
      ASKED.filter((metric) => isAsked(metric) && !recorded.has(metric) && !OF_LATER.has(metric)),
    ).toEqual([])
  })
})

test('values come back as they were kept', () => {
  const values = [1, 1, undefined, 2.5, 2.5, 2.5, undefined, undefined, -3]
  expect(encodeValues(values)).toBe('1x2 _ 2.5x3 _x2 -3')
  expect(decodeValues(encodeValues(values))).toEqual(values)
})

test('a counter goes on at the pace that it had, and a gauge has the same values again', () => {
  const recording = { commit: '', everySeconds: 3, before: 3, series: {} }
  const play = { everySeconds: 3, quietSeconds: 12, faultSeconds: 12, steadyLooks: 2 }
  const of = (name: string, values: readonly number[]) =>
    stretched({ name, labels: '', instance: 'one', values }, recording, play)
  expect(of('a_total', [0, 1, 2, 2, 7, 9])).toEqual([0, 1, 2, 3, 4, 5, 6, 6, 11, 13, 18, 20])
  expect(of('a_records', [5, 6, 5, 9, 8, 9])).toEqual([5, 6, 5, 6, 5, 6, 5, 9, 8, 9, 8, 9])
})
