// The lag of the consumer group, as the broker tells it, in records and in seconds.
import type { PartitionStatus } from '../../contract/status.ts'
import { partitionName, type EventLog, type TopicPartition } from '../../log/event-log.ts'
import { unlessGone } from '../../log/topic-gone.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { pause } from '../../waiting/pause.ts'
import { recordsOf, topicLag, type PartitionLag } from './group-lag.ts'
import { reportTopicsNow, type TopicNames } from './report-topics.ts'
import { WriteTimes } from './write-times.ts'

/**
 * Between two looks at all partitions, in milliseconds. A look at 1,000 partitions of one topic takes 0.1 s and 25 ms of a
 * processor, one at 100 topics 0.4 to 1.4 s and 100 ms; so after a long one the pause is longer, `REST_FACTOR` times it.
 */
const LOOK_EVERY_MS = 1_000
const REST_FACTOR = 20
/** A look that waited for a lost answer took long without costing anything: the next one comes within this time. */
const LONGEST_REST_MS = 30_000
const KNOWN_FOR_MS = 15_000
/**
 * Ages at which a backlog of before the start is looked for, doubled from the first to the last, 34 days: so it may be
 * told as up to twice as old as it is, until the group has come to what was written since.
 */
const FIRST_AGE_MS = 703.125
const LAST_AGE_MS = FIRST_AGE_MS * 2 ** 22

export interface LagWatchOptions {
  readonly log: EventLog
  readonly group: string
  readonly topics: TopicNames
  readonly metrics: Metrics
  /** Gets what every look has found, by topic. */
  readonly onLook?: (lags: ReadonlyMap<string, readonly PartitionLag[]>) => void
  /** A lag that was seen longer ago than this, in milliseconds, is not known any more; by default 15 s. */
  readonly knownForMs?: number
  /** Milliseconds, of a clock that is never set. */
  readonly clock?: () => number
  /** Milliseconds since 1970, as the broker stamps records. */
  readonly wallClock?: () => number
}

/** Of one partition, as a look has found it. */
interface DatedLag extends PartitionLag {
  /** Seconds. As of the look: between two looks nothing is known, and a member that keeps up must not seem to fall behind. */
  readonly ageSeconds: number | undefined
}

/**
 * Asks the broker every second for ends and commits of all partitions of the group. Every process tells the lag of
 * the whole group by topic, so that partitions that no member owns count too, and for the partitions that its own
 * members have it tells the lag of each.
 *
 * What commits and batches say would not do: a member that commits nothing would show an old lag, and a partition without
 * a member none.
 */
export class LagWatch {
  readonly #options: LagWatchOptions
  readonly #clock: () => number
  readonly #wallClock: () => number
  readonly #stopping = new AbortController()
  readonly #owned = new Map<string, readonly TopicPartition[]>()
  #times = new Map<string, WriteTimes>()
  #seenAtMs: number
  /** What the last look has found; undefined if that is too long ago, or none has succeeded yet. */
  #lags: ReadonlyMap<string, readonly DatedLag[]> | undefined
  #failure: unknown
  #looking: Promise<void> | undefined

  constructor(options: LagWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#wallClock = options.wallClock ?? Date.now
    this.#seenAtMs = this.#clock()
  }

  start(): void {
    this.#looking ??= this.#keepLooking()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
  }

  /** These partitions, and no others, are this member's now: a thread of this process, by a name of its own. */
  owned(member: string, partitions: readonly TopicPartition[]): void {
    this.#owned.set(member, partitions)
  }

  /** When the look began whose answer `partitions` has, by the clock of the options. */
  get seenAtMs(): number {
    return this.#seenAtMs
  }

  /** What the last look has thrown; undefined if it succeeded. */
  get failure(): unknown {
    return this.#failure
  }

  /** Every partition of the group, as far as it is known; undefined while the broker does not answer. */
  get partitions(): readonly PartitionStatus[] | undefined {
    return this.#lags && [...this.#lags].flatMap(([topic, lags]) => lags.map((lag) => statusOf(topic, lag)))
  }

  /** The partitions of this process's members, as far as they are known. */
  get ownedPartitions(): readonly PartitionStatus[] {
    const known = new Map(this.partitions?.map((one) => [partitionName(one), one]))
    return [...this.#owned.values()]
      .flat()
      .map(({ topic, partition }) => known.get(partitionName({ topic, partition })) ?? { topic, partition })
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const startedMs = this.#clock()
      await this.look()
      const tookMs = this.#clock() - startedMs
      const restMs = Math.min(REST_FACTOR * tookMs, LONGEST_REST_MS)
      await pause(Math.max(LOOK_EVERY_MS, restMs), signal)
    }
  }

