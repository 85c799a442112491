// The metrics of `hashwarden hashset serve`.
import { Counter, Gauge } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'
import { closedCounter, gaugeOnceKnown, type Place } from './metric-place.ts'

/** Requests by what they ask for. */
const SHARE_ROUTES = ['status', 'members', 'entries', 'reasons', 'none'] as const
export type ShareRoute = (typeof SHARE_ROUTES)[number]
const STATUSES = ['2xx', '4xx', '5xx'] as const

/**
 * Why a request is refused before it is looked at: no name of ours and its password (strangers, and a client that lost its
 * settings); a client's name with another password; a client whose password hash here can't be read; a client that asks too
 * often; an address that does.
 */
const SHARE_REFUSALS = [
  'unknown-client',
  'wrong-password',
  'password-file',
  'too-many',
  'address-too-many',
] as const
export type ShareRefusal = (typeof SHARE_REFUSALS)[number]

export function shareMetrics({ registers }: Place) {
  const shareRequests = new Counter({
    name: 'hashwarden_share_requests_total',
    help: 'Requests of readers of our known hashes, by what they ask for (none: nothing that there is) and by the class of the status',
    labelNames: ['route', 'status'],
    registers,
  })
  for (const route of SHARE_ROUTES) for (const status of STATUSES) shareRequests.labels(route, status).inc(0)
  const shareAge = new AgeGauge({
    name: 'hashwarden_share_known_age_seconds',
    help: 'Time since the process that shares known hashes last had all that the topic held: it asks every 5 seconds. No series before the first time, nor in other processes',
    registers,
  })
  // It would begin at 0, as if all had been read.
  shareAge.remove({})
  return {
    shareRequests,
    shareRefused: closedCounter(
      registers,
      [
        'hashwarden_share_refused_total',
        'Requests that the process which shares known hashes refused, by why: no client of ours, a wrong password of one, a password hash here that can’t be read, a client or an address that asks too often. Its log names the client',
        'code',
      ],
      SHARE_REFUSALS,
    ),
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
    shareAge,
    shareOffset: gaugeOnceKnown({
      name: 'hashwarden_share_known_offset',
      help: 'The next offset of known-hashes that the process which shares it reads; no series in other processes',
      registers,
    }),
  }
}
