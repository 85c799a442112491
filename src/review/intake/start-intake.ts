// Reads the topic of hits and stores them: at least once, in order of the partition, whatever is killed.
import { setImmediate as nextMacrotask } from 'node:timers/promises'
import { decodeHit, type Hit } from '../../contract/hit.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { PartitionStatus } from '../../contract/status.ts'
import {
  partitionName,
  StaleBatchError,
  type EventLog,
  type GroupBatch,
  type LogRecord,
} from '../../log/event-log.ts'
import { RetryLaterError } from '../../log/retry-later.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { LagWatch } from '../../stream/topics/lag-watch.ts'
import type { TopicNames } from '../../stream/topics/report-topics.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { HIT_CHANGES } from '../../telemetry/review-metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { withHeartbeats } from '../../waiting/until.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { StoreListener } from '../store/store-listener.ts'
import { IntakeLanes } from './intake-lanes.ts'

/** Records that are decoded and stored before the next ones are: what a rebalance waits for. */
const RECORDS_A_PORTION = 1_000
/** Records are decoded in slices of this many, with the event loop's other work between. */
const RECORDS_A_SLICE = 100
const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000]
/** Records that are no hits and follow each other within this time, in milliseconds, are one state in the log. */
const QUIET_MS = 60_000
/** Says that the group has read the topic. */
const COMMIT_METADATA = 'review'

export interface IntakeOptions {
  readonly log: EventLog
  readonly db: ReviewDatabase
  readonly settings: Pick<ReviewSettings, 'group' | 'hitsPerCase' | 'queues'>
  readonly topics: TopicNames
  readonly metrics: Metrics
  readonly logger: Logger
  /** Hears that PostgreSQL can't be used, or can again. */
  readonly store: StoreListener
}

export interface Intake {
  /** The partitions of hits that this process reads, as far as they are known. */
  readonly partitions: readonly PartitionStatus[]
  /** Finishes the transaction in work, and leaves the group. */
  stop(): Promise<void>
}

/** Kafka and PostgreSQL may be away: it waits for both. */
export async function startIntake(options: IntakeOptions): Promise<Intake> {
  const { log, settings, topics, metrics } = options
  const intake = new HitIntake(options)
  // The lag of a group over its topics: here the one topic of hits, in place of those of reports.
  const lag = new LagWatch({
    log,
    group: settings.group,
    topics: { ...topics, reports: topics.hits, reportsPerPlatform: false },
    metrics,
  })
  const consumption = await log.consume({
    group: settings.group,
    topics: [topics.hits],
    timesAscend: true,
    onAssigned: (partitions) => {
      metrics.groupJoins.inc()
      lag.owned('review', partitions)
    },
    onBatch: (batch) => intake.work(batch),
  })
  // Not before: a caller that starts again, because Kafka is away, would leave it behind.
  lag.start()
  return {
    get partitions() {
      return lag.ownedPartitions
    },
    stop: async () => {
      await Promise.all([consumption.stop(), lag.stop()])
      await intake.settled()
    },
  }
}

class HitIntake {
  readonly #options: IntakeOptions
  readonly #refusals: StateLog
  /** By partition that waits for PostgreSQL. */
  readonly #backoffs = new Map<string, Backoff>()
  readonly #lanes: IntakeLanes

  constructor(options: IntakeOptions) {
    this.#options = options
    const { db, settings, metrics } = options
    this.#lanes = new IntakeLanes({
      db,
      settings,
      onStored: (stored) => {
        for (const change of HIT_CHANGES) metrics.reviewHits.inc({ change }, stored[change])
      },
    })
    this.#refusals = new StateLog({
      logger: options.logger,
      level: 'error',
      begins: 'Records that are no hits were left out: they are not reviewed',
      ends: 'No more records that are no hits',
      quietMs: QUIET_MS,
    })
  }

  async work(batch: GroupBatch): Promise<void> {
    const { records, nextOffset } = batch
    let doneTo: number | undefined
    for (let begin = 0; begin < records.length && batch.isCurrent(); begin += RECORDS_A_PORTION) {
      const some = records.slice(begin, begin + RECORDS_A_PORTION)
      await this.#store(batch, await this.#decode(batch, some))
      const next = records[begin + RECORDS_A_PORTION]
      doneTo = next ? next.offset : nextOffset
    }
    if (records.length === 0) doneTo = nextOffset
    if (doneTo !== undefined) await this.#commit(batch, doneTo)
  }

  /** Waits for transactions whose batch the group has taken away meanwhile. */
  settled(): Promise<void> {
    return this.#lanes.settled()
  }

  async #decode(batch: GroupBatch, records: readonly LogRecord[]): Promise<readonly Hit[]> {
    const hits: Hit[] = []
    for (const [index, record] of records.entries()) {
      if (index > 0 && index % RECORDS_A_SLICE === 0) await nextMacrotask()
      const hit = decodeRecord(record)
      if (hit instanceof Rejection) this.#refuse(batch, record, hit)
      else hits.push(hit)
    }
    return hits
  }

  #refuse(batch: GroupBatch, { offset }: LogRecord, { code }: Rejection): void {
    this.#options.metrics.reviewRefused.inc({ code })
    this.#refusals.note(partitionName(batch), `${code} at offset ${offset}`)
  }

  async #store(batch: GroupBatch, hits: readonly Hit[]): Promise<void> {
    const name = partitionName(batch)
    const failures: unknown[] = []
    const storing = this.#lanes.store(hits).catch((error: unknown) => {
      failures.push(error)
      throw error
    })
    try {
      await withHeartbeats(storing, () => batch.heartbeat())
      this.#backoffs.delete(name)
      this.#options.store.reached()
    } catch (error) {
      // The heartbeat's own errors are the group's.
      throw failures.includes(error) ? this.#laterAfter(name, error) : error
    }
  }

  /** Whatever is wrong, the hits wait in the topic until it is mended: none is left out. */
  #laterAfter(name: string, cause: unknown): RetryLaterError {
    this.#options.store.failed(cause)
    const backoff = this.#backoffs.get(name) ?? new Backoff(BACKOFF_MS)
    this.#backoffs.set(name, backoff)
    return new RetryLaterError(backoff.nextMs(), { cause })
  }

  async #commit(batch: GroupBatch, nextOffset: number): Promise<void> {
    try {
      await batch.commit(nextOffset, COMMIT_METADATA)
    } catch (error) {
      if (!(error instanceof StaleBatchError)) throw error
      // Its new owner reads the batch again, and finds all of it stored.
      this.#options.metrics.staleBatches.inc()
    }
  }
}

const decodeRecord = ({ refused, value }: LogRecord): Hit | Rejection =>
  refused ? new Rejection(refused.code) : decodeHit(value)
