// The metrics of the process that shares lists on (`hashwarden hashset serve`). It never names a client or an entry.
import { Counter } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'
import type { Place } from './metric-place.ts'

/** The routes it has, by their template; none: no route has this address. */
export const SERVE_ROUTES = ['entries', 'status', 'members', 'none'] as const
/** Classes of the status of an answer. */
export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const

export const serveMetrics = ({ registers }: Place) => ({
  serveRequests: withEachOf(
    new Counter({
      name: 'hashwarden_serve_requests_total',
      help: 'Requests for lists that this process has answered, by route (none: no route has this address) and by the class of the status',
      labelNames: ['route', 'status'],
      registers,
    }),
  ),
  serveEntries: new Counter({
    name: 'hashwarden_serve_entries_total',
    help: 'Entries and withdrawals that this process has given to clients',
    registers,
  }),
  serveAge: new AgeGauge({
    name: 'hashwarden_serve_age_seconds',
    help: 'Time since the shared set last had all of known-hashes; no series before it first has',
    labelNames: [],
    registers,
  }),
})

function withEachOf(counter: Counter<'route' | 'status'>): Counter<'route' | 'status'> {
  for (const route of SERVE_ROUTES) for (const status of STATUS_CLASSES) counter.inc({ route, status }, 0)
  return counter
}
