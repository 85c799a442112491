// Hits and dead letters that wait because their topic does not take them now: why, for the log, readiness and the metrics.
import { isLogFault, LogFailedError, AccessRefusedError, UnknownTopicError } from '../../log/log-faults.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { WriteRefusedError, type RefusalReason } from '../../log/write-refused.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Health } from '../../telemetry/health.ts'
import { LOOKING_BACK_PART, PUBLISHING_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { loggedProblems, problemOf, shownProblems, type Problem } from './named-problems.ts'

/** Pauses before records are sent again that were not taken, in milliseconds: one after the other. */
export const HELD_BACKOFF_MS = [1_000, 2_000, 5_000, 10_000]

/** Whose records wait. `tellsOutages`: its log line covers outages of Kafka, too, because no other line does. */
const OF = {
  matching: {
    part: PUBLISHING_PART,
    begins: 'Hits or dead letters are refused; their partitions wait and try again',
    ends: 'Hits and dead letters are published again',
    tellsOutages: false,
  },
  'looking-back': {
    part: LOOKING_BACK_PART,
    begins: 'Hits of looking back are not taken; it waits and tries again',
    ends: 'Hits of looking back are published again',
    tellsOutages: true,
  },
} as const

/** What waits of one partition of reports. */
export interface Held {
  /** A WriteRefusedError, which an operator must mend; or an outage of Kafka, which ends by itself. No other is shown. */
  readonly error: unknown
  readonly waiting: number
}

export interface HeldRecordsOptions {
  readonly of: keyof typeof OF
  /** Those that the records go to. */
  readonly topics: readonly string[]
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

export class HeldRecords {
  readonly #options: HeldRecordsOptions
  readonly #state: StateLog

  constructor(options: HeldRecordsOptions) {
    this.#options = options
    const { logger, of } = options
    const { begins, ends } = OF[of]
    this.#state = new StateLog({ logger, level: 'error', begins, ends })
    this.#count(new Map())
  }

  /** These wait now, and no others. */
  show(held: Iterable<Held>): void {
    const refused = new Map<string, Waiting>()
    const all = new Map<string, Waiting>()
    for (const { error, waiting } of held) {
      const isRefusal = error instanceof WriteRefusedError
      if (!isRefusal && !isLogFault(error)) continue
      const name = isRefusal ? error.topic : 'Kafka'
      const { partitions, waiting: before } = all.get(name) ?? { partitions: 0, waiting: 0 }
      const some = { partitions: partitions + 1, waiting: before + waiting, problem: problemOf(error) }
      all.set(name, some)
      if (isRefusal) refused.set(name, some)
    }
    this.#count(refused)
    const { health, of } = this.#options
    const { part, tellsOutages } = OF[of]
    this.#state.set(loggedProblems(problemsOf(tellsOutages ? all : refused)))
    if (all.size === 0) health.ready(part)
    else health.waitFor(part, shownProblems(problemsOf(all)))
  }

  #count(refused: ReadonlyMap<string, Waiting>): void {
    const { metrics, topics, of } = this.#options
    for (const topic of topics) metrics.refusedRecords.set({ topic, of }, refused.get(topic)?.waiting ?? 0)
  }
}

interface Waiting {
  readonly partitions: number
  readonly waiting: number
  readonly problem: Problem
}

const problemsOf = (some: ReadonlyMap<string, Waiting>): ReadonlyMap<string, Problem> =>
  new Map(
    some.entries().map(
      ([
        name,
        {
          partitions,
          waiting,
          problem: { shown, logged },
        },
      ]) => {
        const wait = `${waiting} records of ${partitions} partitions wait.`
        return [name, { shown: `${wait} ${shown}`, logged: `${wait} ${logged}` }]
      },
    ),
  )

/**
 * Writes records as the log does.
 * @throws WriteRefusedError For every error that an operator must mend.
 */
export async function produceOrRefuse(
  log: EventLog,
  topic: string,
  records: readonly OutgoingRecord[],
  onWritten: (record: OutgoingRecord) => void,
): Promise<void> {
  try {
    await log.produce(topic, records, onWritten)
  } catch (error) {
    const reason = reasonOf(error)
    if (!reason) throw error
    const refusal = `Topic ${topic} can’t be written to: ${errorSummary(error)}. The log says more.`
    throw new WriteRefusedError(topic, reason, refusal, { cause: error })
  }
}

/**
 * Why a topic doesn't take what was sent; undefined after an outage, for an error that is none of the log's, and for one that
 * says so itself.
 */
function reasonOf(error: unknown): RefusalReason | undefined {
  if (error instanceof AccessRefusedError) return 'not-permitted'
  if (error instanceof UnknownTopicError) return 'no-topic'
  return error instanceof LogFailedError ? 'other' : undefined
}
