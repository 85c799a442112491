// A real run of the whole system under a real Prometheus: every panel of the dashboards gets data, every rule can be
// evaluated, and no alert fires; then some faults, whose alerts do. `npm run test:alerts` ends with one that is as short as can be; `node
// test/alerts/real-run.ts 600` is the long, quiet one.
import { setTimeout as sleep } from 'node:timers/promises'
import { DASHBOARDS } from '../../src/telemetry/panels/dashboards.ts'
import { startProduct, type Product } from './product.ts'
import { PROVOKED } from './provoked.ts'
import { startPrometheus, type Prometheus } from './prometheus.ts'

/** How long the short run waits for the last panel, in milliseconds. */
const WITHIN_MS = 120_000
const QUERIES = DASHBOARDS.flatMap(({ id, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ name: `${id}/${panel.id}`, expr }))),
  ),
)

/** Queries without a value now. A quotient of zeros is none. */
async function withoutData(prometheus: Prometheus): Promise<readonly string[]> {
  const answers = await Promise.all(
    QUERIES.map(async ({ name, expr }) => ({
      asked: `${name}: ${expr}`,
      values: await prometheus.values(expr.replaceAll('$__rate_interval', '20s')),
    })),
  )
  return answers.filter(({ values }) => !values.some(Number.isFinite)).map(({ asked }) => asked)
}

/** The alerts that should fire once these faults are there, and don't. */
async function silentAfterFaults(product: Product, prometheus: Prometheus): Promise<readonly string[]> {
  await prometheus.hurry()
  await product.provoke()
  const startedMs = Date.now()
  let silent = PROVOKED
  while (silent.length > 0 && Date.now() - startedMs < WITHIN_MS) {
    await sleep(1_000)
    const firing = await prometheus.firing()
    silent = PROVOKED.filter((alert) => !firing.includes(alert))
  }
  return silent
}

async function run(quietMs: number): Promise<readonly string[]> {
  await using product = await startProduct({ canarySeconds: quietMs > 0 ? 10 : 1 })
  await using prometheus = await startPrometheus(product.folder, product.targets)
  const startedMs = Date.now()
  const firing = new Set<string>()
  let empty: readonly string[] = QUERIES.map(({ name }) => name)
  while (Date.now() - startedMs < Math.max(WITHIN_MS, quietMs)) {
    await product.submit()
    for (const alert of await prometheus.firing()) firing.add(alert)
    empty = await withoutData(prometheus)
    if (empty.length === 0 && Date.now() - startedMs >= quietMs) break
    await sleep(1_000)
  }
  const failed = await prometheus.failedRules()
  console.log(
    `A real run of ${Math.round((Date.now() - startedMs) / 1000)} s, ${QUERIES.length} queries of panels`,
  )
  const silent = await silentAfterFaults(product, prometheus)
  return [
    ...empty.map((asked) => `no data: ${asked}`),
    ...failed.map((rule) => `not evaluated: ${rule}`),
    ...[...firing].map((alert) => `fires in a quiet run: ${alert}`),
    ...silent.map((alert) => `does not fire though it should: ${alert}`),
  ]
}

const faults = await run(Number(process.argv[2] ?? 0) * 1_000)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else
  console.log(`Every panel has data, and no alert fires before ${PROVOKED.length} are provoked: as promised`)
