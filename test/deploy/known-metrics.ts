// What a query may ask for: the metrics that our processes have, with their labels, and what the rules record.
import { readFileSync } from 'node:fs'
import { parser } from '@prometheus-io/lezer-promql'
import { parse } from 'yaml'
import { createTelemetry } from '../../src/cli/match-service.ts'

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: { readonly severity: string }
  readonly annotations?: {
    readonly summary: string
    readonly description: string
    readonly runbook_url: string
  }
}

export type AlertRule = Rule & Required<Pick<Rule, 'alert' | 'labels' | 'annotations'>>

const isAlert = (rule: Rule): rule is AlertRule => rule.alert !== undefined

// The file's shape is what tests of the rules check.
export const { groups: RULE_GROUPS } = parse(
  readFileSync(new URL('../../deploy/prometheus/hashwarden.rules.yaml', import.meta.url), 'utf8'),
) as { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] }
export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules)
export const ALERTS: readonly AlertRule[] = RULES.filter(isAlert)

const { registry } = createTelemetry('silent').metrics
/** Labels that Prometheus itself puts on every series of a process. */
const OF_TARGET = ['job', 'instance']

/** The labels of a metric, or of a histogram's series; undefined if there is no such metric. */
export function labelsOf(name: string): readonly string[] | undefined {
  const series = /_(bucket|count|sum)$/.exec(name)?.[0] ?? ''
  const metric =
    registry.getSingleMetric(name) ?? registry.getSingleMetric(name.slice(0, name.length - series.length))
  // prom-client keeps the names and doesn't tell of them in its types.
  const labels = metric && 'labelNames' in metric ? (metric.labelNames as readonly string[]) : undefined
  return labels && series === '_bucket' ? [...labels, 'le'] : labels
}

/** What a query asks for. */
export interface Asked {
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
}

/** @throws Error if it is no PromQL. */
export function askedBy(expr: string): Asked {
  const text = expr.replaceAll('$__rate_interval', '1m')
  const metrics: string[] = []
  const labels: string[] = []
  parser.parse(text).iterate({
    enter: ({ type, name, from, to }) => {
      if (type.isError) throw new Error(`No PromQL at ${from}: ${text}`)
      if (name === 'Identifier') metrics.push(text.slice(from, to))
      if (name === 'LabelName') labels.push(text.slice(from, to))
    },
  })
  return { metrics, labels }
}

/** What is wrong with a query, or with the labels that its results are shown by: nothing if all of it exists. */
export function faultsOf(expr: string, shown: readonly string[] = []): readonly string[] {
  const { metrics, labels } = askedBy(expr)
  const known = new Set(OF_TARGET)
  const faults: string[] = []
  for (const metric of metrics) {
    const recorded = RULES.find(({ record }) => record === metric)
    const itsLabels = recorded ? labelsOfRecord(metric) : metric === 'up' ? [] : labelsOf(metric)
    if (!itsLabels) faults.push(`there is no metric ${metric}`)
    for (const label of itsLabels ?? []) known.add(label)
  }
  for (const label of [...labels, ...shown])
    if (!known.has(label)) faults.push(`no metric has a label ${label}`)
  return faults
}

/** A recorded series says in its name which labels it has. */
const labelsOfRecord = (name: string): readonly string[] => name.split(':')[0].split('_')
