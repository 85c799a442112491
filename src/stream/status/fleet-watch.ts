// Follows the topics of statuses and of lists, and asks the brokers for the lag of every partition: a picture of all processes at any time.
import type { FleetPicture } from '../../contract/fleet.ts'
import { decodeListRecord } from '../../contract/list-state.ts'
import { Rejection } from '../../contract/rejection.ts'
import { decodeStatus } from '../../contract/status.ts'
import type { Consumption, EventLog, LogRecord } from '../../log/event-log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { pause } from '../../waiting/pause.ts'
import { LagWatch } from '../topics/lag-watch.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import { BrokerClock } from './broker-clock.ts'
import { Fleet, type GroupPartitions } from './fleet.ts'

/** Statuses of this long before the start, in milliseconds, are read first. */
const HISTORY_MS = 30_000
/** A process that lives says something within this time, in milliseconds: its interval, and some for a busy one. */
const HEARD_WITHIN_MS = 3_000
const ANSWERED_WITHIN_MS = 10_000
const ASK_EVERY_MS = 50
/** While the topic of lists can't be read, it is tried again this often, in milliseconds. */
const LISTS_AGAIN_MS = 30_000

export interface FleetWatchOptions {
  readonly log: EventLog
  readonly topics: TopicNames & { readonly status: string; readonly lists: string }
  readonly matchGroup: string
  readonly reviewGroup: string
}

/** What the brokers say of a group, and when they were asked, by a clock that is never set. */
export interface GroupLag extends GroupPartitions {
  readonly seenAtMs: number
  /** Why the last look failed; undefined if it did not. */
  readonly failure: unknown
}

export class FleetWatch {
  readonly #options: FleetWatchOptions
  readonly #fleet = new Fleet()
  readonly #clock = new BrokerClock()
  readonly #lags: readonly (Omit<GroupPartitions, 'partitions'> & { readonly watch: LagWatch })[]
  #reading: Consumption | undefined
  readonly #stopping = new AbortController()
  #followingLists: Promise<void> | undefined
  /** Read to their end, or they can't be read. */
  #areListsRead = false
  /** Processes that have said something since the start, and those before it: noted only while `untilWhole` may need them. */
  readonly #alive = new Set<string>()
  readonly #earlier = new Set<string>()
  #startEnd = 0
  #startedMs = 0
  #heardAtMs: number | undefined

  constructor(options: FleetWatchOptions) {
    this.#options = options
    const { log, topics, matchGroup, reviewGroup } = options
    // Gauges of these metrics are never read: they are a matcher's.
    const watch = (group: string, names: TopicNames): LagWatch =>
      new LagWatch({
        log,
        group,
        topics: names,
        metrics: createMetrics({ ofProcess: false }),
      })
    this.#lags = [
      { group: matchGroup, role: 'match', watch: watch(matchGroup, topics) },
      {
        group: reviewGroup,
        role: 'review',
        watch: watch(reviewGroup, { ...topics, reports: topics.hits, reportsPerPlatform: false }),
      },
    ]
  }

  /**
   * Looks at lags from now on, whatever comes of reading statuses.
   * @throws What the log throws while Kafka is away, or if there is no such topic: then it may be called again.
   */
  async start(): Promise<void> {
    const { log, topics } = this.#options
    for (const { watch } of this.#lags) watch.start()
    const [{ end }] = await log.offsets(topics.status)
    const since = await log.offsetsSince(topics.status, Date.now() - HISTORY_MS)
    this.#startEnd = end
    this.#reading = await log.follow({
      topic: topics.status,
      from: new Map(since.map(({ partition, offset }) => [partition, offset])),
      onBatch: ({ records }) => {
        for (const record of records) this.#hear(record)
      },
    })
    this.#startedMs = performance.now()
    this.#followingLists ??= this.#followLists()
  }

  picture(): FleetPicture {
    return this.#fleet.picture(this.lags, this.#clock.now())
  }

  get lags(): readonly GroupLag[] {
    return this.#lags.map(({ group, role, watch }) => ({
      group,
      role,
      partitions: watch.partitions,
      seenAtMs: watch.seenAtMs,
      failure: watch.failure,
    }))
  }

  /** The time of the last record of the topic of statuses, as the broker stamped it; undefined if none has come. */
  get heardAtMs(): number | undefined {
    return this.#heardAtMs
  }

  /** Resolves once every process that lives must have been heard, and the brokers have answered. */
  async untilWhole(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitedMs = performance.now() - this.#startedMs
      const isLate = waitedMs > HEARD_WITHIN_MS
      const areHeard = this.#alive.size > 0 && this.#earlier.isSubsetOf(this.#alive)
      const isAnswered = this.#lags.every(({ watch }) => watch.partitions !== undefined)
      // If the brokers don't answer, or not to this identity, the picture says so.
      const isWhole = isAnswered && this.#areListsRead
      if ((isWhole || waitedMs > ANSWERED_WITHIN_MS) && (isLate || areHeard)) return
      await pause(ASK_EVERY_MS, signal)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#followingLists
    await Promise.all([this.#reading?.stop(), ...this.#lags.map(({ watch }) => watch.stop())])
  }

  /** A cluster of before lists has no such topic, and an identity may lack the right: the rest is shown without. */
  async #followLists(): Promise<void> {
    const { signal } = this.#stopping
    const { log, topics } = this.#options
    while (!signal.aborted) {
      try {
        const [{ earliest, end }] = await log.offsets(topics.lists)
        if (earliest >= end) this.#areListsRead = true
        const reading = await log.follow({
          topic: topics.lists,
          from: 'earliest',
          onBatch: ({ records, nextOffset }) => {
            for (const record of records) this.#hearList(record)
            if (nextOffset >= end) this.#areListsRead = true
          },
        })
        await untilAborted(signal)
        return await reading.stop()
      } catch {
        this.#areListsRead = true
        await pause(LISTS_AGAIN_MS, signal)
      }
    }
  }

  #hearList({ key, value }: LogRecord): void {
    if (value === null) return this.#fleet.forgetList(String(key))
    const record = decodeListRecord(key, value)
    if (!(record instanceof Rejection) && record.schema === 'list-state/1') this.#fleet.hearList(record)
  }

  #hear({ value, offset, timestampMs }: LogRecord): void {
    const status = decodeStatus(value)
    // Of another major version, or not ours: it says nothing that could be shown.
    if (status instanceof Rejection) return
    this.#heardAtMs = Math.max(this.#heardAtMs ?? timestampMs, timestampMs)
    const isBeginning = this.#startedMs === 0 || performance.now() - this.#startedMs <= HEARD_WITHIN_MS
    if (offset < this.#startEnd) {
      if (isBeginning) this.#earlier.add(status.process)
    } else {
      if (isBeginning) this.#alive.add(status.process)
      // Not by earlier ones, which come long after they were written.
      this.#clock.heard(timestampMs)
    }
    this.#fleet.hear(status, timestampMs)
  }
}

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', resolve, { once: true })
  })
