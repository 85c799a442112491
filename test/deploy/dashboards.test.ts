import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { dashboardFiles } from '../../deploy/grafana/dashboards.ts'
import { DASHBOARDS } from '../../src/telemetry/panels/dashboards.ts'
import { ALERTS, faultsOf } from './known-metrics.ts'

const provisioned = (file: string): unknown =>
  parse(readFileSync(new URL(`../../deploy/grafana/provisioning/${file}`, import.meta.url), 'utf8'))

const PANELS = DASHBOARDS.flatMap(({ id, rows }) =>
  rows.flatMap(({ panels }) => panels.map((panel) => ({ ...panel, name: `${id}/${panel.id}` }))),
)

test.each([...dashboardFiles()])(
  '%s is in step with the panels: `npm run documents` writes it',
  (path, text) => {
    const committed = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    expect(committed === text, `${path} is stale: run \`npm run documents\` and commit it`).toBe(true)
  },
)

test.each(PANELS)(
  'panel $name asks for what exists, and names the alert whose runbook says what to do',
  (panel) => {
    for (const { expr, legend } of panel.queries) {
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      expect(faultsOf(expr, shown), expr).toEqual([])
    }
    expect(ALERTS.map(({ alert }) => alert)).toContain(panel.runbook)
    expect(panel.why).toMatch(/\.$/)
  },
)

test('a query that names a metric or a label which does not exist is found, and one that is no PromQL', () => {
  expect(faultsOf('sum by (nonsense) (hashwarden_ready)')).toEqual(['no metric has a label nonsense'])
  expect(faultsOf('rate(hashwarden_raedy[5m])')).toEqual(['there is no metric hashwarden_raedy'])
  expect(faultsOf('hashwarden_ready', ['topic'])).toEqual(['no metric has a label topic'])
  expect(() => faultsOf('sum by (job (hashwarden_ready)')).toThrow('No PromQL')
})

test('panels and dashboards have names of their own', () => {
  for (const names of [
    PANELS.map(({ name }) => name),
    PANELS.map(({ title }) => title),
    DASHBOARDS.map(({ id }) => id),
  ])
    expect(new Set(names).size).toBe(names.length)
})

test('Grafana numbers all panels of a dashboard differently', () => {
  for (const text of dashboardFiles().values()) {
    const { panels }: { readonly panels: readonly { readonly id: number }[] } = JSON.parse(text)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  }
})

test('Grafana is provisioned with a Prometheus, and with the dashboards of this repository', () => {
  expect(provisioned('datasources/prometheus.yaml')).toMatchObject({ datasources: [{ type: 'prometheus' }] })
  expect(provisioned('dashboards/hashwarden.yaml')).toMatchObject({
    providers: [{ type: 'file', options: { path: '/etc/grafana/dashboards' } }],
  })
})
