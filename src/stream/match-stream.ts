import { setTimeout as sleep } from 'node:timers/promises'
import { deadLetterKey, makeDeadLetter, type DeadLetter } from '../contract/dead-letter.ts'
import { encodeHit, type Hit } from '../contract/hit.ts'
import { canonicalJson } from '../contract/json.ts'
import { Rejection } from '../contract/rejection.ts'
import { decodeReport } from '../contract/report.ts'
import type { SetPosition } from '../known/known-set.ts'
import type { ReceivedReport } from '../matcher/received-report.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Consumption, EventLog, GroupBatch, LogRecord, TopicPartition } from './event-log.ts'
import { encodePosition } from './set-position.ts'
import type { TopicNames } from './topics.ts'
import { isCondemned, isSingly, NO_CAUTION, type Caution, type WorkJournal } from './work-journal.ts'

const HEALTH_PART = 'group'
/** While a batch waits for the known set, the group hears of its member this often. */
const WAIT_MS = 250

/** The known set as a member of the group follows it: its own, or that of another thread. */
export interface FollowedSet {
  /** What is matched from now on is matched against the set at or above this position. */
  readonly position: SetPosition
  /** Whether it may be matched against: named, and not suspiciously small. */
  readonly isUsable: boolean
  /** Resolves once everything that known-hashes holds at the time of the call has been applied and can be searched. */
  catchUp(): Promise<void>
}

/** Turns reports into hits: the Matcher itself, or one that asks another thread. */
export interface ReportMatcher {
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number
  match(
    reports: readonly ReceivedReport[],
    budgetMicros: number,
  ): readonly (Hit | undefined)[] | Promise<readonly (Hit | undefined)[]>
}

export interface MatchStreamOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly group: string
  readonly maxBytesPerPartition: number
  readonly sliceMs: number
  readonly set: FollowedSet
  readonly matcher: ReportMatcher
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Where others can see what is in work, and what they have learnt about it. */
  readonly journal?: WorkJournal
  readonly caution?: () => Caution
}

/** Records, read: the reports with the offset behind each, and a dead letter for what was none. */
interface DecodedRecords {
  readonly reports: readonly ReceivedReport[]
  /** Element i: the offset after report i, up to which all is done once report i is. */
  readonly offsetsAfter: readonly number[]
  readonly deadLetters: readonly DeadLetter[]
}

/**
 * The main job: reads batches of reports, matches them, publishes hits and dead letters, and commits each batch
 * once they are acknowledged. Matching waits until the known set has reached the end that known-hashes had when
 * this member joined the group, so that along a partition the set never goes back: see "No report between two
 * chairs" in src/README.md.
 */
export class MatchStream {
  readonly #options: MatchStreamOptions
  #consumption: Consumption | undefined
  /** Counts assignments: only the newest one's catching up seats the member. */
  #assignment = 0
  #seated = false
  /** Resolves when the member is seated. */
  #seat = Promise.withResolvers<void>()

  constructor(options: MatchStreamOptions) {
    this.#options = options
    options.health.waitFor(HEALTH_PART, 'not in the consumer group yet')
  }

