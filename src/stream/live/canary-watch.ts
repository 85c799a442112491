import { randomUUID } from 'node:crypto'
import type { Report } from '../../contract/report.ts'
import type { HashType } from '../../hash/hash-type.ts'
import { canaryReport } from '../../matcher/canary-report.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { partitionName, type EventLog, type TopicPartition } from '../../log/event-log.ts'

const HEALTH_PART = 'canaries'
/** Without a canary found and anything committed for so many intervals a partition is taken for dead. */
const PATIENCE_INTERVALS = 3
/** More are not sent while so many of a partition wait behind other reports: they would say the same. */
const MOST_WAITING = 3

export interface CanaryWatchOptions {
  readonly log: EventLog
  readonly policy: Policy
  /** Each partition gets a canary report as often as this. */
  readonly everyMs: number
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds, of a clock that nobody sets. */
  readonly clock: () => number
}

/** The watch of a member whose partitions get canaries every so many seconds; none if that is 0. */
export const watchCanaries = (
  seconds: number,
  options: Omit<CanaryWatchOptions, 'everyMs' | 'clock'>,
): CanaryWatch | undefined =>
  seconds === 0
    ? undefined
    : new CanaryWatch({ ...options, everyMs: seconds * 1000, clock: () => performance.now() })

/** A canary report that is on its way. */
interface Waiting {
  readonly types: readonly HashType[]
  /** Its place, once the log has said it. */
  offset: number | undefined
}

/** A partition that the member owns. */
interface Watched {
  readonly at: TopicPartition
  round: number
  readonly waiting: Map<string, Waiting>
  foundAtMs: number
  committedAtMs: number
  /** Types whose newest canary was read and not found. */
  readonly missed: Set<HashType>
  /** Why the newest canary could not be sent. */
  refusal: string | undefined
}

/**
 * Sends canary reports through every partition that a member owns, and watches that it finds them: so a dead partition,
 * a wrong decoder or a set that has gone is told from a quiet night. Only the member's own canaries count, so that
 * nobody else's reports can make it look well.
 *
 * A canary that waits behind many reports is no sign of blindness while the partition goes on; its age tells the delay.
 */
export class CanaryWatch {
  readonly #options: CanaryWatchOptions
  readonly #partitions = new Map<string, Watched>()
  #timer: NodeJS.Timeout | undefined
  #told = ''

  constructor(options: CanaryWatchOptions) {
    this.#options = options
  }

  /**
   * The group has a new generation, in which the member owns these partitions and no others. Canaries go out at once;
   * those on their way count no longer, because somebody else may have read them in between.
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
      owned?.waiting.clear()
      if (owned) continue
      // Types take turns; partitions begin with different ones, so that all are soon tried.
      const watched = { at, round: at.partition, waiting: new Map(), missed: new Set<HashType>() }
      this.#partitions.set(name, {
        ...watched,
        foundAtMs: nowMs,
        committedAtMs: nowMs,
        refusal: undefined,
      })
      this.#tellAge(at, nowMs)
    }
    this.#timer ??= setInterval(() => this.#tick(), everyMs).unref()
    this.#tick()
  }

  /** A canary report was matched: its canaries of these types were found. */
  sighted(at: TopicPartition, { reportId }: Report, types: readonly HashType[]): void {
    const watched = this.#partitions.get(partitionName(at))
    const canary = watched?.waiting.get(reportId)
    if (!watched || !canary) return
    watched.waiting.delete(reportId)
    if (this.#judge(watched, canary, types)) {
      watched.foundAtMs = this.#options.clock()
      this.#tellAge(watched.at, watched.foundAtMs)
    }
    this.#report()
  }

  /** Everything before this offset is done: a canary of before that wasn't seen has been lost on the way. */
  committed(at: TopicPartition, nextOffset: number): void {
    const watched = this.#partitions.get(partitionName(at))
    if (!watched) return
    watched.committedAtMs = this.#options.clock()
    for (const [reportId, canary] of watched.waiting) {
      if (canary.offset === undefined || canary.offset >= nextOffset) continue
      watched.waiting.delete(reportId)
      this.#judge(watched, canary, [])
    }
    this.#report()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Notes which of a canary's types were found; returns whether all were. */
  #judge({ missed }: Watched, { types }: Waiting, found: readonly HashType[]): boolean {
    const { metrics } = this.#options
    for (const type of types) {
      if (found.includes(type)) {
        missed.delete(type)
        metrics.canariesFound.inc({ type })
      } else {
        missed.add(type)
        metrics.canariesMissed.inc({ type })
      }
    }
    return types.every((type) => found.includes(type))
  }

  #tick(): void {
    for (const watched of this.#partitions.values()) {
      if (watched.waiting.size < MOST_WAITING) void this.#send(watched)
    }
    this.#report()
  }

  async #send(watched: Watched): Promise<void> {
    const { log, policy } = this.#options
    const { topic, partition } = watched.at
    const reportId = `canary-${randomUUID()}`
    const { report, types } = canaryReport(policy, watched.round++, reportId, new Date())
    const waiting: Waiting = { types, offset: undefined }
    // Before it is sent: it may be read before the log has acknowledged it.
    watched.waiting.set(reportId, waiting)
    try {
      waiting.offset = await log.produceTo(topic, partition, { key: reportId, value: JSON.stringify(report) })
      watched.refusal = undefined
    } catch (error) {
      watched.waiting.delete(reportId)
      watched.refusal = error instanceof Error ? error.message : String(error)
    }
  }

  /** Readiness, and one line in the log whenever something has changed. */
  #report(): void {
    const { health, logger } = this.#options
    const problems = [...this.#partitions].flatMap(([name, watched]) =>
      this.#problems(watched).map((problem) => `${name}: ${problem}`),
    )
    const text = problems.join('; ')
    if (text === this.#told) return
    this.#told = text
    if (text === '') {
      health.ready(HEALTH_PART)
      logger.info('Canaries are found again in every partition')
    } else {
      health.waitFor(HEALTH_PART, text)
      logger.error({ problems }, 'Canaries are not found: this matcher may be blind')
    }
  }

  #problems({ missed, foundAtMs, committedAtMs, refusal }: Watched): readonly string[] {
    const { everyMs, clock } = this.#options
    const patienceMs = PATIENCE_INTERVALS * everyMs
    const nowMs = clock()
    const isDead = nowMs - Math.max(foundAtMs, committedAtMs) > patienceMs
    // An outage is told by the connection's own listener; this is for what lasts, as a matcher that may not write.
    const isMute = refusal !== undefined && nowMs - foundAtMs > patienceMs
    return [
      ...(missed.size > 0 ? [`the canary of ${[...missed].sort().join(', ')} was read and not found`] : []),
      ...(isMute ? [`no canary could be sent (${refusal})`] : []),
      ...(isDead
        ? [`no canary found and nothing committed for more than ${Math.round(patienceMs / 1000)} s`]
        : []),
    ]
  }

  #tellAge({ topic, partition }: TopicPartition, sinceMs: number): void {
    const { metrics, clock } = this.#options
    metrics.canaryAge.set({ labels: { topic, partition }, clock, sinceMs })
  }
}
