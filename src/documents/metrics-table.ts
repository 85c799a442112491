// The tables of deploy/prometheus/README.md: every metric, from the registry, and every alert, from the rules.
import { parse } from 'yaml'
import { LABEL_VALUES } from '../stream/label-values.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { measureThread } from '../telemetry/thread-metrics.ts'
import { tablePut, type Rows } from './table-put.ts'

/** Prometheus's units, as names end with them. */
const UNITS = ['seconds', 'bytes', 'records', 'partitions', 'entries', 'values', 'offset', 'lines']

/** Metrics that are not ours by name and that alerts need. */
const OTHERS = new Set(['process_resident_memory_bytes', 'process_start_time_seconds'])

interface Alert {
  /** A recording rule has none. */
  readonly alert?: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

/** The text of deploy/prometheus/README.md with both tables put in; `rules` is the text of the rules' file. */
export async function withMetricTables(readme: string, rules: string): Promise<string> {
  return tablePut(tablePut(readme, 'metrics', await metricRows()), 'alerts', alertRows(rules))
}

async function metricRows(): Promise<Rows> {
  const { registry } = createMetrics({ labelValues: LABEL_VALUES })
  measureThread(registry, 'main')
  const ours = (await registry.getMetricsAsJSON())
    .filter(({ name }) => name.startsWith('hashwarden_') || OTHERS.has(name))
    .map(({ name, help, type, values }) => {
      const metric = registry.getSingleMetric(name)
      // prom-client keeps the names and doesn't tell of them in its types.
      const labels = metric && 'labelNames' in metric ? (metric.labelNames as readonly string[]) : []
      const valuesOf = (label: string): readonly string[] => [
        ...new Set(values.map((value) => String(value.labels[label] ?? ''))),
      ]
      return [
        `\`${name}\``,
        String(type),
        unitOf(name),
        labels.map((label) => labelText(label, valuesOf(label))).join('; '),
        help,
      ]
    })
  return [['metric', 'type', 'unit', 'labels', 'meaning'], ...ours]
}

/** The unit that a name says, before `_total`. */
const unitOf = (name: string): string =>
  UNITS.find((unit) => name.replace(/_total$/, '').endsWith(`_${unit}`)) ?? 'number'

/** A label, with its values if they are a closed set. */
const labelText = (label: string, values: readonly string[]): string =>
  label === 'thread' || values.length === 0 ? `\`${label}\`` : `\`${label}\`: ${values.join(', ')}`

function alertRows(rules: string): Rows {
  // test/deploy checks the shape of the file.
  const { groups } = parse(rules) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
  const alerts = groups.flatMap((group) => group.rules)
  return [
    ['alert', 'severity', 'for', 'when'],
    ...alerts.flatMap(({ alert, for: lasting = '', labels, annotations }) =>
      alert === undefined
        ? []
        : [[`[${alert}](../runbooks/${alert}.md)`, labels.severity, lasting, plain(annotations.summary)]],
    ),
  ]
}

/** A template without its braces, for example `{{ $labels.code }}` as `code`. */
const plain = (template: string): string =>
  template.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`').replaceAll('|', '\\|')