  async start(): Promise<void> {
    const { log, group, topics, maxBytesPerPartition, logger, health } = this.#options
    this.#consumption = await log.consume({
      group,
      topics: [topics.reports],
      maxBytesPerPartition,
      onAssigned: (partitions) => {
        logger.info({ partitions: partitions.map(({ partition }) => partition) }, 'Joined the consumer group')
        health.ready(HEALTH_PART)
        void this.#takeSeat(++this.#assignment)
      },
      onBatch: (batch) => this.#work(batch),
    })
  }

  /** Finishes the slice in work, commits what is done, and leaves the group. */
  async stop(): Promise<void> {
    this.#assignment++
    await this.#consumption?.stop()
  }

  /** After an assignment: not before the set has everything that known-hashes holds now. */
  async #takeSeat(assignment: number): Promise<void> {
    this.#seated = false
    this.#seat = Promise.withResolvers()
    while (assignment === this.#assignment) {
      try {
        await this.#options.set.catchUp()
        if (assignment !== this.#assignment) return
        this.#seated = true
        this.#seat.resolve()
        return
      } catch {
        // The connection's own listener has told of it.
        await sleep(WAIT_MS)
      }
    }
  }

  async #work(batch: GroupBatch): Promise<void> {
    const { set, metrics, clock, topics } = this.#options
    while (!this.#seated || !set.isUsable) {
      if (!batch.isCurrent()) return
      await Promise.race(this.#seated ? [sleep(WAIT_MS)] : [this.#seat.promise, sleep(WAIT_MS)])
      await batch.heartbeat()
    }
    const startedMs = clock()
    // Before the first slice, so that everything in the batch is matched at or above this position.
    const position = encodePosition(set.position)
    const acknowledged: Promise<void>[] = []
    let reports = 0
    let nextOffset: number | undefined
    for (const records of this.#portions(batch)) {
      if (nextOffset !== undefined) {
        if (!batch.isCurrent()) break
        await batch.heartbeat()
      }
      const portion = await this.#workOn(batch, records, acknowledged)
      reports += portion.reports
      nextOffset = portion.nextOffset ?? nextOffset
      if (!portion.isWhole) break
    }
    await Promise.all(acknowledged)
    if (nextOffset === undefined) return
    try {
      await batch.commit(nextOffset, position)
    } catch (error) {
      metrics.staleBatches.inc()
      throw error
    }
    metrics.reports.inc(reports)
    metrics.batchSeconds.observe((clock() - startedMs) / 1000)
    metrics.lag.set({ topic: topics.reports, partition: batch.partition }, batch.endOffset - nextOffset)
  }

  /** What is worked on at once: the batch; but record by record where a record may have killed a thread. */
  #portions({ partition, records }: GroupBatch): readonly (readonly LogRecord[])[] {
    const span = { partition, from: records[0].offset, to: records[records.length - 1].offset }
    const caution = this.#options.caution?.() ?? NO_CAUTION
    return isSingly(caution, span) ? records.map((record) => [record]) : [records]
  }

  /** Publishes what some records of a batch come to. Ends early when the batch is no longer ours. */
  async #workOn(
    batch: GroupBatch,
    records: readonly LogRecord[],
    acknowledged: Promise<void>[],
  ): Promise<{
    readonly reports: number
    readonly nextOffset: number | undefined
    readonly isWhole: boolean
  }> {
    const { journal, caution = () => NO_CAUTION } = this.#options
    const { partition } = batch
    const end = records[records.length - 1].offset + 1
    const finished = journal?.begin({ partition, from: records[0].offset, to: end - 1 })
    try {
      const { reports, offsetsAfter, deadLetters } = decodeRecords(batch, records, caution())
      acknowledged.push(awaitedLater(this.#publishDeadLetters(deadLetters)))
      const done = await this.#matchInSlices(batch, reports, acknowledged)
      const isWhole = done === reports.length
      return { reports: done, nextOffset: isWhole ? end : offsetsAfter[done - 1], isWhole }
    } finally {
      finished?.()
    }
  }

  /** Matches slice by slice with heartbeats between; ends early when the batch is no longer ours. */
  async #matchInSlices(
    batch: GroupBatch,
    reports: readonly ReceivedReport[],
    acknowledged: Promise<void>[],
  ): Promise<number> {
    const { matcher, sliceMs, metrics } = this.#options
    let done = 0
    while (done < reports.length && (done === 0 || batch.isCurrent())) {
      const length = matcher.sliceLength(reports, done, sliceMs * 1000)
      const slice = reports.slice(done, done + length)
      const stopTimer = metrics.matchSeconds.startTimer()
      // A set can be such that the estimate was wrong: then the slice ends early, with its first reports.
      const hits = await matcher.match(slice, 2 * sliceMs * 1000)
      stopTimer()
      acknowledged.push(awaitedLater(this.#publishHits(hits, slice)))
      done += hits.length
      if (done < reports.length) await batch.heartbeat()
    }
    return done
  }

  async #publishHits(found: readonly (Hit | undefined)[], reports: readonly ReceivedReport[]): Promise<void> {
    const { log, topics, metrics, clock } = this.#options
    const hits = found.filter((hit) => hit !== undefined)
    if (hits.length === 0) return
    await log.produce(
      topics.hits,
      hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
    )
    const nowMs = clock()
    for (const [index, hit] of found.entries()) {
      if (!hit) continue
      metrics.hits.inc({ grade: hit.grade })
      metrics.hitLatencySeconds.observe(Math.max(0, nowMs - reports[index].receivedAtMs) / 1000)
    }
  }

  async #publishDeadLetters(deadLetters: readonly DeadLetter[]): Promise<void> {
    const { log, topics, metrics, logger } = this.#options
    if (deadLetters.length === 0) return
    await log.produce(
      topics.deadLetters,
      deadLetters.map((letter) => ({ key: deadLetterKey(letter), value: canonicalJson(letter) })),
    )
    for (const { reason } of deadLetters) metrics.deadLetters.inc({ code: reason.code })
    const [{ partition, offset, reason }] = deadLetters
    logger.warn(
      { count: deadLetters.length, first: { partition, offset, reason: reason.code } },
      'Records that are no reports went to the dead letters',
    )
  }
}

function decodeRecords(
  { topic, partition }: TopicPartition,
  records: readonly LogRecord[],
  caution: Caution,
): DecodedRecords {
  const reports: ReceivedReport[] = []
  const offsetsAfter: number[] = []
  const deadLetters: DeadLetter[] = []
  for (const { offset, timestampMs, value } of records) {
    const report = isCondemned(caution, partition, offset)
      ? new Rejection('kills-matcher')
      : decodeReport(value)
    if (report instanceof Rejection) {
      deadLetters.push(makeDeadLetter({ topic, partition, offset }, value, report))
    } else {
      reports.push({ report, receivedAtMs: timestampMs })
      offsetsAfter.push(offset + 1)
    }
  }
  return { reports, offsetsAfter, deadLetters }
}

/** Marks a promise that is awaited only after others: its failure isn't unhandled until then. */
function awaitedLater(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}
