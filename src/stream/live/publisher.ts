// Publishes hits and dead letters of one member of the group. What a topic refuses holds up the partitions that it came
// of, and nothing else: they are read again after a pause, and publish then only the rest.
import { deadLetterKey, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson } from '../../contract/json.ts'
import { KafkaFailedError, KafkaRefusedError, UnknownTopicError } from '../../kafka/errors.ts'
import {
  partitionName,
  type EventLog,
  type LogRecord,
  type OutgoingRecord,
  type TopicPartition,
} from '../../log/event-log.ts'
import { RetryLaterError } from '../../log/retry-later.ts'
import { WriteRefusedError, type RefusalReason } from '../../log/write-refused.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Health } from '../../telemetry/health.ts'
import { PUBLISHING_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import type { EncodedHit, EncodedOutcome } from './encoded-outcome.ts'
import { loggedProblems, shownProblems, type Problem } from './named-problems.ts'
import { Publication, type Earlier, type Outgoing } from './publication.ts'
import { traceParent } from './trace-parent.ts'

/** Pauses of a partition whose hits or dead letters are refused, in milliseconds: one after the other. */
const BACKOFF_MS = [1_000, 2_000, 5_000, 10_000]
/** Dead letters that follow each other within this time, in milliseconds, are one state in the log. */
const QUIET_MS = 60_000

export interface PublisherOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A partition of reports that could not be finished. */
interface HeldUp {
  readonly earlier: Earlier | undefined
  readonly backoff: Backoff
  /** Undefined after an outage, which the connection's own listener reports. */
  readonly refusal: WriteRefusedError | undefined
  /** Hits and dead letters that wait. */
  readonly waiting: number
}

interface OutgoingHit extends Outgoing {
  readonly hit: EncodedHit
  readonly source: LogRecord
}

interface OutgoingLetter extends Outgoing {
  readonly letter: DeadLetter
}

export class Publisher {
  readonly #options: PublisherOptions
  readonly #heldUp = new Map<string, HeldUp>()
  readonly #refusals: StateLog
  readonly #rejections: StateLog

  constructor(options: PublisherOptions) {
    this.#options = options
    const { logger } = options
    this.#refusals = new StateLog({
      logger,
      level: 'error',
      begins: 'Hits or dead letters are refused; their partitions wait and try again',
      ends: 'Hits and dead letters are published again',
    })
    this.#rejections = new StateLog({
      logger,
      level: 'warn',
      begins: 'Records that are no reports went to the dead letters',
      ends: 'No more records went to the dead letters',
      quietMs: QUIET_MS,
    })
  }

  /**
   * A new generation, in which the member owns these partitions and no others. Earlier acknowledgements no longer count: the
   * partition's position may have gone past it under another owner meanwhile.
   */
  assign(partitions: readonly TopicPartition[]): void {
    const assigned = new Set(partitions.map(partitionName))
    for (const [name, heldUp] of this.#heldUp) {
      if (assigned.has(name)) this.#heldUp.set(name, { ...heldUp, earlier: undefined })
      else this.#heldUp.delete(name)
    }
    this.#report()
  }

  /** Begins a batch. All of it is matched at this position of the set or above it. */
  begin(at: TopicPartition, position: string): Publication {
    return new Publication(position, this.#heldUp.get(partitionName(at))?.earlier)
  }

  publishHits(
    publication: Publication,
    outcomes: readonly EncodedOutcome[],
    sources: readonly LogRecord[],
  ): void {
    const hits: OutgoingHit[] = []
    for (const [index, hit] of outcomes.entries()) {
      if (hit?.schema !== 'hit/1') continue
      const source = sources[index]
      const record = { key: hit.hitId, value: hit.encoded, headers: traceParent(source) }
      hits.push({ id: `${source.offset} ${hit.hitId}`, offset: source.offset, record, hit, source })
    }
    if (hits.length === 0) return
    const { topics, metrics, clock } = this.#options
    const stopTimer = metrics.stageSeconds.startTimer({ stage: 'acknowledge' })
    publication.publish(
      hits,
      async (records, onWritten) => {
        await this.#write(topics.hits, records, onWritten)
        stopTimer()
      },
      ({ hit, source }) => {
        metrics.hits.inc({ grade: hit.grade })
        metrics.hitLatencySeconds.observe(Math.max(0, clock() - source.timestampMs) / 1000)
      },
    )
  }

  publishDeadLetters(publication: Publication, letters: readonly DeadLetter[]): void {
    const { topics, metrics } = this.#options
    const outgoing = letters.map((letter): OutgoingLetter => {
      const record = { key: deadLetterKey(letter), value: canonicalJson(letter) }
      // The letter of a whole batch stands for it at its last offset.
      const offset = letter.lastOffset ?? letter.offset
      return { id: `${offset} ${letter.sha256}`, offset, record, letter }
    })
    publication.publish(
      outgoing,
      (records, onWritten) => this.#write(topics.deadLetters, records, onWritten),
      ({ letter }) => {
        metrics.deadLetters.inc({ code: letter.reason.code })
        this.#rejections.note(partitionName(letter), `${letter.reason.code} at offset ${letter.offset}`)
      },
    )
  }

  /**
   * A batch has ended, done up to `doneTo`. Returns the error to throw if it is not done to its end: RetryLaterError if a
   * topic has refused something of it; after an outage, what the log has thrown.
   */
  end(at: TopicPartition, publication: Publication, doneTo: number): { readonly error: unknown } | undefined {
    const name = partitionName(at)
    const before = this.#heldUp.get(name)
    const { failure, waiting } = publication
    if (!failure) {
      if (this.#heldUp.delete(name)) this.#report()
      return undefined
    }
    const refusal = failure.error instanceof WriteRefusedError ? failure.error : undefined
    const backoff = before?.backoff ?? new Backoff(BACKOFF_MS)
    this.#heldUp.set(name, { earlier: publication.leftFor(doneTo), backoff, refusal, waiting })
    this.#report()
    return refusal ? { error: new RetryLaterError(backoff.nextMs(), { cause: refusal }) } : failure
  }

  async #write(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten: (record: OutgoingRecord) => void,
  ): Promise<void> {
    try {
      await this.#options.log.produce(topic, records, onWritten)
    } catch (error) {
      const reason = reasonOf(error)
      if (!reason) throw error
      const refusal = `Topic ${topic} can’t be written to: ${errorSummary(error)}. The log says more.`
      throw new WriteRefusedError(topic, reason, refusal, { cause: error })
    }
  }

  /** Readiness and the log name the topics that refuse records. */
  #report(): void {
    const { health, metrics, topics } = this.#options
    const refused = new Map<string, { partitions: number; waiting: number; refusal: WriteRefusedError }>()
    for (const { refusal, waiting } of this.#heldUp.values()) {
      if (!refusal) continue
      const { topic } = refusal
      const before = refused.get(topic)
      refused.set(topic, {
        partitions: (before?.partitions ?? 0) + 1,
        waiting: (before?.waiting ?? 0) + waiting,
        refusal,
      })
    }
    for (const topic of [topics.hits, topics.deadLetters])
      metrics.refusedRecords.set({ topic }, refused.get(topic)?.waiting ?? 0)
    const problems = new Map<string, Problem>()
    for (const [topic, { partitions, waiting, refusal }] of refused) {
      const shown = `${waiting} records of ${partitions} partitions wait. ${refusal.message}`
      const { cause } = refusal
      problems.set(topic, { shown, logged: cause instanceof Error ? `${shown} ${cause.message}` : shown })
    }
    this.#refusals.set(loggedProblems(problems))
    if (problems.size === 0) health.ready(PUBLISHING_PART)
    else health.waitFor(PUBLISHING_PART, shownProblems(problems))
  }
}

/**
 * Why a topic doesn't take what was sent; undefined after an outage, for an error that is none of the log's, and for one that
 * says so itself.
 */
function reasonOf(error: unknown): RefusalReason | undefined {
  if (error instanceof KafkaRefusedError) return 'not-permitted'
  if (error instanceof UnknownTopicError) return 'no-topic'
  return error instanceof KafkaFailedError ? 'other' : undefined
}
