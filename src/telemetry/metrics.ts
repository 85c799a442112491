// The room `telemetry` is metrics, logs and health: a leaf that every room may import. It never sees a hash value, a
// reference or an identity: labels are names of topics, partitions, threads and types, and closed codes.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'
import {
  closedCounter,
  gaugeOnceKnown,
  LATENCY_BUCKETS,
  type LabelValues,
  type Place,
} from './metric-place.ts'
import { gatewayMetrics } from './gateway-metrics.ts'
import { measureProcess } from './process-metrics.ts'
import { reviewMetrics, reviewUseMetrics } from './review-metrics.ts'
import { shareMetrics } from './share-metrics.ts'
import { STAGES } from './stages.ts'
import { syncMetrics } from './sync-metrics.ts'

/** Seconds of one stage of a slice or batch: from a tenth of a millisecond on. */
const STAGE_BUCKETS = [0.0001, 0.00025, 0.0005, ...LATENCY_BUCKETS]

const NO_VALUES: LabelValues = {
  grades: [],
  hashTypes: [],
  rejections: [],
  snapshotRefusals: [],
  gatewayProblems: [],
}

export interface MetricsOptions {
  /** Whether the process's own metrics (memory, processor time, start) belong to it: not to each of its threads. */
  readonly ofProcess?: boolean
  /** Without them a labelled series begins with its first event. */
  readonly labelValues?: LabelValues
}

export type Metrics = ReturnType<typeof createMetrics>

/** The metrics of one process, or of one of its threads, in a registry of its own. */
export function createMetrics({ ofProcess = true, labelValues = NO_VALUES }: MetricsOptions = {}) {
  const registry = new Registry()
  const place: Place = { registers: [registry], labelValues }
  if (ofProcess) measureProcess(registry)
  return {
    registry,
    ...reportMetrics(place),
    ...timeMetrics(place),
    ...lagMetrics(place),
    ...canaryMetrics(place),
    ...knownSetMetrics(place),
    ...snapshotMetrics(place),
    ...retroMetrics(place),
    ...reviewMetrics(place),
    ...reviewUseMetrics(place),
    ...syncMetrics(place),
    ...shareMetrics(place),
    ...gatewayMetrics(place),
    ...healthMetrics(place),
  }
}

const reportMetrics = ({ registers, labelValues: { grades, hashTypes, rejections } }: Place) => ({
  reportsRead: new Counter({
    name: 'hashwarden_reports_read_total',
    help: 'Records of topics of reports that were read, canaries, dead letters and those that are read again included',
    registers,
  }),
  reports: new Counter({
    name: 'hashwarden_reports_total',
    help: 'Reports matched and committed, canaries left out',
    registers,
  }),
  hits: closedCounter(
    registers,
    ['hashwarden_hits_total', 'Hits published, by grade (a redelivered report counts again)', 'grade'],
    grades,
  ),
  degenerateHashes: closedCounter(
    registers,
    [
      'hashwarden_degenerate_hashes_total',
      'Hashes of reports that say nothing of their file (blank pictures, empty files, placeholders) and were not searched, by type (a redelivered report counts again)',
      'type',
    ],
    hashTypes,
  ),
  deadLetters: closedCounter(
    registers,
    ['hashwarden_dead_letters_total', 'Dead letters published, by the reason of each', 'code'],
    rejections,
  ),
  refusedRecords: new Gauge({
    name: 'hashwarden_refused_records',
    help: 'Hits and dead letters that wait because their topic refuses them, by that topic and by whose they are; they are tried again',
    labelNames: ['topic', 'of'],
    registers,
  }),
  staleBatches: new Counter({
    name: 'hashwarden_stale_batches_total',
    help: 'Batches given up uncommitted because the group had rebalanced; their new owner reads them again',
    registers,
  }),
})

