// The metrics of `hashwarden hashset serve`.
import { Counter, Gauge } from 'prom-client'
import { gaugeOnceKnown, type Place } from './metric-place.ts'

/** Requests by what they ask for. */
const SHARE_ROUTES = ['status', 'members', 'entries', 'reasons', 'none'] as const
export type ShareRoute = (typeof SHARE_ROUTES)[number]
const STATUSES = ['2xx', '4xx', '5xx'] as const

export function shareMetrics({ registers }: Place) {
  const shareRequests = new Counter({
    name: 'hashwarden_share_requests_total',
    help: 'Requests of readers of our known hashes, by what they ask for (none: nothing that there is) and by the class of the status',
    labelNames: ['route', 'status'],
    registers,
  })
  for (const route of SHARE_ROUTES) for (const status of STATUSES) shareRequests.labels(route, status).inc(0)
  return {
    shareRequests,
    shareEntries: new Counter({
      name: 'hashwarden_share_entries_total',
      help: 'Files that readers of our known hashes were given, withdrawals included',
      registers,
    }),
    shareFiles: new Gauge({
      name: 'hashwarden_share_files',
      help: 'Files of all lists that the process which shares them holds, those that are gone included',
      registers,
    }),
    shareOffset: gaugeOnceKnown({
      name: 'hashwarden_share_known_offset',
      help: 'The next offset of known-hashes that the process which shares it reads; no series in other processes',
      registers,
    }),
  }
}
