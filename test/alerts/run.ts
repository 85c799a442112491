// Proves the alerts with Prometheus's own tool: `npm run test:alerts`. It is no part of `npm test`, which needs nothing
// but Node, npm, Java and Maven; CI installs Prometheus and runs this, and then real-run.ts.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { serveTelemetry } from '../../src/telemetry/server.ts'
import { FAULT_ENTRIES } from './faults.ts'
import { HEALTHY } from './healthy.ts'
import { recordedTest } from './recorded-test.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

const RULES = fileURLToPath(new URL('../../deploy/prometheus/hashwarden.rules.yaml', import.meta.url))
/** How promtool's own expressions tell which alerts fire. */
const FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})'

/** Runs promtool; ends this process if that finds something wrong, or isn't there. */
function promtool(step: string, args: readonly string[], input = ''): void {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  if (error) {
    console.error(
      `promtool can't be run (${error.message}). It comes with Prometheus: apt-get install --no-install-recommends prometheus`,
    )
    process.exit(1)
  }
  if (status === 0) return console.log(`${step}: as promised`)
  console.error(`${step}: not as promised\n${stdout}${stderr}`)
  process.exit(1)
}

const unitTest = ({ name, interval, series, firing }: Scenario): object => ({
  name,
  interval: interval ?? '15s',
  input_series: Object.entries({ ...HEALTHY, ...series }).map(([each, values]) => ({ series: each, values })),
  promql_expr_test: Object.entries(firing).map(([time, alerts]) => ({
    expr: FIRING,
    eval_time: time,
    // How many series of an alert fire is not the point.
    exp_samples: alerts.map((alert) => ({ labels: `{alertname="Hashwarden${alert}"}`, value: 1 })),
  })),
})

promtool('The rules are sound', ['check', 'rules', '--lint=all', '--lint-fatal', RULES])

/** Rules are evaluated once a minute, and in the series of days, which would take long, once in five. */
const EVALUATED = { '15s': '1m', '5m': '5m' }

function prove(what: string, scrape: keyof typeof EVALUATED, tests: readonly object[]): void {
  if (tests.length === 0) return
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-alerts-'))
  const file = join(folder, 'test.yaml')
  writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: EVALUATED[scrape], tests }))
  promtool(`${tests.length} ${what}, a sample every ${scrape}`, ['test', 'rules', file])
  rmSync(folder, { recursive: true })
}

for (const scrape of ['15s', '5m'] as const) {
  const scenarios = SCENARIOS.filter(({ interval = '15s' }) => interval === scrape)
  prove('scenarios', scrape, scenarios.map(unitTest))
  const faults = FAULT_ENTRIES.filter(([, fault]) => (fault.scrape ?? '15s') === scrape)
  prove(
    'recorded faults',
    scrape,
    faults.map(([name]) => recordedTest(name)),
  )
}

const { metrics, health } = createTelemetry('silent')
const server = await serveTelemetry(metrics, health, { host: '127.0.0.1', port: 0 })
const page = await (await fetch(`${server.url}/metrics`)).text()
await server.close()
promtool('/metrics is well formed', ['check', 'metrics'], page)
