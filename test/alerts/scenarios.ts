// What Prometheus sees of our processes, as it really comes, and exactly which alerts fire then.
import {
  ALL,
  canary,
  CANARY_IN_TIME,
  gap,
  gateway,
  HEALTHY,
  LIST,
  matcher,
  of,
  one,
  review,
  serve,
  sync,
  syncing,
  WITHIN_A_SECOND,
  type Series,
} from './healthy.ts'

export interface Scenario {
  readonly name: string
  /** Between two samples; 15 s if left out. With 5 min the series last for five days. */
  readonly interval?: '5m'
  /** Over the series of two healthy matchers; an empty text leaves one out. */
  readonly series: Series
  /** At each of these times the alerts that fire, without `Hashwarden`; all others are silent. */
  readonly firing: Readonly<Record<string, readonly string[]>>
}
/** A counter whose alert must fire at the first event, however that comes. */
function counterScenarios(alert: string, name: string, labels?: string): readonly Scenario[] {
  return [
    {
      name: `${name}: the first event`,
      series: { [one(name, labels)]: '0x119 1x1300' },
      firing: { '29m': [], '30m': [alert], '34m': [alert], '170m': [] },
    },
    {
      name: `${name}: an event before the first scrape of a new process`,
      series: {
        ...matcher('three', [], { from: 120 }),
        [of('three', name, labels)]: '_x120 1x1300',
      },
      firing: { '29m': [], '31m': [alert], '34m': [alert], '170m': [] },
    },
    {
      name: `${name}: events of long ago behind a gap`,
      series: gap(HEALTHY, { [one(name, labels)]: '7x1440' }),
      firing: { '239m': [], '261m': [], '275m': [] },
    },
    {
      name: `${name}: an event within a gap`,
      series: gap(HEALTHY, { [one(name, labels)]: '7x1000 8x440' }),
      firing: { '239m': [], '261m': [alert] },
    },
    {
      name: `${name}: a process that is started again after events, and one more`,
      series: {
        [one(name, labels)]: '7x959 0x40 1x400',
        [one('process_start_time_seconds')]: '-5000x959 14400x480',
      },
      firing: { '239m': [], '241m': ['Restarted'], '251m': [alert, 'Restarted'] },
    },
  ]
}

const ENTRIES_FAILED = 'route="entries",status="5xx"'

