import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../../src/telemetry/metrics.ts'

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
const metrics = new Map(
  createMetrics()
    .registry.getMetricsAsArray()
    .map((metric) => [metric.name, metric]),
)

test('alerts and their groups have names of their own', () => {
  for (const names of [rules.map(({ alert }) => alert), groups.map(({ name }) => name)])
    expect(new Set(names).size).toBe(names.length)
})

test.each(rules)('$alert asks for metrics that there are, and says what is wrong and what to do', (rule) => {
  const asked = rule.expr.match(/hashwarden_\w+/g) ?? []
  expect(asked.length).toBeGreaterThan(0)
  for (const name of asked) expect([...metrics.keys()]).toContain(name)
  expect(rule.labels.severity).toMatch(/^(critical|warning)$/)
  expect(rule.annotations.summary).toMatch(/\.$/)
  expect(rule.annotations.description).toMatch(/[.?]$/)
  expect(rule.for ?? '1m').toMatch(/^\d+m$/)
})

test.each(rules)('$alert names only labels that its metric has', ({ expr, annotations }) => {
  const [name = ''] = /hashwarden_\w+/.exec(expr) ?? []
  const metric = metrics.get(name)
  const labels = metric && 'labelNames' in metric ? metric.labelNames : []
  for (const [, label] of `${annotations.summary} ${annotations.description}`.matchAll(/\$labels\.(\w+)/g))
    expect(labels).toContain(label)
})

test('an alert stands for each way to be blind', () => {
  const asked = new Set(rules.flatMap(({ expr }) => expr.match(/hashwarden_\w+/g) ?? []))
  for (const name of [
    'canary_age_seconds',
    'canaries_missed_total',
    'known_canary',
    'ready',
    'known_entries',
  ])
    expect(asked).toContain(`hashwarden_${name}`)
})
