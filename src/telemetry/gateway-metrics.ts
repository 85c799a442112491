// The metrics of `hashwarden gateway`.
import { Counter, Gauge, Histogram } from 'prom-client'
import { closedCounter, LATENCY_BUCKETS, type Place } from './metric-place.ts'

/** Why a connection is cut off. */
const CONNECTION_ENDS = ['no-credential', 'answer-unread', 'address', 'full'] as const
export type ConnectionEnd = (typeof CONNECTION_ENDS)[number]

const KINDS = ['accepted', 'repeated'] as const

export const gatewayMetrics = ({ registers, labelValues: { gatewayProblems } }: Place) => ({
  gatewayRequests: new Counter({
    name: 'hashwarden_gateway_requests_total',
    help: 'Requests to the gateway, by the template of the route (none: no such address), the method and the class of the status',
    labelNames: ['route', 'method', 'status'],
    registers,
  }),
  gatewayRequestSeconds: new Histogram({
    name: 'hashwarden_gateway_request_seconds',
    help: 'From the headers of a request to the gateway until it is answered, by the template of the route',
    labelNames: ['route'],
    buckets: LATENCY_BUCKETS,
    registers,
  }),
  gatewayReports: closedCounter(
    registers,
    [
      'hashwarden_gateway_reports_total',
      'Reports that the gateway has acknowledged: accepted, or repeated (they were there already)',
      'kind',
    ],
    KINDS,
  ),
  gatewayRefusals: closedCounter(
    registers,
    ['hashwarden_gateway_refusals_total', 'Requests that the gateway refused, by the reason of each', 'code'],
    gatewayProblems,
  ),
  gatewayConnectionsEnded: closedCounter(
    registers,
    [
      'hashwarden_gateway_connections_ended_total',
      'Connections that the gateway cut off: without a valid credential in time (no-credential), with an answer that the client did not read (answer-unread), above the share of an address (address) or above all that are allowed (full)',
      'code',
    ],
    CONNECTION_ENDS,
  ),
  gatewayThrottled: new Counter({
    name: 'hashwarden_gateway_throttled_total',
    help: 'Requests that the gateway refused because the platform sends more than its quota or its share of memory; after the first 100 platforms of a process the others are counted together, as other',
    labelNames: ['platform'],
    registers,
  }),
  gatewayProbing: new Counter({
    name: 'hashwarden_gateway_probing_total',
    help: 'Alarms of the gateway that one submitter sends many different values around one hash, by platform; after the first 100 platforms of a process the others are counted together, as other',
    labelNames: ['platform'],
    registers,
  }),
  ...credentialMetrics(registers),
  gatewayWriteSeconds: new Histogram({
    name: 'hashwarden_gateway_write_seconds',
    help: 'From a checked request of reports until Kafka has acknowledged all of them, has refused them, or is too late (15 s)',
    buckets: LATENCY_BUCKETS,
    registers,
  }),
  gatewayInFlightBytes: new Gauge({
    name: 'hashwarden_gateway_in_flight_bytes',
    help: 'Bytes of all requests that the gateway is reading, checking or writing',
    registers,
  }),
  gatewayRemembered: new Gauge({
    name: 'hashwarden_gateway_remembered_reports',
    help: 'Reports whose ids the gateway remembers',
    registers,
  }),
})

const credentialMetrics = (registers: Place['registers']) => ({
  gatewayCredentialUses: new Counter({
    name: 'hashwarden_gateway_credential_uses_total',
    help: 'Requests that a credential let in, by the id of a key, or token: or certificate: and the platform; after the first 100 credentials of a process the others are counted together, as other',
    labelNames: ['credential'],
    registers,
  }),
  gatewayKeys: new Gauge({
    name: 'hashwarden_gateway_keys',
    help: 'API keys that the gateway has read from their topic, those that have expired included',
    registers,
  }),
  gatewayKeysRefused: new Counter({
    name: 'hashwarden_gateway_keys_refused_total',
    help: 'Records of the topic of API keys that the gateway could not read, or that were too many: their keys are refused',
    registers,
  }),
})
