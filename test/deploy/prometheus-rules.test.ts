import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { HEALTHY, SCENARIOS } from '../alerts/scenarios.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

// The file's shape is what this test checks.
const { groups } = parse(
  readFileSync(new URL('../../deploy/prometheus/hashwarden.rules.yaml', import.meta.url), 'utf8'),
) as { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const { registry } = createTelemetry('silent').metrics

/** The labels of a metric, or of a histogram's series; undefined if there is no such metric. */
function labelsOf(name: string): readonly string[] | undefined {
  const metric =
    registry.getSingleMetric(name) ?? registry.getSingleMetric(name.replace(/_(bucket|count|sum)$/, ''))
  // prom-client keeps the names and doesn't tell of them in its types.
  return metric && 'labelNames' in metric ? (metric.labelNames as readonly string[]) : undefined
}

const namesIn = (text: string): readonly string[] => text.match(/hashwarden_\w+/g) ?? []

test('alerts and their groups have names of their own', () => {
  for (const names of [rules.map(({ alert }) => alert), groups.map(({ name }) => name)])
    expect(new Set(names).size).toBe(names.length)
})

test.each(rules)('$alert asks for metrics that there are, and says what is wrong and what to do', (rule) => {
  const { summary, description } = rule.annotations
  expect(namesIn(rule.expr).length).toBeGreaterThan(0)
  for (const name of namesIn(`${rule.expr} ${summary} ${description}`))
    expect(labelsOf(name), name).toBeDefined()
  expect(rule.labels.severity).toMatch(/^(critical|warning)$/)
  expect(summary).toMatch(/\.$/)
  expect(description).toMatch(/[.?]$/)
  for (const [alert] of description.matchAll(/Hashwarden[A-Z]\w+/g))
    expect(rules.map((other) => other.alert)).toContain(alert)
  expect(rule.for ?? '1m').toMatch(/^\d+m$/)
})

test.each(rules)('$alert names only labels that its metric has', ({ expr, annotations }) => {
  const [name = ''] = namesIn(expr)
  for (const [, label] of `${annotations.summary} ${annotations.description}`.matchAll(/\$labels\.(\w+)/g))
    expect(labelsOf(name)).toContain(label)
})

test('an alert stands for each way to be blind', () => {
  const asked = new Set(rules.flatMap(({ expr }) => namesIn(expr)))
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
    rules.map(({ alert }) => alert).sort(),
  )
})

test('scenarios are made of series that matchers have', () => {
  const series = new Set([HEALTHY, ...SCENARIOS.map((scenario) => scenario.series)].flatMap(Object.keys))
  for (const each of series) {
    const [, name, labels] = /^(\w+)\{(.*)\}$/.exec(each) ?? []
    if (name === 'up') continue
    const given = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
    const of = labelsOf(name)
    const expected = [
      ...(of ?? ['no such metric']),
      ...(name.endsWith('_bucket') ? ['le'] : []),
      'job',
      'instance',
    ]
    expect(given.toSorted(), each).toEqual(expected.toSorted())
  }
})
