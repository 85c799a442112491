// The series of processes that are well, as Prometheus sees them, and the ways to change them.

/** Values in promtool's notation: `0x40` is 41 zeros, `_x8` eight missing samples, one every `interval`. */
export type Series = Readonly<Record<string, string>>

/** Six hours. */
export const ALL = 1440

export const CANARY_IN_TIME = 'hashwarden_canary_seconds_bucket'
export const WITHIN_A_SECOND = 'le="1"'

/** The series of one matcher process that is well, from sample `from` to `until`. */
export function matcher(
  instance: string,
  partitions: readonly number[],
  { from = 0, until = ALL }: { readonly from?: number; readonly until?: number } = {},
): Series {
  const before = from === 0 ? '' : `_x${from} `
  const always = (value: number): string => `${before}${value}x${until - from}`
  /** One that grows by this much from sample to sample. */
  const growing = (start: number, step: number): string => `${before}${start}+${step}x${until - from}`
  const at = `job="hashwarden",instance="${instance}"`
  const latency = 'hashwarden_report_to_hit_seconds'
  const plain: Series = {
    up: always(1),
    hashwarden_ready: always(1),
    process_start_time_seconds: always(-5_000),
    hashwarden_known_entries: always(10_000),
    // All processes are at the same offset.
    hashwarden_known_offset: growing(10_000 + from, 1),
    hashwarden_reports_total: growing(0, 100),
    hashwarden_canaries_due_total: growing(0, 6),
    hashwarden_group_joins_total: always(3),
    hashwarden_kafka_failures_total: always(1),
    process_resident_memory_bytes: always(2e9),
    hashwarden_retro_waiting_partitions: always(0),
    hashwarden_policy_differs_seconds: always(0),
    hashwarden_log_lines_lost_total: always(0),
    hashwarden_offset_out_of_range_total: always(0),
    hashwarden_stalled_partitions: always(0),
    hashwarden_thread_deaths_total: always(0),
    hashwarden_snapshot_failures_total: always(0),
    [`${latency}_count`]: growing(0, 10),
  }
  const labelled: Series = {
    'hashwarden_partitions{topic="reports"': always(4),
    'hashwarden_group_lag_seconds{topic="reports"': always(1),
    'hashwarden_refused_records{topic="hits",of="matching"': always(0),
    'hashwarden_known_canary{type="pdq"': always(1),
    'hashwarden_canaries_missed_total{type="pdq"': always(0),
    'hashwarden_dead_letters_total{code="not-json"': always(0),
    'hashwarden_known_rejected_total{code="key-mismatch"': always(0),
    'hashwarden_review_refused_total{code="not-json"': always(0),
    'hashwarden_snapshot_refused_total{code="missing"': always(0),
    'hashwarden_snapshot_refused_total{code="damaged"': always(0),
    'hashwarden_thread_answer_age_seconds{thread="1"': always(0),
    [`${latency}_bucket{le="10"`]: growing(0, 10),
    [`${CANARY_IN_TIME}{${WITHIN_A_SECOND}`]: growing(0, 6),
    ...Object.fromEntries(
      partitions.map((partition) => [
        `hashwarden_canary_age_seconds{topic="reports",partition="${partition}"`,
        always(5),
      ]),
    ),
  }
  return Object.fromEntries([
    ...Object.entries(plain).map(([name, values]) => [`${name}{${at}}`, values]),
    ...Object.entries(labelled).map(([name, values]) => [`${name},${at}}`, values]),
  ])
}

/** One series of a matcher. */
export const of = (instance: string, name: string, labels = ''): string =>
  labels === ''
    ? `${name}{job="hashwarden",instance="${instance}"}`
    : `${name}{${labels},job="hashwarden",instance="${instance}"}`

export const one = (name: string, labels?: string): string => of('one', name, labels)

/** One series of the review service, which has a job of its own. */
export const review = (name: string, labels = ''): string =>
  `${name}{${labels === '' ? '' : `${labels},`}job="hashwarden-review",instance="review"}`

/** The series of a review service that is well. Those of matchers stand still in it. */
const REVIEWING: Series = {
  ...Object.fromEntries(
    [
      'hashwarden_reports_total',
      'hashwarden_known_entries',
      'hashwarden_known_offset',
      'hashwarden_canaries_due_total',
      'hashwarden_outbox_age_seconds',
      'hashwarden_audit_uncovered_seconds',
      'hashwarden_kafka_failures_total',
    ].map((name) => [review(name), `0x${ALL}`]),
  ),
  [review('up')]: `1x${ALL}`,
  [review('hashwarden_ready')]: `1x${ALL}`,
  [review('process_start_time_seconds')]: `-5000x${ALL}`,
  [review('process_resident_memory_bytes')]: `3e8x${ALL}`,
  [review('hashwarden_group_joins_total')]: `1x${ALL}`,
  [review(CANARY_IN_TIME, WITHIN_A_SECOND)]: `0x${ALL}`,
  [review('hashwarden_group_lag_seconds', 'topic="hits"')]: `2x${ALL}`,
  [review('hashwarden_review_oldest_case_seconds', 'queue="default"')]: `3600x${ALL}`,
}

