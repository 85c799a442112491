// Sends canary reports through every partition that a member owns, and watches that it finds them. So a partition that
// stands still, a wrong decoder or a set that is gone doesn't look like a quiet night.
import { randomUUID } from 'node:crypto'
import type { Report } from '../../contract/report.ts'
import type { HashType } from '../../hash/hash-type.ts'
import { canaryReport } from '../../matcher/canary-report.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Health } from '../../telemetry/health.ts'
import { CANARIES_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { partitionName, type EventLog, type TopicPartition } from '../../log/event-log.ts'
import { loggedProblems, problemOf, shownProblems, type Problem } from './named-problems.ts'

/** A partition is dead if no canary was found and nothing was committed for this number of intervals. */
const PATIENCE_INTERVALS = 3
/** While this many canaries of a partition wait behind other reports no more are sent: they would say the same. */
const MOST_WAITING = 3

export interface CanaryWatchOptions {
  readonly log: EventLog
  readonly policy: Policy
  /** Each partition gets a canary report at this interval, in milliseconds. */
  readonly everyMs: number
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number
}

/** The watch of a member whose partitions get a canary every `seconds`; undefined if that is 0. */
export const watchCanaries = (
  seconds: number,
  options: Omit<CanaryWatchOptions, 'everyMs' | 'clock'>,
): CanaryWatch | undefined =>
  seconds === 0
    ? undefined
    : new CanaryWatch({ ...options, everyMs: seconds * 1000, clock: () => performance.now() })

/** A canary report that was sent and whose offset is not committed yet. */
interface SentCanary {
  readonly types: readonly HashType[]
  readonly sentAtMs: number
  /** Sent at its time, and not because the group had rebalanced: those alone tell how long reports wait. */
  readonly isDue: boolean
  /** Known once the log has acknowledged it, or once it was read. */
  offset: number | undefined
  /** The types that were found in it; empty until it is matched. */
  found: readonly HashType[]
}

/** A partition that the member owns. */
interface Watched {
  readonly at: TopicPartition
  /** Numbers the canaries: types take turns by it. */
  round: number
  /** By reportId. */
  readonly sent: Map<string, SentCanary>
  committedOffset: number
  foundAtMs: number
  committedAtMs: number
  /** Types that the newest canary of that type was read without being found. */
  readonly missed: Set<HashType>
  /** Why the newest canary could not be sent. */
  refusal: Problem | undefined
}

/**
 * The canaries of one member. A canary counts as found once it was matched and its offset is committed: a partition
 * whose hits can't be published, or whose commits fail, is not well. Only the member's own canaries count, so others'
 * reports can't make it look well.
 *
 * A canary that waits behind many reports is no sign of blindness while the partition goes on; its age shows the delay.
 */
export class CanaryWatch {
  readonly #options: CanaryWatchOptions
  readonly #partitions = new Map<string, Watched>()
  /** Partitions that have problems, and which. */
  readonly #problems = new Map<string, Problem>()
  readonly #blindness: StateLog
  #timer: NodeJS.Timeout | undefined

  constructor(options: CanaryWatchOptions) {
    this.#options = options
    this.#blindness = new StateLog({
      logger: options.logger,
      level: 'error',
      // An outage of Kafka that lasts for three intervals looks the same from here.
      begins: 'Canaries are not found: this matcher may be blind, unless /readyz shows that Kafka is away',
      ends: 'Canaries are found again in every partition',
    })
  }

  /**
   * The group has a new generation, in which the member owns these partitions and no others. Canaries go out at once.
   * Those sent before no longer count: another member may have read them in between.
   */
  assign(partitions: readonly TopicPartition[]): void {
    const { everyMs, clock, metrics } = this.#options
    const assigned = new Map(partitions.map((at) => [partitionName(at), at]))
    for (const [name, { at }] of this.#partitions) {
      if (assigned.has(name)) continue
      this.#partitions.delete(name)
      metrics.canaryAge.remove({ topic: at.topic, partition: at.partition })
    }
    const nowMs = clock()
    for (const [name, at] of assigned) {
      const owned = this.#partitions.get(name)
      if (owned) {
        owned.sent.clear()
        owned.committedOffset = 0
        continue
      }
      this.#partitions.set(name, {
        at,
        // Partitions begin with different types, so all types are soon tried.
        round: at.partition,
        sent: new Map(),
        committedOffset: 0,
        foundAtMs: nowMs,
        committedAtMs: nowMs,
        missed: new Set(),
        refusal: undefined,
      })
      this.#setAge(at, nowMs)
    }
    this.#timer ??= setInterval(() => this.#tick(true), everyMs).unref()
    this.#tick(false)
  }

  /** The canary report at this offset was matched: its canaries of the types `found` were found. */
  sighted(at: TopicPartition, offset: number, { reportId }: Report, found: readonly HashType[]): void {
    const canary = this.#partitions.get(partitionName(at))?.sent.get(reportId)
    if (!canary) return
    canary.offset = offset
    canary.found = found
  }

  /** Everything before `nextOffset` is committed: canaries of before that are found or lost. */
  committed(at: TopicPartition, nextOffset: number): void {
    const name = partitionName(at)
    const watched = this.#partitions.get(name)
    if (!watched) return
    watched.committedAtMs = this.#options.clock()
    watched.committedOffset = nextOffset
    this.#judgeCommitted(watched)
    this.#look(name, watched)
    this.#report()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Counts the canaries before the committed offset: as found, or as missed if they were read and not found. */
  #judgeCommitted(watched: Watched): void {
    for (const [reportId, canary] of watched.sent) {
      if (canary.offset === undefined || canary.offset >= watched.committedOffset) continue
      watched.sent.delete(reportId)
      this.#judge(watched, canary)
    }
  }

  #judge(watched: Watched, { types, found, sentAtMs, isDue }: SentCanary): void {
    const { metrics, clock } = this.#options
    for (const type of types) {
      if (found.includes(type)) {
        watched.missed.delete(type)
        metrics.canariesFound.inc({ type })
      } else {
        watched.missed.add(type)
        metrics.canariesMissed.inc({ type })
      }
    }
    if (!types.every((type) => found.includes(type))) return
    watched.foundAtMs = clock()
    if (isDue) metrics.canarySeconds.observe((watched.foundAtMs - sentAtMs) / 1000)
    this.#setAge(watched.at, watched.foundAtMs)
  }

  /**
   * A canary for each partition. By `isDue` they are samples spread evenly over time, and one that is not found, or not
   * even sent, counts among them: what comes right after a rebalance would make every rebalance weigh too much.
   */
  #tick(isDue: boolean): void {
    for (const watched of this.#partitions.values()) {
      if (isDue) this.#options.metrics.canariesDue.inc()
      if (watched.sent.size < MOST_WAITING) void this.#send(watched, isDue)
    }
    for (const name of this.#problems.keys()) if (!this.#partitions.has(name)) this.#problems.delete(name)
    for (const [name, watched] of this.#partitions) this.#look(name, watched)
    this.#report()
  }

  async #send(watched: Watched, isDue: boolean): Promise<void> {
    const { log, policy, clock, metrics } = this.#options
    const { topic, partition } = watched.at
    const reportId = `canary-${randomUUID()}`
    const { report, types } = canaryReport(policy, watched.round++, reportId, new Date())
    const canary: SentCanary = { types, sentAtMs: clock(), isDue, offset: undefined, found: [] }
    // Before it is sent: it may be read before the log has acknowledged it.
    watched.sent.set(reportId, canary)
    try {
      canary.offset = await log.produceTo(topic, partition, { key: reportId, value: JSON.stringify(report) })
      watched.refusal = undefined
      for (const type of types) metrics.canariesSent.inc({ type })
      // It may also be committed before.
      this.#judgeCommitted(watched)
    } catch (error) {
      watched.sent.delete(reportId)
      watched.refusal = problemOf(error)
    }
  }

  /** Finds out the problems of one partition. */
  #look(name: string, { missed, foundAtMs, committedAtMs, refusal }: Watched): void {
    const { everyMs, clock } = this.#options
    const patienceMs = PATIENCE_INTERVALS * everyMs
    const nowMs = clock()
    const isDead = nowMs - Math.max(foundAtMs, committedAtMs) > patienceMs
    // The connection's own listener reports an outage at once. This is for what lasts: a matcher that may not write.
    const isMute = refusal !== undefined && nowMs - foundAtMs > patienceMs
    const problems = (why: keyof Problem): string =>
      [
        ...(missed.size > 0 ? [`the canary of ${[...missed].sort().join(', ')} was read and not found`] : []),
        ...(refusal && isMute ? [`no canary could be sent (${refusal[why]})`] : []),
        ...(isDead
          ? [`no canary found and nothing committed for more than ${Math.round(patienceMs / 1000)} s`]
          : []),
      ].join(', ')
    const problem = { shown: problems('shown'), logged: problems('logged') }
    if (problem.shown !== '') this.#problems.set(name, problem)
    else this.#problems.delete(name)
  }

  /** Readiness and the log follow the problems. */
  #report(): void {
    const { health } = this.#options
    this.#blindness.set(loggedProblems(this.#problems))
    if (this.#problems.size === 0) health.ready(CANARIES_PART)
    else health.waitFor(CANARIES_PART, shownProblems(this.#problems))
  }

  #setAge({ topic, partition }: TopicPartition, sinceMs: number): void {
    const { metrics, clock } = this.#options
    metrics.canaryAge.set({ labels: { topic, partition }, clock, sinceMs })
  }
}
