// Looking back: when known hashes change, retained reports are matched again. See README.md in this folder.
import type { Matcher } from '../../matcher/matcher.ts'
import type { Policy } from '../../policy/policy.ts'
import { ArenaPool } from '../../search/wasm/arena-pool.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Consumption, EventLog, GroupBatch } from '../../log/event-log.ts'
import { groupLag } from '../topics/group-lag.ts'
import { HeldRecords } from '../live/held-records.ts'
import type { FollowedSet } from '../feed/followed-set.ts'
import { decodePosition } from '../live/set-position.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import { changesOf } from './changes.ts'
import { until, withHeartbeats } from '../../waiting/until.ts'
import { lockOf, stillHere } from './lock.ts'
import { lookBack } from './look-back.ts'
import { Pace } from './pace.ts'
import { decodeProgress, encodeProgress, type RetroProgress } from './retro-progress.ts'

/** Offsets of known-hashes in one round, at most: their index takes some 50 MB, and 0.1 s to build. */
const ROUND_OFFSETS = 2 ** 18
/** Bytes of a fetch. The member only needs to notice new records: it reads the round itself. */
const FETCH_BYTES = 64 * 1024

export interface RetroStreamOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  /** The group of the matchers. Its commits say up to which set position each partition was matched. */
  readonly liveGroup: string
  readonly followed: FollowedSet
  readonly matcher: Matcher
  readonly policy: Policy
  /** Share of the main thread's time to spend: above 0, up to 1. */
  readonly share: number
  /** While live matching lags by more records than this, looking back waits. */
  readonly maxLagRecords: number
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

/** The group whose one active member looks back, and whose commits hold the progress. */
export const retroGroup = (liveGroup: string): string => `${liveGroup}-retro`

/**
 * Looks back in rounds. A round is a run of offsets of known-hashes. That topic has one partition, so one process of the
 * group gets it, and goes on from the progress that the last one has committed.
 */
export class RetroStream {
  readonly #options: RetroStreamOptions
  readonly #pace: Pace
  readonly #held: HeldRecords
  readonly #pool = new ArenaPool(ROUND_OFFSETS)
  #consumption: Consumption | undefined

  constructor(options: RetroStreamOptions) {
    this.#options = options
    const { log, liveGroup, topics, share, maxLagRecords } = options
    this.#held = new HeldRecords({ ...options, of: 'looking-back', topics: [topics.hits] })
    const liveLagRecords = (): Promise<number> => groupLag(log, liveGroup, topics)
    this.#pace = new Pace({ share, maxLagRecords, liveLagRecords })
  }

  async start(): Promise<void> {
    const { log, liveGroup, topics } = this.#options
    this.#consumption = await log.consume({
      group: retroGroup(liveGroup),
      topics: [topics.knownHashes],
      maxBytesPerPartition: FETCH_BYTES,
      // Another process looks back from now on, if none of this one's partitions is left.
      onAssigned: (partitions) => {
        if (partitions.length === 0) this.#held.show([])
      },
      onBatch: (batch) => this.#round(batch),
    })
  }

  /** Gives up the round in work: the next member goes on from its saved progress. */
  async stop(): Promise<void> {
    await this.#consumption?.stop()
  }

  async #round(batch: GroupBatch): Promise<void> {
    const { log, topics, followed, metrics, logger } = this.#options
    await until(
      () => followed.isUsable && followed.position.topicId !== undefined,
      () => stillHere(batch),
    )
    const topicId = followed.position.topicId ?? ''
    const { roundStart, progress } = await this.#plan(topicId)
    const { roundEnd } = progress
    const lock = lockOf(batch, roundStart)
    const { touched } = await withHeartbeats(
      changesOf(log, topics.knownHashes, undefined, { from: roundStart, to: roundEnd }),
      lock.stillHere,
    )
    if (touched.size > 0) {
      logger.info(
        { from: roundStart, to: roundEnd, values: touched.size },
        'Looking back: known hashes have changed',
      )
      const startedMs = performance.now()
      // Some partitions may be ready before this process's own set has the changes.
      await until(() => followed.position.offset >= roundEnd, lock.stillHere)
      const readyTo = (topic: string): Promise<ReadonlyMap<number, number>> =>
        this.#readyTo(topic, topicId, roundEnd)
      await lookBack({
        ...this.#options,
        pace: this.#pace,
        pool: this.#pool,
        held: this.#held,
        touched,
        progress,
        readyTo,
        lock,
      })
      const seconds = Math.round((performance.now() - startedMs) / 1000)
      logger.info(
        { from: roundStart, to: roundEnd, seconds },
        'Looked back: retained reports have been matched again',
      )
    }
    await batch.commit(roundEnd, encodeProgress({ topicId, roundEnd, next: new Map() }))
    metrics.retroOffset.set(roundEnd)
  }

  /** The round to do: the one in progress, or a new one up to the end of the topic. */
  async #plan(topicId: string): Promise<{ readonly roundStart: number; readonly progress: RetroProgress }> {
    const { log, topics, liveGroup } = this.#options
    const [{ earliest, end }] = await log.offsets(topics.knownHashes)
    const [commit] = await log.committed(retroGroup(liveGroup), topics.knownHashes)
    const saved = commit && decodeProgress(commit.metadata)
    // Progress on another topic means nothing: known-hashes was recreated.
    const roundStart = saved?.topicId === topicId ? commit.offset : earliest
    if (saved?.topicId === topicId && saved.roundEnd > roundStart) return { roundStart, progress: saved }
    return {
      roundStart,
      progress: { topicId, roundEnd: Math.min(end, roundStart + ROUND_OFFSETS), next: new Map() },
    }
  }

  /**
   * The partitions of a topic whose live commit says that the set was at or past offset `roundEnd` of known-hashes, each with
   * the offset of that commit. Reports from it on are matched live against all changes; earlier ones may not have been.
   */
  async #readyTo(topic: string, topicId: string, roundEnd: number): Promise<ReadonlyMap<number, number>> {
    const { log, liveGroup } = this.#options
    const commits = await log.committed(liveGroup, topic)
    return new Map(
      commits.flatMap(({ partition, offset, metadata }) => {
        const position = decodePosition(metadata)
        return position?.topicId === topicId && position.offset >= roundEnd
          ? [[partition, offset] as const]
          : []
      }),
    )
  }
}