/** One series of the daemon that keeps lists up to date, which has a job of its own, too. */
export const sync = (name: string, labels = '', instance = 'sync'): string =>
  `${name}{${labels === '' ? '' : `${labels},`}job="hashwarden-sync",instance="${instance}"}`

export const LIST = 'source="ncmec"'

/** The series of a daemon that keeps a list up to date, until this sample, from this one on. */
export function syncing({ instance = 'sync', from = 0, until = ALL } = {}): Series {
  const always = (value: number): string => `${from === 0 ? '' : `_x${from} `}${value}x${until - from}`
  return {
    [sync('up', '', instance)]: always(1),
    [sync('hashwarden_ready', '', instance)]: always(1),
    [sync('process_start_time_seconds', '', instance)]: always(-5_000),
    [sync('process_resident_memory_bytes', '', instance)]: always(2e8),
    [sync('hashwarden_list_age_seconds', LIST, instance)]: always(300),
    [sync('hashwarden_list_stale_after_seconds', LIST, instance)]: always(3_600),
    [sync('hashwarden_list_troubled', LIST, instance)]: always(0),
    [sync('hashwarden_list_pending', LIST, instance)]: always(0),
    [sync('hashwarden_list_pages_refused_total', `${LIST},code="corrupt-page"`, instance)]: always(0),
    [sync('hashwarden_list_records_refused_total', LIST, instance)]: always(0),
  }
}

/** One series of the process that shares known hashes. */
export const serve = (name: string, labels = ''): string =>
  `${name}{${labels === '' ? '' : `${labels},`}job="hashwarden-serve",instance="serve"}`

/** The series of one that is well, and that strangers try, too. */
const SHARING: Series = {
  [serve('up')]: `1x${ALL}`,
  [serve('hashwarden_ready')]: `1x${ALL}`,
  [serve('process_start_time_seconds')]: `-5000x${ALL}`,
  [serve('process_resident_memory_bytes')]: `3e8x${ALL}`,
  [serve('hashwarden_share_known_age_seconds')]: `4x${ALL}`,
  [serve('hashwarden_share_requests_total', 'route="entries",status="2xx"')]: `0+2x${ALL}`,
  [serve('hashwarden_share_requests_total', 'route="entries",status="5xx"')]: `3x${ALL}`,
  [serve('hashwarden_share_refused_total', 'code="unknown-client"')]: `0+1x${ALL}`,
  [serve('hashwarden_share_refused_total', 'code="wrong-password"')]: `0x${ALL}`,
}

/** One series of the gateway. */
export const gateway = (name: string, labels = ''): string =>
  `${name}{${labels === '' ? '' : `${labels},`}job="hashwarden-gateway",instance="gateway"}`

const BY_ROUTE = 'route="/v1/reports",method="POST",status'

/** The series of a gateway that is well, and refuses what it should. */
const REPORTING: Series = {
  [gateway('up')]: `1x${ALL}`,
  [gateway('hashwarden_ready')]: `1x${ALL}`,
  [gateway('process_start_time_seconds')]: `-5000x${ALL}`,
  [gateway('process_resident_memory_bytes')]: `3e8x${ALL}`,
  [gateway('hashwarden_gateway_requests_total', `${BY_ROUTE}="2xx"`)]: `0+30x${ALL}`,
  [gateway('hashwarden_gateway_requests_total', `${BY_ROUTE}="4xx"`)]: `0+3x${ALL}`,
  [gateway('hashwarden_gateway_requests_total', `${BY_ROUTE}="5xx"`)]: `3x${ALL}`,
  [gateway('hashwarden_gateway_throttled_total', 'platform="example"')]: `4x${ALL}`,
  [gateway('hashwarden_gateway_probing_total', 'platform="example"')]: `0x${ALL}`,
}

export const HEALTHY: Series = {
  ...matcher('one', [0, 1]),
  ...matcher('two', [2, 3]),
  ...REVIEWING,
  ...syncing(),
  ...SHARING,
  ...REPORTING,
}

export const canary = (partition: number): string => `topic="reports",partition="${partition}"`

/** Prometheus itself scrapes nothing from minute 240 to 260. */
export function gap(...all: readonly Series[]): Series {
  return Object.fromEntries(
    Object.entries(Object.assign({}, ...all) as Series).map(([name, values]) => [name, cut(values)]),
  )
}

/** The values with the samples from 960 to 1040 missing. */
function cut(values: string): string {
  const samples = values.split(' ').flatMap((part): readonly string[] => {
    const [start = '', count = ''] = part.split('x')
    const [first, step = '0'] = start.split('+')
    return Array.from({ length: Number(count) + 1 }, (_, n) => String(Number(first) + n * Number(step)))
  })
  return samples.map((value, at) => (at >= 960 && at < 1040 ? '_' : value)).join(' ')
}
