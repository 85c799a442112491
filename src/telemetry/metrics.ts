// The room `telemetry` is metrics, logs and health: a leaf that everyone may import. Nothing in it ever sees a
// hash value, a reference or an identity: labels are names of topics, partitions, types and closed codes.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'

/** Seconds, from a millisecond to a minute. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Seconds of one stage of a slice or batch: from a tenth of a millisecond on. */
const STAGE_BUCKETS = [0.0001, 0.00025, 0.0005, ...LATENCY_BUCKETS]

export type Metrics = ReturnType<typeof createMetrics>

/** The metrics of one process, or of one of its threads, in a registry of its own. */
export function createMetrics({ ofProcess = true }: { readonly ofProcess?: boolean } = {}) {
  const registry = new Registry()
  const registers = [registry]
  if (ofProcess) collectDefaultMetrics({ register: registry })
  return {
    registry,
    reports: new Counter({ name: 'hashwarden_reports_total', help: 'Reports matched', registers }),
    hits: new Counter({
      name: 'hashwarden_hits_total',
      help: 'Hits published, by grade (a redelivered report counts again)',
      labelNames: ['grade'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'hashwarden_dead_letters_total',
      help: 'Records that were no report, by reason',
      labelNames: ['code'],
      registers,
    }),
    staleBatches: new Counter({
      name: 'hashwarden_stale_batches_total',
      help: 'Batches given up uncommitted because the group had rebalanced; their new owner reads them again',
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'hashwarden_batch_seconds',
      help: 'From a batch of reports read to its offset committed',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    matchSeconds: new Histogram({
      name: 'hashwarden_match_seconds',
      help: 'Matching of one slice of a batch, with those of other partitions that are searched together with it',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    // Bytes to report; search in the shared set; the last word of the thread that keeps the set; hits acknowledged by the
    // log; offset committed.
    stageSeconds: new Histogram({
      name: 'hashwarden_stage_seconds',
      help: 'Time of each stage of a slice or batch: decode, search, confirm (threads only), acknowledge, commit',
      labelNames: ['stage'],
      buckets: STAGE_BUCKETS,
      registers,
    }),
    hitLatencySeconds: new Histogram({
      name: 'hashwarden_report_to_hit_seconds',
      help: "From the time of a report's record to its hit acknowledged",
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    lag: new Gauge({
      name: 'hashwarden_lag_records',
      help: 'Records of a partition not yet committed when its last batch was',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    lagSeconds: new AgeGauge({
      name: 'hashwarden_lag_seconds',
      help: 'Age of the last committed record of a partition; 0 if it was the last there was',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    canaryAge: new AgeGauge({
      name: 'hashwarden_canary_age_seconds',
      help: 'Time since a canary was last found in a partition, or since the partition was assigned',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    canariesFound: new Counter({
      name: 'hashwarden_canaries_found_total',
      help: 'Canary reports of its own that a member read and matched, by hash type',
      labelNames: ['type'],
      registers,
    }),
    canariesMissed: new Counter({
      name: 'hashwarden_canaries_missed_total',
      help: 'Canary reports that were read and whose canary was not found, by hash type',
      labelNames: ['type'],
      registers,
    }),
    knownCanary: new Gauge({
      name: 'hashwarden_known_canary',
      help: 'By hash type 1 if the known-hash set has its canary, 0 if it must and has not',
      labelNames: ['type'],
      registers,
    }),
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
    knownRejected: new Counter({
      name: 'hashwarden_known_rejected_total',
      help: 'Records of known-hashes that were no entry and were not applied, by reason',
      labelNames: ['code'],
      registers,
    }),
    snapshotRefused: new Counter({
      name: 'hashwarden_snapshot_refused_total',
      help: 'Snapshots of the known set that were not loaded, by reason; the topic was read instead',
      labelNames: ['code'],
      registers,
    }),
    snapshotFailures: new Counter({
      name: 'hashwarden_snapshot_failures_total',
      help: 'Times that no snapshot of the known set could be written',
      registers,
    }),
    snapshotTime: new Gauge({
      name: 'hashwarden_snapshot_as_of_seconds',
      help: 'Unix time of the state in the snapshot that was last written or loaded',
      registers,
    }),
    offsetOutOfRange: new Counter({
      name: 'hashwarden_offset_out_of_range_total',
      help: 'Times that records had expired before they were read',
      registers,
    }),
    connectionFailures: new Counter({
      name: 'hashwarden_kafka_failures_total',
      help: 'Times that the connection to Kafka failed and was tried again',
      registers,
    }),
    threadDeaths: new Counter({
      name: 'hashwarden_thread_deaths_total',
      help: 'Matcher threads that died and were started again',
      registers,
    }),
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
    retroOffset: new Gauge({
      name: 'hashwarden_retro_known_offset',
      help: 'Offset of known-hashes before which all changes have been held against retained reports',
      registers,
    }),
    retroWaiting: new Gauge({
      name: 'hashwarden_retro_waiting_partitions',
      help: 'Partitions of reports whose live matching has not reached the changes that retro-match looks back from',
      registers,
    }),
    ready: new Gauge({ name: 'hashwarden_ready', help: '1 while the process is ready', registers }),
  }
}
