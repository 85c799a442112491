// What prom-client measures of a process, put right where it would mislead.
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/** Gauges whose names end like a counter's: `promtool check metrics` refuses them, and their labelled twins say more. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

const START = 'process_start_time_seconds'

/** Registers memory, processor time and start of this process, and event loop and heap of its main thread. */
export function measureProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  for (const name of [...MISNAMED, START]) registry.removeSingleMetric(name)
  // prom-client's own is left out where registries are added up, and without it no restart is seen.
  const start = new Gauge({
    name: START,
    help: 'Start time of the process since unix epoch in seconds.',
    aggregator: 'first',
    registers: [registry],
  })
  start.set(Math.round(performance.timeOrigin / 1000))
}