  /** Asks now, and tells what the broker says. Never throws. */
  async look(): Promise<void> {
    const startedMs = this.#clock()
    const { knownForMs = KNOWN_FOR_MS } = this.#options
    const ended = new AbortController()
    // A frozen broker answers nothing for minutes, and what it said before must not pass for the present.
    void this.#forgetAfter(knownForMs, ended.signal)
    try {
      const lags = await this.#ask()
      this.#seenAtMs = startedMs
      this.#failure = undefined
      if (this.#stopping.signal.aborted) return
      this.#tell(lags)
      this.#options.onLook?.(lags)
    } catch (error) {
      // Kafka is away, and its listener says so.
      this.#failure = error
      if (this.#clock() - this.#seenAtMs > knownForMs) this.#forget()
    } finally {
      ended.abort()
    }
  }

  async #forgetAfter(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, signal)
    if (!signal.aborted) this.#forget()
  }

  async #ask(): Promise<ReadonlyMap<string, readonly DatedLag[]>> {
    const { log, group, topics } = this.#options
    const lags = new Map<string, readonly DatedLag[]>()
    const times = new Map<string, WriteTimes>()
    for (const topic of await reportTopicsNow(log, topics)) {
      const atMs = this.#clock()
      const ofTopic = await unlessGone(log, topic, () => topicLag(log, group, topic))
      if (!ofTopic) continue
      for (const { partition, end } of ofTopic) {
        const name = partitionName({ topic, partition })
        const written = this.#times.get(name) ?? new WriteTimes()
        written.add(atMs, end)
        times.set(name, written)
      }
      await this.#dateBacklog(topic, ofTopic, times, atMs)
      const ageOf = ({ partition, next, end }: PartitionLag): number | undefined => {
        if (next === end) return 0
        const sinceMs = times.get(partitionName({ topic, partition }))?.timeOf(next)
        return sinceMs === undefined ? undefined : Math.max(0, atMs - sinceMs) / 1000
      }
      lags.set(
        topic,
        ofTopic.map((lag) => ({ ...lag, ageSeconds: ageOf(lag) })),
      )
    }
    this.#times = times
    return lags
  }

  /** Finds how old the records are that waited already when we first looked: by the ends of earlier times. */
  async #dateBacklog(
    topic: string,
    lags: readonly PartitionLag[],
    times: ReadonlyMap<string, WriteTimes>,
    atMs: number,
  ): Promise<void> {
    const { log } = this.#options
    const timesOf = (partition: number): WriteTimes | undefined =>
      times.get(partitionName({ topic, partition }))
    const isUndated = ({ partition, next, end }: PartitionLag): boolean =>
      next < end && timesOf(partition)?.timeOf(next) === undefined
    for (let ageMs = FIRST_AGE_MS; ageMs <= LAST_AGE_MS && lags.some(isUndated); ageMs *= 2) {
      const offsets = await log.offsetsSince(topic, this.#wallClock() - ageMs)
      for (const { partition, offset } of offsets) timesOf(partition)?.addBefore(atMs - ageMs, offset)
    }
    // Older than all that is looked for: it counts as that old.
    for (const lag of lags.filter(isUndated)) timesOf(lag.partition)?.addBefore(atMs - LAST_AGE_MS, 0)
    for (const { partition, next } of lags) timesOf(partition)?.forgetBefore(next)
  }

  #tell(lags: ReadonlyMap<string, readonly DatedLag[]>): void {
    const { metrics } = this.#options
    this.#forget()
    this.#lags = lags
    const owned = new Set([...this.#owned.values()].flat().map(partitionName))
    for (const [topic, partitions] of lags) {
      metrics.partitions.set({ topic }, partitions.length)
      metrics.topicEnd.set(
        { topic },
        partitions.reduce((sum, { end }) => sum + end, 0),
      )
      metrics.groupLag.set({ topic }, recordsOf(partitions))
      const ages = partitions.map(({ ageSeconds }) => ageSeconds).filter((age) => age !== undefined)
      if (ages.length > 0) metrics.groupLagSeconds.set({ topic }, Math.max(...ages))
      for (const { partition, next, end, ageSeconds } of partitions) {
        if (!owned.has(partitionName({ topic, partition }))) continue
        const labels = { topic, partition }
        metrics.lag.set(labels, end - next)
        if (ageSeconds !== undefined) metrics.lagSeconds.set(labels, ageSeconds)
      }
    }
  }

  #forget(): void {
    this.#lags = undefined
    const { partitions, topicEnd, groupLag, groupLagSeconds, lag, lagSeconds } = this.#options.metrics
    for (const metric of [partitions, topicEnd, groupLag, groupLagSeconds, lag, lagSeconds]) metric.reset()
  }
}

const statusOf = (topic: string, { partition, next, end, ageSeconds }: DatedLag): PartitionStatus => ({
  topic,
  partition,
  next,
  end,
  ...(ageSeconds === undefined ? {} : { lagSeconds: ageSeconds }),
})
