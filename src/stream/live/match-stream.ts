// The match loop of one member of the group.
import { setTimeout as sleep } from 'node:timers/promises'
import { isCanaryReport } from '../../contract/canary.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { Health } from '../../telemetry/health.ts'
import { GROUP_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { watchCanaries, type CanaryWatch } from './canary-watch.ts'
import type { MemberSettings } from './member-settings.ts'
import type { Publication } from './publication.ts'
import { Publisher } from './publisher.ts'
import { CommitQueue } from './commit-queue.ts'
import { RefusedCommits } from './refused-commits.ts'
import { countDegenerateHashes, decodeRecords, type DecodedRecords } from './decode-records.ts'
import type { EncodedOutcome } from './encoded-outcome.ts'
import {
  partitionName,
  type Consumption,
  type EventLog,
  type GroupBatch,
  type LogRecord,
  type TopicPartition,
} from '../../log/event-log.ts'
import { isLogFault } from '../../log/log-faults.ts'
import type { FollowedSet } from '../feed/followed-set.ts'
import { FeedStoppedError, SetLostError } from '../feed/set-errors.ts'
import { reportTopics } from '../topics/report-topics.ts'
import { committedPolicy, encodePosition } from './set-position.ts'
import { BatchHeartbeat } from './heartbeat.ts'
import { ExclusiveGate } from './exclusive-gate.ts'
import { isSingly, NO_CAUTION, type Caution } from './poison-records.ts'
import type { WorkJournal } from './work-journal.ts'

/** Between two heartbeats of a batch that waits for the known set, and between two attempts to take the seat, in milliseconds. */
const WAIT_MS = 250
/** Joins that follow each other within this time, in milliseconds, are one state in the log. */
const QUIET_MS = 60_000
/** The most records that are decoded without a pause, which takes about 10 ms: a compressed batch may hold far more. */
const PORTION_RECORDS = 4_096
/**
 * The most time of the last commits when a member stops, in milliseconds. If the broker is away, uncommitted batches are
 * read again by their next owner, and the rest of the shutdown still has its time.
 */
const FLUSHED_WITHIN_MS = 500

/**
 * Matches reports as Matcher.matchWithCanaries does, and encodes what they come to: in the main thread by the Matcher; in a
 * matcher thread by its own prefilter, and by the main thread for the few reports that are left.
 */
export interface ReportMatcher {
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number
  match(
    reports: readonly ReceivedReport[],
    budgetMicros: number,
  ): readonly EncodedOutcome[] | Promise<readonly EncodedOutcome[]>
}

export interface MatchStreamOptions {
  readonly log: EventLog
  readonly settings: Omit<MemberSettings, 'cachedAnswers'>
  readonly followed: FollowedSet
  readonly matcher: ReportMatcher
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** The member has joined the group, and owns these partitions and no others. */
  readonly onOwned?: (partitions: readonly TopicPartition[]) => void
  /** Where the main thread sees which records are in work; and which of them it knows to be dangerous. */
  readonly journal?: WorkJournal
  readonly caution?: () => Caution
}

/** Records of a batch that are decoded together. */
interface Portion {
  readonly records: readonly LogRecord[]
  /** The last of the batch: after it there is at most a gap. */
  readonly isLast: boolean
  /** With nothing else in work. */
  readonly alone: boolean
}

/**
 * The main job: reads batches of reports, matches them, publishes hits and dead letters, and commits each batch
 * once they are acknowledged. Matching waits until the known set has reached the end that known-hashes had when
 * this member joined the group, so that along a partition the set never goes back: see "No report is matched
 * against an incomplete set" in src/README.md.
 */
export class MatchStream {
  readonly #options: MatchStreamOptions
  #consumption: Consumption | undefined
  /** Counts assignments: only the newest one's catching up seats the member. */
  #assignment = 0
  #seated = false
  /** Resolves when the member is seated. */
  #seat = Promise.withResolvers<void>()
  readonly #gate = new ExclusiveGate()
  /** Of this generation, by partition. */
  #commitQueues = new Map<string, CommitQueue>()
  #stopping = false
  readonly #joins: StateLog
  readonly #publisher: Publisher
  readonly #refusedCommits: RefusedCommits
  readonly #canaries: CanaryWatch | undefined
  /** As commits name it. */
  readonly #policy: string

  constructor(options: MatchStreamOptions) {
    this.#options = options
    const { logger, settings } = options
    const { topics, policy, canarySeconds } = settings
    this.#policy = committedPolicy(policy)
    this.#canaries = watchCanaries(canarySeconds, { ...options, policy })
    this.#joins = new StateLog({
      logger,
      level: 'info',
      begins: 'Joined the consumer group',
      ends: 'The consumer group has settled',
      quietMs: QUIET_MS,
    })
    this.#refusedCommits = new RefusedCommits(options)
    this.#publisher = new Publisher({ ...options, topics })
    options.health.waitFor(GROUP_PART, 'not in the consumer group yet')
  }

  async start(): Promise<void> {
    const { log, settings, health } = this.#options
    const { group, topics, maxBytesPerPartition } = settings
    this.#consumption = await log.consume({
      group,
      topics: reportTopics(topics),
      maxBytesPerPartition,
      timesAscend: true,
      onAssigned: (partitions) => {
        const first = partitions.slice(0, 5).map(partitionName).join(', ')
        this.#joins.note(group, `${partitions.length} partitions: ${first}`)
        health.ready(GROUP_PART)
        this.#takeOver(partitions)
        void this.#takeSeat(++this.#assignment)
      },
      onBatch: (batch) => this.#work(batch),
    })
  }

  /** Finishes the slice in work, commits finished batches, and leaves the group. */
  async stop(): Promise<void> {
    this.#assignment++
    this.#stopping = true
    this.#canaries?.stop()
    // While this is still a member. Batches in work flush their commits themselves.
    await Promise.race([this.#flush(), sleep(FLUSHED_WITHIN_MS, undefined, { ref: false })])
    await this.#consumption?.stop()
  }

  /** The member owns these partitions from now on, and no others. */
  #takeOver(partitions: readonly TopicPartition[]): void {
    const { onOwned, metrics } = this.#options
    metrics.groupJoins.inc()
    this.#commitQueues = new Map()
    this.#publisher.assign(partitions)
    this.#refusedCommits.assign(partitions)
    onOwned?.(partitions)
    this.#canaries?.assign(partitions)
  }

  /**
   * After an assignment: lets the member match once the set has everything that known-hashes holds now.
   * @throws Errors that are not Kafka's, unhandled: a bug must not look like a member that waits.
   */
  async #takeSeat(assignment: number): Promise<void> {
    this.#seated = false
    this.#seat = Promise.withResolvers()
    while (assignment === this.#assignment) {
      try {
        await this.#options.followed.catchUp()
        if (assignment !== this.#assignment) return
        this.#seated = true
        this.#seat.resolve()
        return
      } catch (error) {
        // A set that is lost, or no longer read, ends the process in order. (A matcher thread sees neither error: its catchUp
        // rejects as if Kafka were away, and it tries again until the process ends.)
        if (error instanceof SetLostError || error instanceof FeedStoppedError) return
        if (!isLogFault(error)) throw error
        // The connection's own listener reports it.
        await sleep(WAIT_MS)
      }
    }
  }

  async #work(batch: GroupBatch): Promise<void> {
    const { followed, metrics, clock } = this.#options
    // Looked at only here, and a matcher thread hears of a doubt up to 0.1 s late. That is harmless: the commits of
    // such batches name the old topic, so looking back at the new one's values matches them again.
    while (!this.#seated || !followed.isUsable) {
      if (!batch.isCurrent()) return
      await Promise.race(this.#seated ? [sleep(WAIT_MS)] : [this.#seat.promise, sleep(WAIT_MS)])
      await batch.heartbeat()
    }
    const commits = this.#commitQueue(batch)
    commits.check()
    metrics.reportsRead.inc(batch.records.length)
    const startedMs = clock()
    // Before the first slice, so that everything in the batch is matched at or above this position.
    const publication = this.#publisher.begin(batch, encodePosition(followed.position, this.#policy))
    const pulse = new BatchHeartbeat(batch)
    let matchedTo: number | undefined
    try {
      matchedTo = await this.#matchInPortions(batch, publication, pulse)
    } finally {
      // Neither of them rejects: a failure above stays the one that is thrown.
      await pulse.during(publication.settled())
    }
    const doneTo = publication.doneTo(matchedTo ?? 0)
    if (doneTo > (batch.records[0]?.offset ?? 0)) {
      batch.advance(doneTo)
      commits.add({
        batch,
        nextOffset: doneTo,
        ...publication.positions(doneTo),
        reports: publication.matchedBefore(doneTo),
      })
    }
    metrics.batchSeconds.observe((clock() - startedMs) / 1000)
    // If the partition is about to go to another member, that one begins where it is committed.
    if (!(await pulse.beat()) || this.#stopping) await this.#flush()
    const unfinished = this.#publisher.end(batch, publication, doneTo)
    // What the group has answered comes first: kafkajs must join again.
    pulse.check()
    if (unfinished) throw unfinished.error
  }

  /** Matches a batch and sends what comes of it. Returns the offset that it has come to, if it has come to any. */
  async #matchInPortions(
    batch: GroupBatch,
    publication: Publication,
    pulse: BatchHeartbeat,
  ): Promise<number | undefined> {
    // A gap is done at once.
    let matchedTo = batch.records.length === 0 ? batch.nextOffset : undefined
    for (const portion of this.#portions(batch)) {
      if (matchedTo !== undefined && (publication.failure || !(await pulse.beat()))) break
      const done = await this.#gate.run(portion.alone, () =>
        this.#workOn(batch, portion.records, publication, pulse),
      )
      matchedTo = done.matchedTo ?? matchedTo
      if (!done.isWhole) break
      if (portion.isLast) matchedTo = batch.nextOffset
    }
    return matchedTo
  }

  #commitQueue(at: TopicPartition): CommitQueue {
    const name = partitionName(at)
    let queue = this.#commitQueues.get(name)
    if (!queue) {
      const { metrics } = this.#options
      queue = new CommitQueue({
        startTimer: () => metrics.stageSeconds.startTimer({ stage: 'commit' }),
        onCommitted: (batch, nextOffset, reports) => {
          metrics.reports.inc(reports)
          this.#canaries?.committed(batch, nextOffset)
          this.#refusedCommits.taken(batch)
        },
        onRefused: (batch, { message }) => this.#refusedCommits.refused(batch, message),
        onStale: () => metrics.staleBatches.inc(),
      })
      this.#commitQueues.set(name, queue)
    }
    return queue
  }

  /** Commits all batches that are done. */
  async #flush(): Promise<void> {
    await Promise.all([...this.#commitQueues.values()].map((queue) => queue.flush()))
  }

  /** Cuts a batch; where a record may have killed a thread, into single records that are worked on alone. */
  *#portions({ topic, partition, records }: GroupBatch): Generator<Portion> {
    if (records.length === 0) return
    const span = { topic, partition, from: records[0].offset, to: records[records.length - 1].offset }
    const alone = isSingly(this.#options.caution?.() ?? NO_CAUTION, span)
    const length = alone ? 1 : PORTION_RECORDS
    for (let at = 0; at < records.length; at += length) {
      yield { records: records.slice(at, at + length), isLast: at + length >= records.length, alone }
    }
  }

  /** Matches some records of a batch. Ends early when the batch is no longer ours, or what it publishes is refused. */
  async #workOn(
    batch: GroupBatch,
    records: readonly LogRecord[],
    publication: Publication,
    pulse: BatchHeartbeat,
  ): Promise<{ readonly matchedTo: number | undefined; readonly isWhole: boolean }> {
    const { journal, settings, caution = () => NO_CAUTION, metrics } = this.#options
    const { topic, partition } = batch
    const end = records[records.length - 1].offset + 1
    const finished = journal?.begin({ topic, partition, from: records[0].offset, to: end - 1 })
    try {
      const stopTimer = metrics.stageSeconds.startTimer({ stage: 'decode' })
      const decoded = decodeRecords(batch, records, settings.topics, caution())
      for (const [type, count] of countDegenerateHashes(decoded.reports))
        metrics.degenerateHashes.inc({ type }, count)
      stopTimer()
      await pulse.during(publication.room())
      this.#publisher.publishDeadLetters(publication, decoded.deadLetters)
      const done = await this.#matchInSlices(batch, decoded, publication, pulse)
      const isWhole = done === decoded.reports.length
      return { matchedTo: isWhole ? end : decoded.sources[done - 1].offset + 1, isWhole }
    } finally {
      finished?.()
    }
  }

  /** Matches slice by slice with heartbeats between. Returns how many reports it has come to. */
  async #matchInSlices(
    batch: GroupBatch,
    { reports, sources }: DecodedRecords,
    publication: Publication,
    pulse: BatchHeartbeat,
  ): Promise<number> {
    const { matcher, settings, metrics } = this.#options
    let done = 0
    while (done < reports.length && (done === 0 || (await pulse.beat()))) {
      await pulse.during(publication.room())
      if (publication.failure && done > 0) break
      const length = matcher.sliceLength(reports, done, settings.sliceMs * 1000)
      const slice = reports.slice(done, done + length)
      const stopTimer = metrics.matchSeconds.startTimer()
      // A set can be such that the estimate was wrong: then the slice ends early, with its first reports.
      const outcomes = await matcher.match(slice, 2 * settings.sliceMs * 1000)
      stopTimer()
      const matched = sources.slice(done, done + outcomes.length)
      publication.noteMatched(matched, this.#sightCanaries(batch, outcomes, slice, matched))
      this.#publisher.publishHits(publication, outcomes, matched)
      done += outcomes.length
    }
    return done
  }

  /** Reports to the canaries' watch what each canary has found, if only nothing. Returns how many canaries there are. */
  #sightCanaries(
    at: TopicPartition,
    outcomes: readonly EncodedOutcome[],
    reports: readonly ReceivedReport[],
    sources: readonly LogRecord[],
  ): number {
    let canaries = 0
    for (const [index, outcome] of outcomes.entries()) {
      const { report } = reports[index]
      if (!isCanaryReport(report)) continue
      canaries++
      const found = outcome?.schema === 'canary' ? outcome.types : []
      this.#canaries?.sighted(at, sources[index].offset, report, found)
    }
    return canaries
  }
}