function timeMetrics({ registers }: Place) {
  const stageSeconds = new Histogram({
    name: 'hashwarden_stage_seconds',
    help: 'Time of each stage of a slice or batch: decode, search, confirm (matcher threads only), acknowledge, commit. The utilisation of the matcher threads is the rate of decode, search and confirm together, divided by their number',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers,
  })
  for (const stage of STAGES) stageSeconds.zero({ stage })
  return {
    stageSeconds,
    batchSeconds: new Histogram({
      name: 'hashwarden_batch_seconds',
      help: 'Work on one batch of reports: from the start of its decoding until its hits and dead letters are acknowledged. Its commit follows, and is not in it (stage commit)',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    matchSeconds: new Histogram({
      name: 'hashwarden_match_seconds',
      help: 'Matching of one slice of a batch. Slices of several partitions are searched together, and each counts the whole time: for utilisation take hashwarden_stage_seconds',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    hitLatencySeconds: new Histogram({
      name: 'hashwarden_report_to_hit_seconds',
      help: "From the time of a report's record to its hit acknowledged",
      buckets: LATENCY_BUCKETS,
      registers,
    }),
  }
}

const lagMetrics = ({ registers }: Place) => ({
  partitions: new Gauge({
    name: 'hashwarden_partitions',
    help: 'Partitions of a topic of reports, as the broker tells them',
    labelNames: ['topic'],
    registers,
  }),
  topicEnd: new Gauge({
    name: 'hashwarden_topic_end_offset',
    help: 'Ends of all partitions of a topic that the consumer group reads, added up: its rate is that of all records written, canaries included. Every process tells the same',
    labelNames: ['topic'],
    registers,
  }),
  groupLag: new Gauge({
    name: 'hashwarden_group_lag_records',
    help: 'Records of a topic that the consumer group has not committed yet, those of partitions without an owner included. Every process tells the same: take the maximum, not the sum',
    labelNames: ['topic'],
    registers,
  }),
  groupLagSeconds: new Gauge({
    name: 'hashwarden_group_lag_seconds',
    help: 'Age of the oldest uncommitted record of a topic, those of partitions without an owner included, when the broker was last asked; 0 if there is none. Every process tells the same',
    labelNames: ['topic'],
    registers,
  }),
  lag: new Gauge({
    name: 'hashwarden_lag_records',
    help: 'Records of a partition of this process that are not committed yet: its end minus its commit, asked of the broker every second; no series while the broker does not answer',
    labelNames: ['topic', 'partition'],
    registers,
  }),
  lagSeconds: new Gauge({
    name: 'hashwarden_lag_seconds',
    help: 'Age of the oldest uncommitted record of a partition of this process when the broker was last asked, to 1 s (what waited before the process started may be told as up to twice as old); 0 if there is none, no series while the broker does not answer',
    labelNames: ['topic', 'partition'],
    registers,
  }),
  policyDiffers: new AgeGauge({
    name: 'hashwarden_policy_differs_seconds',
    help: 'For how long commits of the group have named another policy than that of this process; 0: none does',
    labelNames: [],
    registers,
  }),
  offsetOutOfRange: new Counter({
    name: 'hashwarden_offset_out_of_range_total',
    help: 'Times that records had expired before they were read',
    registers,
  }),
})

const canaryMetrics = ({ registers, labelValues: { hashTypes } }: Place) => ({
  canaryAge: new AgeGauge({
    name: 'hashwarden_canary_age_seconds',
    help: 'Time since a canary was last found in a partition, or since the partition was assigned',
    labelNames: ['topic', 'partition'],
    registers,
  }),
  canariesSent: closedCounter(
    registers,
    [
      'hashwarden_canaries_sent_total',
      'Canary reports that a member sent to its partitions, by hash type',
      'type',
    ],
    hashTypes,
  ),
  canariesFound: closedCounter(
    registers,
    [
      'hashwarden_canaries_found_total',
      'Canary reports of its own that a member read and matched, by hash type',
      'type',
    ],
    hashTypes,
  ),
  canariesMissed: closedCounter(
    registers,
    [
      'hashwarden_canaries_missed_total',
      'Canary reports that were read and whose canary was not found, by hash type',
      'type',
    ],
    hashTypes,
  ),
  canariesDue: new Counter({
    name: 'hashwarden_canaries_due_total',
    help: 'Canaries that were due, one a partition and interval, whether or not they could be sent. Those that hashwarden_canary_seconds lacks were not found',
    registers,
  }),
  canarySeconds: new Histogram({
    name: 'hashwarden_canary_seconds',
    help: 'From sending a canary that was due until it was found and committed: how long any report takes',
    buckets: LATENCY_BUCKETS,
    registers,
  }),
  knownCanary: new Gauge({
    name: 'hashwarden_known_canary',
    help: 'By hash type 1 if the known-hash set has its canary, 0 if it must and has not',
    labelNames: ['type'],
    registers,
  }),
})

const knownSetMetrics = ({ registers, labelValues: { rejections } }: Place) => ({
  knownEntries: new Gauge({
    name: 'hashwarden_known_entries',
    help: 'Entries of the known-hash set, canaries left out',
    registers,
  }),
  knownValues: new Gauge({
    name: 'hashwarden_known_values',
    help: 'Known values that are searched, by hash type',
    labelNames: ['type'],
    registers,
  }),
  knownOffset: new Gauge({
    name: 'hashwarden_known_offset',
    help: 'Next offset of known-hashes to apply',
    registers,
  }),
  knownRejected: closedCounter(
    registers,
    [
      'hashwarden_known_rejected_total',
      'Records of known-hashes that are no entries and were not applied, by reason',
      'code',
    ],
    rejections,
  ),
})

const snapshotMetrics = ({ registers, labelValues: { snapshotRefusals } }: Place) => ({
  snapshotRefused: closedCounter(
    registers,
    [
      'hashwarden_snapshot_refused_total',
      'Snapshots of the known set that were not loaded, by reason; the topic was read instead',
      'code',
    ],
    snapshotRefusals,
  ),
  snapshotFailures: new Counter({
    name: 'hashwarden_snapshot_failures_total',
    help: 'Times that no snapshot of the known set could be written',
    registers,
  }),
  snapshotTime: gaugeOnceKnown({
    name: 'hashwarden_snapshot_as_of_seconds',
    help: 'Unix time of the state in the snapshot that was last written or loaded; no series before the first',
    registers,
  }),
})

const retroMetrics = ({ registers }: Place) => ({
  retroReports: new Counter({
    name: 'hashwarden_retro_reports_total',
    help: 'Retained records of reports topics that were held against changes of known-hashes',
    registers,
  }),
  retroHits: new Counter({
    name: 'hashwarden_retro_hits_total',
    help: 'Retroactive hits published (one of a report that has a hit already counts, too)',
    registers,
  }),
  retroOffset: gaugeOnceKnown({
    name: 'hashwarden_retro_known_offset',
    help: 'Offset of known-hashes before which all changes have been held against retained reports; only from the process that looks back, and no series before its first round',
    registers,
  }),
  retroWaiting: new Gauge({
    name: 'hashwarden_retro_waiting_partitions',
    help: 'Partitions of reports whose live matching has not reached the changes that retro-match looks back from',
    registers,
  }),
})

const healthMetrics = ({ registers }: Place) => ({
  connectionFailures: new Counter({
    name: 'hashwarden_kafka_failures_total',
    help: 'Times that the connection to Kafka failed and was tried again',
    registers,
  }),
  groupJoins: new Counter({
    name: 'hashwarden_group_joins_total',
    help: 'Times that a member of this process joined its consumer group: once at its start, and at every rebalance',
    registers,
  }),
  stalledPartitions: new Gauge({
    name: 'hashwarden_stalled_partitions',
    help: 'Partitions, those of known-hashes included, in which a reader has made no progress for 30 s although there is more to read',
    registers,
  }),
  threadDeaths: new Counter({
    name: 'hashwarden_thread_deaths_total',
    help: 'Matcher threads that died; each is started again after a pause',
    registers,
  }),
  logLinesLost: new Counter({
    name: 'hashwarden_log_lines_lost_total',
    help: 'Lines of the log that could not be written: the disk is full, or nothing empties the pipe',
    registers,
  }),
  threadAnswerAge: new AgeGauge({
    name: 'hashwarden_thread_answer_age_seconds',
    help: 'Time since a matcher thread last answered the main thread that asked for its metrics. A thread that does not answer counts with its last answer, after 15 s without its gauges',
    labelNames: ['thread'],
    registers,
  }),
  ready: new Gauge({ name: 'hashwarden_ready', help: '1 while the process is ready', registers }),
})
