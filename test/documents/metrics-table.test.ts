// The tables of metrics and alerts, for people who run this.
import { expect, test } from 'vitest'
import { withMetricTables } from '../../src/documents/metrics-table.ts'

const README =
  '<!-- metrics: generated -->\n<!-- /metrics -->\nBetween.\n<!-- alerts: generated -->\n<!-- /alerts -->\n'
const RULES = `
groups:
  - name: one
    rules:
      - alert: ReportsRefused
        for: 5m
        labels: { severity: page }
        annotations:
          summary: 'Refused by {{ $labels.topic }} | code {{ $labels.code }}'
          description: d
      - record: job:refused:sum
        expr: sum by (job) (refused)
      - alert: AtOnce
        labels: { severity: ticket }
        annotations: { summary: s, description: d }
`

const table = await withMetricTables(README, RULES)
const cellsOf = (metric: string): readonly string[] =>
  table
    .split('\n')
    .find((line) => line.startsWith(`| \`${metric}\` |`))
    ?.split(' | ')
    .map((cell) => cell.replace(/^\| | \|$/g, '')) ?? []

test('a metric has its type, its unit by its name, its labels with their closed sets of values, and its meaning', () => {
  expect(cellsOf('hashwarden_batch_seconds').slice(1, 4)).toEqual(['histogram', 'seconds', ''])
  expect(cellsOf('hashwarden_thread_busy_seconds_total').slice(1, 4)).toEqual([
    'counter',
    'seconds',
    '`thread`',
  ])
  const grades = '`grade`: perceptual-weak, perceptual, exact-weak, exact'
  expect(cellsOf('hashwarden_hits_total').slice(1, 4)).toEqual(['counter', 'number', grades])
  const metrics = table.split('\n').filter((line) => line.startsWith('| `hashwarden_'))
  expect(metrics.length).toBeGreaterThan(30)
  for (const line of metrics) expect(line.split(' | ').at(-1)?.length).toBeGreaterThan(10)
})

test('the metrics of Node are left out, but for those that alerts need', () => {
  expect(table).toContain('| `process_resident_memory_bytes` | gauge | bytes |')
  expect(table).toContain('| `process_start_time_seconds` | gauge | seconds |')
  expect(table).not.toContain('nodejs_')
})

test('an alert has its runbook, its severity, how long it lasts, and its text without the braces of templates', () => {
  expect(table).toContain(
    '| [ReportsRefused](../runbooks/ReportsRefused.md) | page | 5m | Refused by `topic` \\| code `code` |\n| [AtOnce](../runbooks/AtOnce.md) | ticket |  | s |',
  )
})
