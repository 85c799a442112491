// Publishes hits and dead letters of one member of the group. What a topic refuses holds up the partitions that it came
// of, and nothing else: they are read again after a pause, and publish then only the rest.
import { deadLetterKey, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson } from '../../contract/json.ts'
import { partitionName, type EventLog, type LogRecord, type TopicPartition } from '../../log/event-log.ts'
import { RetryLaterError } from '../../log/retry-later.ts'
import { WriteRefusedError } from '../../log/write-refused.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import type { TopicNames } from '../topics/report-topics.ts'
import type { EncodedHit, EncodedOutcome } from './encoded-outcome.ts'
import { HELD_BACKOFF_MS, HeldRecords, produceOrRefuse, type Held } from './held-records.ts'
import { Publication, type Earlier, type Outgoing } from './publication.ts'
import { traceParent } from './trace-parent.ts'

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
interface HeldUp extends Held {
  readonly earlier: Earlier | undefined
  readonly backoff: Backoff
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
  readonly #held: HeldRecords
  readonly #rejections: StateLog
  /** The batches of the present generation. */
  #begun = new WeakSet<Publication>()

  constructor(options: PublisherOptions) {
    this.#options = options
    const { logger } = options
    const { hits, deadLetters } = options.topics
    this.#held = new HeldRecords({ ...options, of: 'matching', topics: [hits, deadLetters] })
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
    this.#begun = new WeakSet()
    const assigned = new Set(partitions.map(partitionName))
    for (const [name, heldUp] of this.#heldUp) {
      if (assigned.has(name)) this.#heldUp.set(name, { ...heldUp, earlier: undefined })
      else this.#heldUp.delete(name)
    }
    this.#held.show(this.#heldUp.values())
  }

  /** Begins a batch. All of it is matched at this position of the set or above it. */
  begin(at: TopicPartition, position: string): Publication {
    const publication = new Publication(position, this.#heldUp.get(partitionName(at))?.earlier)
    this.#begun.add(publication)
    return publication
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
    const { log, topics, metrics, clock } = this.#options
    const stopTimer = metrics.stageSeconds.startTimer({ stage: 'acknowledge' })
    publication.publish(
      hits,
      async (records, onWritten) => {
        await produceOrRefuse(log, topics.hits, records, onWritten)
        stopTimer()
      },
      ({ hit, source }) => {
        metrics.hits.inc({ grade: hit.grade })
        metrics.hitLatencySeconds.observe(Math.max(0, clock() - source.timestampMs) / 1000)
      },
    )
  }

  publishDeadLetters(publication: Publication, letters: readonly DeadLetter[]): void {
    const { log, topics, metrics } = this.#options
    const outgoing = letters.map((letter): OutgoingLetter => {
      const record = { key: deadLetterKey(letter), value: canonicalJson(letter) }
      // The letter of a whole batch stands for it at its last offset.
      const offset = letter.lastOffset ?? letter.offset
      return { id: `${offset} ${letter.sha256}`, offset, record, letter }
    })
    publication.publish(
      outgoing,
      (records, onWritten) => produceOrRefuse(log, topics.deadLetters, records, onWritten),
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
      if (this.#heldUp.delete(name)) this.#held.show(this.#heldUp.values())
      return undefined
    }
    const { error } = failure
    const backoff = before?.backoff ?? new Backoff(HELD_BACKOFF_MS)
    // What an earlier generation left is its new owner's: held here, nothing would ever end it.
    if (this.#begun.has(publication)) {
      this.#heldUp.set(name, { earlier: publication.leftFor(doneTo), backoff, error, waiting })
      this.#held.show(this.#heldUp.values())
    }
    return error instanceof WriteRefusedError
      ? { error: new RetryLaterError(backoff.nextMs(), { cause: error }) }
      : failure
  }
}