export const SCENARIOS: readonly Scenario[] = [
  { name: 'all is well', series: {}, firing: { '10m': [], '90m': [], '179m': [] } },
  {
    name: 'all is well, and Prometheus was away',
    series: gap(HEALTHY),
    firing: { '239m': [], '261m': [], '275m': [] },
  },
  ...counterScenarios('CanaryMissed', 'hashwarden_canaries_missed_total', 'type="pdq"'),
  ...counterScenarios('LogLinesLost', 'hashwarden_log_lines_lost_total'),
  ...counterScenarios('ReportsExpired', 'hashwarden_offset_out_of_range_total'),
  ...counterScenarios('DeadLetters', 'hashwarden_dead_letters_total', 'code="not-json"'),
  ...counterScenarios('KnownRejected', 'hashwarden_known_rejected_total', 'code="key-mismatch"'),
  ...counterScenarios('ThreadDeaths', 'hashwarden_thread_deaths_total'),
  ...counterScenarios('SnapshotFailing', 'hashwarden_snapshot_failures_total'),
  ...counterScenarios('SnapshotRefused', 'hashwarden_snapshot_refused_total', 'code="damaged"'),
  ...counterScenarios(
    'ListPagesRefused',
    'hashwarden_list_pages_refused_total',
    'source="ncmec",code="corrupt-page"',
  ),
  ...counterScenarios('ListRecordsRefused', 'hashwarden_list_records_refused_total', 'source="ncmec"'),
  ...counterScenarios('ShareRefused', 'hashwarden_share_refused_total', 'code="wrong-password"'),
  ...counterScenarios('GatewayProbing', 'hashwarden_gateway_probing_total', 'platform="example"'),
  {
    name: 'a platform sends more than its quota for long, and then no longer',
    series: {
      [gateway('hashwarden_gateway_throttled_total', 'platform="example"')]: '0x39 0+1x120 120x1300',
    },
    firing: { '20m': [], '28m': ['GatewayThrottling'], '50m': [] },
  },
  {
    name: 'a platform sends more than its quota for some minutes',
    series: {
      [gateway('hashwarden_gateway_throttled_total', 'platform="example"')]: '0x39 0+10x30 300x1300',
    },
    firing: { '20m': [], '28m': [] },
  },
  {
    name: 'a gateway refuses a fifth of all requests, and then none',
    series: {
      [gateway('hashwarden_gateway_requests_total', 'route="/v1/reports",method="POST",status="5xx"')]:
        '0x39 0+8x100 800x1300',
    },
    firing: { '12m': [], '24m': ['GatewayRefusing'], '45m': [] },
  },
  ...counterScenarios('ReviewRecordsRefused', 'hashwarden_review_refused_total', 'code="not-json"'),
  {
    name: 'decisions wait for their topic, and then no longer',
    series: { [one('hashwarden_outbox_age_seconds')]: '0x39 0+15x80 0x1300' },
    firing: { '19m': [], '22m': ['DecisionsWait'], '35m': [] },
  },
  {
    name: 'entries of the audit have no checkpoint, and then have one',
    series: { [review('hashwarden_audit_uncovered_seconds')]: '0x39 0+15x120 0x1300' },
    firing: { '24m': [], '27m': ['AuditUncovered'], '45m': [] },
  },
  {
    name: 'a first start has no snapshot yet',
    series: { [one('hashwarden_snapshot_refused_total', 'code="missing"')]: '_x120 1x1300' },
    firing: { '31m': [], '60m': [] },
  },
  {
    name: 'a matcher is not ready for long, and then is',
    series: { [one('hashwarden_ready')]: '1x40 0x40 1x1300' },
    firing: { '10m': [], '13m': ['NotReady'], '21m': [] },
  },
  {
    name: 'a matcher that has just started is not ready for a minute',
    series: { ...matcher('three', [], { from: 120 }), [of('three', 'hashwarden_ready')]: '_x120 0x4 1x1300' },
    firing: { '31m': [], '32m': [], '40m': [] },
  },
  {
    name: 'all matchers are gone, and so are their targets',
    series: { ...matcher('one', [0, 1], { until: 80 }), ...matcher('two', [2, 3], { until: 80 }) },
    firing: { '20m': [], '28m': ['NoMatcher'] },
  },
  {
    name: 'a process is gone, another takes its partitions over',
    series: {
      ...matcher('one', [0, 1], { until: 80 }),
      [of('one', 'up')]: '1x80 0x1300',
      [of('two', 'hashwarden_canary_age_seconds', canary(0))]: '_x82 5x1300',
      [of('two', 'hashwarden_canary_age_seconds', canary(1))]: '_x82 5x1300',
    },
    firing: { '20m': [], '24m': ['ProcessGone'], '32m': ['FewerProcesses', 'ProcessGone'] },
  },
  {
    name: 'a process is gone, and no other takes its partitions over',
    series: { ...matcher('one', [0, 1], { until: 80 }), [of('one', 'up')]: '1x80 0x1300' },
    firing: { '20m': [], '29m': ['PartitionUnwatched', 'ProcessGone'] },
  },
  {
    name: 'a pod is replaced by another one, which is there first',
    series: {
      ...matcher('one', [0, 1], { until: 124 }),
      ...matcher('three', [0, 1], { from: 120 }),
      [of('three', 'process_start_time_seconds')]: '_x120 1790x1300',
    },
    firing: { '31m': [], '33m': [], '40m': [], '90m': [] },
  },
  {
    name: 'a pod is replaced by another one, which comes two minutes later',
    series: { ...matcher('one', [0, 1], { until: 120 }), ...matcher('three', [0, 1], { from: 128 }) },
    firing: { '31m': [], '33m': [], '40m': [], '90m': [] },
  },
  {
    name: 'one pod of three is lost for good, without a target',
    series: { ...matcher('three', [], { until: 240 }) },
    firing: { '60m': [], '72m': ['FewerProcesses'], '110m': [] },
  },
  {
    name: 'a process is started again under its address',
    series: {
      [one('process_start_time_seconds')]: '-5000x119 _x2 1800x1300',
      [one('hashwarden_ready')]: '1x119 _x2 0x2 1x1300',
    },
    firing: { '29m': [], '31m': ['Restarted'], '50m': [] },
  },
  {
    name: 'partitions are added that no member reads, and then one does',
    series: {
      [one('hashwarden_partitions', 'topic="reports"')]: '4x80 6x1300',
      [of('two', 'hashwarden_partitions', 'topic="reports"')]: '4x80 6x1300',
      [one('hashwarden_canary_age_seconds', canary(4))]: '_x200 5x500',
      [of('two', 'hashwarden_canary_age_seconds', canary(5))]: '_x200 5x500',
    },
    firing: { '20m': [], '21m': [], '24m': ['PartitionUnwatched'], '52m': [] },
  },
  {
    name: 'a partition is watched by its old and its new owner for a moment',
    series: { [of('two', 'hashwarden_canary_age_seconds', canary(0))]: '_x80 5x8 _x1300' },
    firing: { '21m': [], '30m': [], '60m': [] },
  },
  {
    name: 'a partition finds no canary any more',
    series: { [one('hashwarden_canary_age_seconds', canary(0))]: '5x40 20+15x1300' },
    firing: { '10m': [], '15m': ['CanaryLate'] },
  },
  {
    name: 'the canary of a type is removed from the list',
    series: { [one('hashwarden_known_canary', 'type="pdq"')]: '1x40 0x1300' },
    firing: { '10m': [], '12m': ['CanaryGone'] },
  },
  {
    name: 'a list loses a tenth of its entries and more',
    series: {
      [one('hashwarden_known_entries')]: '10000x240 8000x1300',
      [of('two', 'hashwarden_known_entries')]: '10000x240 8000x1300',
    },
    firing: { '60m': [], '67m': ['KnownSetShrunk'] },
  },
  {
    name: 'a process starts with an empty set and is not ready before it has read it',
    series: {
      ...matcher('three', [], { from: 120 }),
      [of('three', 'hashwarden_ready')]: '_x120 0x7 1x1300',
      [of('three', 'hashwarden_known_entries')]: '_x120 0+1000x7 10000x1300',
      [of('three', 'hashwarden_known_offset')]: `_x120 0+1000x7 10128+1x1300`,
    },
    firing: { '31m': [], '32m': [], '40m': [] },
  },
  {
    name: 'a process has lost an entry that the other one has, at the same offset',
    series: { [one('hashwarden_known_entries')]: '10000x240 9999x1300' },
    firing: { '60m': [], '67m': ['KnownSetsDiffer'] },
  },
  {
    name: 'a list grows all the time, and one process is scraped a little later',
    series: {
      [one('hashwarden_known_entries')]: `10000+3x${ALL}`,
      [of('two', 'hashwarden_known_entries')]: `10002+3x${ALL}`,
      [one('hashwarden_known_offset')]: `10000+3x${ALL}`,
      [of('two', 'hashwarden_known_offset')]: `10002+3x${ALL}`,
    },
    firing: { '60m': [], '120m': [] },
  },
  {
    name: 'a process has a set that is two per cent smaller, while the list grows',
    series: {
      [one('hashwarden_known_entries')]: `9800+1x${ALL}`,
      [of('two', 'hashwarden_known_entries')]: `10000+1x${ALL}`,
      [one('hashwarden_known_offset')]: `10001+1x${ALL}`,
    },
    firing: { '10m': ['KnownSetsDiffer'] },
  },
  {
    name: 'the reader of known-hashes stands still in one process',
    series: { [one('hashwarden_known_offset')]: '10000+1x120 10120x1300' },
    firing: { '30m': [], '34m': [], '38m': ['KnownSetBehind'] },
  },
  {
    name: 'a rolling change of the policy takes five minutes',
    series: { [one('hashwarden_policy_differs_seconds')]: '0x40 15+15x19 0x1300' },
    firing: { '12m': [], '15m': [], '20m': [] },
  },
  {
    name: 'one matcher was forgotten when the policy was changed',
    series: { [one('hashwarden_policy_differs_seconds')]: '0x40 15+15x1300' },
    firing: { '19m': [], '23m': ['PoliciesDiffer'] },
  },
  {
    name: 'a thread hangs',
    series: { [one('hashwarden_thread_answer_age_seconds', 'thread="1"')]: '0x40 15+15x1300' },
    firing: { '10m': [], '13m': ['ThreadSilent'] },
  },
  {
    name: 'a reader stalls, and goes on',
    series: { [one('hashwarden_stalled_partitions')]: '0x40 1x40 0x1300' },
    firing: { '10m': [], '13m': ['ReaderStalled'], '22m': [] },
  },
  {
    name: 'the topic of hits refuses them; the thread that says so dies, and its successor says it again',
    series: {
      [one('hashwarden_refused_records', 'topic="hits",of="matching"')]: '0x40 12x10 0x1 12x40 0x1300',
    },
    firing: { '10m': [], '12m': ['HitsRefused'], '18m': ['HitsRefused'], '25m': [] },
  },
  {
    name: 'looking back waits for a partition',
    series: { [one('hashwarden_retro_waiting_partitions')]: '0x40 1x1300' },
    firing: { '24m': [], '26m': ['RetroWaits'] },
  },
  {
    name: 'reports wait for more than a minute; one process does not know for how long',
    series: {
      [one('hashwarden_group_lag_seconds', 'topic="reports"')]: '1x240 _x1200',
      [of('two', 'hashwarden_group_lag_seconds', 'topic="reports"')]: '1x240 90x1200',
    },
    firing: {
      '60m': [],
      '63m': ['ReportsWait'],
      '119m': ['ReportsWait'],
      '125m': ['ReportsOftenWait', 'ReportsWait'],
    },
  },
  {
    name: 'reports wait for half a minute, and once for a few seconds more than a minute',
    series: { [one('hashwarden_group_lag_seconds', 'topic="reports"')]: '1x240 30x20 65x1 1x1200' },
    firing: { '64m': [], '66m': [], '67m': [], '90m': [] },
  },
  {
    name: 'reports wait for a minute and a half in every hour and a half',
    series: {
      [one('hashwarden_group_lag_seconds', 'topic="reports"')]: Array(4).fill('1x357 70x1').join(' '),
    },
    firing: { '89m': [], '155m': ['ReportsOftenWait'] },
  },
  {
    name: 'a quarter of the canaries come late',
    series: { [one(CANARY_IN_TIME, WITHIN_A_SECOND)]: '0+6x240 1443+3x1200' },
    firing: { '60m': [], '61m': [], '66m': ['MatchingLate'], '119m': ['MatchingLate'] },
  },
  {
    name: 'a partition finds no canary any more, and none is sent',
    series: {
      [one(CANARY_IN_TIME, WITHIN_A_SECOND)]: '0+6x240 1443+5x1200',
      [one('hashwarden_canary_age_seconds', canary(0))]: '5x240 20+15x1200',
    },
    firing: { '60m': [], '75m': ['CanaryLate', 'MatchingLate'] },
  },
  {
    name: 'a few canaries come late while matchers are started one after the other',
    series: { [one(CANARY_IN_TIME, WITHIN_A_SECOND)]: '0+6x240 1440+5x3 1463+6x1190' },
    firing: { '62m': [], '70m': [], '90m': [] },
  },
  {
    name: 'four canaries in a thousand come late for hours',
    series: { [one(CANARY_IN_TIME, WITHIN_A_SECOND)]: `0+5.952x${ALL}` },
    firing: { '50m': [], '75m': ['MatchingOftenLate'] },
  },
  {
    name: 'no report comes for a day',
    interval: '5m',
    series: Object.fromEntries(
      ['one', 'two'].map((instance) => [
        of(instance, 'hashwarden_reports_total'),
        `0+100x300 30000x${ALL - 301}`,
      ]),
    ),
    firing: { '24h': [], '48h': [], '50h': ['Silence'] },
  },
  {
    name: 'no list changes for three days, and then one does',
    interval: '5m',
    series: Object.fromEntries(
      ['one', 'two'].map((instance) => [
        of(instance, 'hashwarden_known_offset'),
        `10000+1x60 10060x1000 10061+1x300`,
      ]),
    ),
    firing: { '10h': [], '76h': [], '79h': ['ListsUnchanged'], '90h': [] },
  },
  {
    name: 'the memory of a process grows, and its known set does not',
    interval: '5m',
    series: { [one('process_resident_memory_bytes')]: `2e9x200 2e9+15e6x1000` },
    firing: { '16h': [], '25h': ['MemoryGrows'] },
  },
  {
    name: 'the memory of a process grows with its known set, and that of one that has just started',
    interval: '5m',
    series: {
      [one('process_resident_memory_bytes')]: `2e9x200 2e9+15e6x1000`,
      [one('hashwarden_known_entries')]: `10000x200 10000+70x1000`,
      [of('two', 'hashwarden_known_entries')]: `10000x200 10000+70x1000`,
      ...matcher('three', [], { from: 200, until: 270 }),
      [of('three', 'process_start_time_seconds')]: '_x200 60000x70',
      [of('three', 'process_resident_memory_bytes')]: '_x200 2e8+1e8x20 4e9x50',
      [of('three', 'hashwarden_known_entries')]: '_x201 10000+70x69',
    },
    firing: { '16h': [], '20h': [], '22h': [] },
  },
  {
    name: 'the group rebalances again and again',
    series: { [one('hashwarden_group_joins_total')]: '3x120 4+0.5x1300' },
    firing: { '30m': [], '95m': ['Rebalances'] },
  },
  {
    name: 'ten starts one after the other make the group rebalance',
    series: { [one('hashwarden_group_joins_total')]: '3x120 4+0.5x20 14x1300' },
    firing: { '30m': [], '45m': [], '95m': [] },
  },
  {
    name: 'the coordinator of the group is not found for an hour',
    series: { [one('hashwarden_kafka_failures_total')]: '1x120 2+1x240 242x1000' },
    firing: { '30m': [], '60m': ['KafkaUnsteady'], '150m': [] },
  },
  {
    name: 'a broker is replaced, and the connection fails a few times',
    series: { [one('hashwarden_kafka_failures_total')]: '1x120 2+1x12 14x1200' },
    firing: { '34m': [], '60m': [] },
  },
  {
    name: 'hits wait for the review store, which is away, and then no longer',
    series: { [review('hashwarden_group_lag_seconds', 'topic="hits"')]: '2x40 15+15x80 2x1300' },
    firing: { '14m': [], '22m': ['IntakeBehind'], '35m': [] },
  },
  {
    name: 'a case waits for a decision for more than a day, and then is decided',
    series: {
      [review('hashwarden_review_oldest_case_seconds', 'queue="default"')]: '86000+15x120 3600x1300',
    },
    firing: { '5m': [], '25m': ['CaseTooOld'], '35m': [] },
  },
  {
    name: 'a list is not read to its end for more than an hour, and then is',
    series: { [sync('hashwarden_list_age_seconds', LIST)]: '300x40 315+15x300 60x1100' },
    firing: { '64m': [], '72m': ['ListStale'], '90m': [] },
  },
  {
    name: 'a list can’t be read for half an hour, and then can',
    series: { [sync('hashwarden_list_troubled', LIST)]: '0x40 1x120 0x1280' },
    firing: { '24m': [], '27m': ['ListUnreadable'], '42m': [] },
  },
  {
    name: 'a source is away for ten minutes',
    series: { [sync('hashwarden_list_troubled', LIST)]: '0x40 1x40 0x1360' },
    firing: { '15m': [], '20m': [], '30m': [] },
  },
  {
    name: 'a change of a list waits for a person, and is approved',
    series: { [sync('hashwarden_list_pending', LIST)]: '0x40 1x80 0x1320' },
    firing: { '14m': [], '17m': ['ListChangeWaits'], '32m': [] },
  },
  {
    name: 'the daemon that keeps lists up to date is gone, and so is its target',
    series: syncing({ until: 80 }),
    firing: { '20m': [], '30m': [], '37m': ['NoListSync'], '170m': ['NoListSync'] },
  },
  {
    name: 'another daemon takes the lists over',
    series: { ...syncing({ until: 80 }), ...syncing({ instance: 'sync-2', from: 90 }) },
    firing: { '22m': [], '37m': [], '90m': [] },
  },
  {
    name: 'the daemon that keeps lists up to date was taken away for good',
    interval: '5m',
    series: syncing({ until: 60 }),
    firing: { '5h': [], '6h': ['NoListSync'], '100h': ['NoListSync'], '103h': [] },
  },
  {
    name: 'what is shared lags behind the topic for twenty minutes',
    series: { [serve('hashwarden_share_known_age_seconds')]: '4x39 0+15x80 4x1300' },
    firing: { '15m': [], '19m': ['ShareBehind'], '32m': [] },
  },
  {
    name: 'a large import is read for four minutes before readers are answered again',
    series: {
      [serve('hashwarden_share_known_age_seconds')]: '4x39 0+15x20 4x1300',
      [serve('hashwarden_share_requests_total', ENTRIES_FAILED)]: '3x43 4+1x16 20x1300',
    },
    firing: { '14m': [], '20m': [], '25m': [], '40m': [] },
  },
  {
    name: 'readers are answered with 503 for an hour by a process that is ready',
    series: { [serve('hashwarden_share_requests_total', ENTRIES_FAILED)]: '3x40 4+1x239 243x1100' },
    firing: { '24m': [], '28m': ['ShareFailing'], '68m': ['ShareFailing'], '83m': [] },
  },
  {
    name: 'a sharing process is started again, and answers 503 until it has read the topic',
    series: {
      [serve('hashwarden_ready')]: '1x40 0x6 1x1300',
      [serve('hashwarden_share_known_age_seconds')]: '4x40 _x7 4x1300',
      [serve('hashwarden_share_requests_total', ENTRIES_FAILED)]: '3x40 0+1x7 7x1300',
    },
    firing: { '11m': [], '20m': [], '27m': [], '40m': [] },
  },
  {
    name: 'one hit in ten comes late',
    series: {
      [one('hashwarden_report_to_hit_seconds_bucket', 'le="10"')]: '0+10x120 1209+8x1300',
    },
    firing: { '30m': [], '44m': ['HitsLate'] },
  },
  {
    name: 'there are no hits at all',
    series: Object.fromEntries(
      ['one', 'two'].flatMap((instance) => [
        [of(instance, 'hashwarden_report_to_hit_seconds_bucket', 'le="10"'), `0x${ALL}`],
        [of(instance, 'hashwarden_report_to_hit_seconds_count'), `0x${ALL}`],
      ]),
    ),
    firing: { '60m': [] },
  },
]
