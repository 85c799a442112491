// Retro-match: when known hashes change, reports of the past are matched again. See "Looking back" in src/README.md.
import type { Matcher } from '../../matcher/matcher.ts'
import type { Policy } from '../../policy/policy.ts'
import { ArenaPool } from '../../search/wasm/arena-pool.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Consumption, EventLog, GroupBatch } from '../../log/event-log.ts'
import { groupLag } from '../topics/group-lag.ts'
import type { FollowedSet } from '../live/match-stream.ts'
import { decodePosition } from '../live/set-position.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import { changesOf } from './changes.ts'
import { until, withHeartbeats } from '../../waiting/until.ts'
import { lockOf } from './lock.ts'
import { lookBack } from './look-back.ts'
import { Pace } from './pace.ts'
import { decodeProgress, encodeProgress, type RetroProgress } from './retro-progress.ts'

/** A round has at most so many offsets of known-hashes: their index takes some 50 MB, and 0.1 s to build. */
const ROUND_OFFSETS = 2 ** 18
/** The member needs to hear of new records only: it reads the round itself. */
const FETCH_BYTES = 64 * 1024

export interface RetroStreamOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  /** The group of the matchers, whose commits say what was matched against which set. */
  readonly liveGroup: string
  readonly set: FollowedSet
  readonly matcher: Matcher
  readonly policy: Policy
  /** Of this thread's time, how much may be spent; above 0, up to 1. */
  readonly share: number
  /** Records that live matching is behind at most while there is looked back. */
  readonly maxLagRecords: number
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The group whose one active member looks back, and whose commits say how far. */
export const retroGroup = (liveGroup: string): string => `${liveGroup}-retro`

/**
 * Looks back in rounds. A round is a run of offsets of known-hashes, which has one partition: so of all processes one
 * gets it, and goes on from what the last one has committed.
 */
export class RetroStream {
  readonly #options: RetroStreamOptions
  readonly #pace: Pace
  readonly #pool = new ArenaPool(ROUND_OFFSETS)
  #consumption: Consumption | undefined

  constructor(options: RetroStreamOptions) {
    this.#options = options
    const { log, liveGroup, topics, share, maxLagRecords } = options
    const liveLagRecords = (): Promise<number> => groupLag(log, liveGroup, topics)
    this.#pace = new Pace({ share, maxLagRecords, liveLagRecords })
  }

  async start(): Promise<void> {
    const { log, liveGroup, topics } = this.#options
    this.#consumption = await log.consume({
      group: retroGroup(liveGroup),
      topics: [topics.knownHashes],
      maxBytesPerPartition: FETCH_BYTES,
      onAssigned: () => {},
      onBatch: (batch) => this.#round(batch),
    })
  }

  /** Gives the round in work up: the next member goes on from what was saved of it. */
  async stop(): Promise<void> {
    await this.#consumption?.stop()
  }

  async #round(batch: GroupBatch): Promise<void> {
    const { log, topics, set, metrics, logger } = this.#options
    const { stillHere } = lockOf(batch, 0)
    await until(() => set.isUsable && set.position.topicId !== undefined, stillHere)
    const topicId = set.position.topicId ?? ''
    const { from, progress } = await this.#plan(topicId)
    const { to } = progress
    const lock = lockOf(batch, from)
    const { touched } = await withHeartbeats(
      changesOf(log, topics.knownHashes, undefined, { from, to }),
      lock.stillHere,
    )
    if (touched.size > 0) {
      logger.info({ from, to, values: touched.size }, 'Looking back: known hashes have changed')
      const startedMs = performance.now()
      // The partitions that are ready have been matched against so much; this process's own set may lag behind.
      await until(() => set.position.offset >= to, lock.stillHere)
      const readyTo = (topic: string): Promise<ReadonlyMap<number, number>> =>
        this.#readyTo(topic, topicId, to)
      await lookBack({
        ...this.#options,
        pace: this.#pace,
        pool: this.#pool,
        touched,
        progress,
        readyTo,
        lock,
      })
      const seconds = Math.round((performance.now() - startedMs) / 1000)
      logger.info({ from, to, seconds }, 'Looked back: retained reports have been matched again')
    }
    await batch.commit(to, encodeProgress({ topicId, to, next: new Map() }))
    metrics.retroOffset.set(to)
  }

  /** The round that is due: the one that was begun, or a new one up to the end of the topic. */
  async #plan(topicId: string): Promise<{ readonly from: number; readonly progress: RetroProgress }> {
    const { log, topics, liveGroup } = this.#options
    const [{ earliest, end }] = await log.offsets(topics.knownHashes)
    const [commit] = await log.committed(retroGroup(liveGroup), topics.knownHashes)
    const saved = commit && decodeProgress(commit.metadata)
    // Of a topic that was made again, nothing has been looked back from.
    const from = saved?.topicId === topicId ? commit.offset : earliest
    if (saved?.topicId === topicId && saved.to > from) return { from, progress: saved }
    return { from, progress: { topicId, to: Math.min(end, from + ROUND_OFFSETS), next: new Map() } }
  }

  /**
   * The partitions of a topic whose live matching has come to offset `to` of known-hashes, each with the offset of its commit:
   * reports before it may have been matched against less, those behind it are matched against at least so much.
   */
  async #readyTo(topic: string, topicId: string, to: number): Promise<ReadonlyMap<number, number>> {
    const { log, liveGroup } = this.#options
    const commits = await log.committed(liveGroup, topic)
    return new Map(
      commits.flatMap(({ partition, offset, metadata }) => {
        const position = decodePosition(metadata)
        return position?.topicId === topicId && position.offset >= to ? [[partition, offset] as const] : []
      }),
    )
  }
}
