import { expect, test } from 'vitest'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { GRADES } from '../../src/contract/hit.ts'
import { REJECTION_CODES } from '../../src/contract/rejection.ts'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { SNAPSHOT_REFUSAL_CODES } from '../../src/known/snapshot/snapshot-refusal.ts'
import { STAGES } from '../../src/telemetry/stages.ts'

const { registry } = createTelemetry('silent').metrics
const metrics = await registry.getMetricsAsJSON()
const ours = metrics.filter(({ name }) => name.startsWith('hashwarden_'))
const labelNames = (name: string): readonly string[] => {
  const metric = registry.getSingleMetric(name)
  return metric && 'labelNames' in metric ? (metric.labelNames as readonly string[]) : []
}

test.each([
  ['hashwarden_hits_total', 'grade', GRADES],
  ['hashwarden_dead_letters_total', 'code', REJECTION_CODES],
  ['hashwarden_known_rejected_total', 'code', REJECTION_CODES],
  ['hashwarden_snapshot_refused_total', 'code', SNAPSHOT_REFUSAL_CODES],
  ['hashwarden_canaries_found_total', 'type', HASH_TYPE_NAMES],
  ['hashwarden_canaries_missed_total', 'type', HASH_TYPE_NAMES],
  ['hashwarden_stage_seconds', 'stage', STAGES],
] as const)('%s begins with every %s, at 0', (name, label, values) => {
  const metric = ours.find((each) => each.name === name)
  expect(new Set(metric?.values.map(({ labels }) => labels[label]))).toEqual(new Set(values))
  for (const { value } of metric?.values ?? []) expect(value).toBe(0)
})

/** Their series begin with the routes of a server, which test/review/api/request-metrics.store.test.ts holds. */
const BY_ROUTE = new Set(
  ['review', 'gateway'].flatMap((server) => [
    `hashwarden_${server}_requests_total`,
    `hashwarden_${server}_request_seconds`,
  ]),
)

/** Their series begin with the lists of the settings, which test/lists/sync/sync-daemon.test.ts holds. */
const BY_SOURCE = /^hashwarden_list_/

/** Theirs begin with the platforms that report and their credentials, which test/gateway/platform-counter.test.ts holds. */
const BY_PLATFORM = /^hashwarden_gateway_(throttled|probing|credential_uses)_total$/

test('no counter and no histogram is without a series at the start', () => {
  const accumulating = ours.filter(
    ({ name, type }) =>
      ['counter', 'histogram'].includes(String(type)) &&
      !BY_ROUTE.has(name) &&
      !BY_SOURCE.test(name) &&
      !BY_PLATFORM.test(name),
  )
  expect(accumulating.length).toBeGreaterThan(15)
  for (const { name, values } of accumulating) expect(values.length, name).toBeGreaterThan(0)
})

test('a value that is not known yet has no series, because a 0 would say something', () => {
  for (const name of ['hashwarden_snapshot_as_of_seconds', 'hashwarden_retro_known_offset'])
    expect(ours.find((each) => each.name === name)?.values, name).toEqual([])
})

test('no metric has a label that could hold a hash value or a reference', () => {
  const labels = new Set(ours.flatMap(({ name }) => labelNames(name)))
  expect(labels).toEqual(
    new Set([
      'change',
      'code',
      // Ids of API keys, which are no secrets.
      'credential',
      'grade',
      'kind',
      'method',
      'of',
      'partition',
      // Names that operators gave the senders of reports.
      'platform',
      'queue',
      // Templates of routes, never a path.
      'route',
      // Names of lists, as the settings have them.
      'source',
      'stage',
      'status',
      'thread',
      'topic',
      'type',
    ]),
  )
})

test('the start of the process has a metric, so that a restart is seen', () => {
  const start = metrics.find(({ name }) => name === 'process_start_time_seconds')?.values[0]?.value ?? 0
  expect(Math.abs(start - (Date.now() / 1000 - process.uptime()))).toBeLessThan(2)
})
