import { expect, test } from 'vitest'
import { HEALTHY } from '../alerts/healthy.ts'
import { SCENARIOS } from '../alerts/scenarios.ts'
import { ALERTS, askedBy, faultsOf, labelsOf, RULE_GROUPS, RULES } from './known-metrics.ts'

const namesIn = (text: string): readonly string[] => text.match(/hashwarden_\w+/g) ?? []

test('alerts and their groups have names of their own', () => {
  for (const names of [ALERTS.map(({ alert }) => alert), RULE_GROUPS.map(({ name }) => name)])
    expect(new Set(names).size).toBe(names.length)
})

test.each(RULES.map((rule) => ({ name: rule.alert ?? rule.record, ...rule })))(
  '$name asks for metrics and labels that there are',
  ({ expr }) => {
    expect(askedBy(expr).metrics.length).toBeGreaterThan(0)
    expect(faultsOf(expr)).toEqual([])
  },
)

test.each(ALERTS)('$alert says what is wrong and what to do', ({ expr, annotations, labels, ...rule }) => {
  const { summary, description } = annotations
  for (const name of namesIn(`${summary} ${description}`)) expect(labelsOf(name), name).toBeDefined()
  const shown = [...`${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
  expect(faultsOf(expr, shown)).toEqual([])
  expect(labels.severity).toMatch(/^(critical|warning)$/)
  expect(summary).toMatch(/\.$/)
  expect(description).toMatch(/[.?]$/)
  for (const [alert] of description.matchAll(/Hashwarden[A-Z]\w+/g))
    expect(ALERTS.map((other) => other.alert)).toContain(alert)
  expect(rule.for ?? '1m').toMatch(/^\d+[mh]$/)
})

test('an alert stands for each way to be blind', () => {
  const asked = new Set(ALERTS.flatMap(({ expr }) => askedBy(expr).metrics))
  for (const name of [
    'canary_age_seconds',
    'canaries_missed_total',
    'known_canary',
    'ready',
    'known_entries',
    'known_offset',
    'partitions',
    'thread_answer_age_seconds',
  ])
    expect(asked).toContain(`hashwarden_${name}`)
})

test('each alert fires in a scenario that `npm run test:alerts` proves', () => {
  const fired = new Set(SCENARIOS.flatMap(({ firing }) => Object.values(firing).flat()))
  expect([...fired].map((alert) => `Hashwarden${alert}`).sort()).toEqual(
    ALERTS.map(({ alert }) => alert).sort(),
  )
})

test('scenarios are made of series that our processes have', () => {
  const series = new Set([HEALTHY, ...SCENARIOS.map((scenario) => scenario.series)].flatMap(Object.keys))
  for (const each of series) {
    const [, name, labels] = /^(\w+)\{(.*)\}$/.exec(each) ?? []
    if (name === 'up') continue
    const given = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
    const expected = [...(labelsOf(name) ?? ['no such metric']), 'job', 'instance']
    expect(given.toSorted(), each).toEqual(expected.toSorted())
  }
})
