// The matcher threads of a process, from the side of the main thread.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PackedKnownSet } from '../../known/packed/packed-known-set.ts'
import type { Matcher } from '../../matcher/matcher.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { Health } from '../../telemetry/health.ts'
import { GROUP_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { ThreadMetrics } from '../../telemetry/server.ts'
import { ThreadTotals } from '../../telemetry/thread-totals.ts'
import { isKafkasFault } from '../../kafka/errors.ts'
import { FeedStoppedError, SetLostError } from '../feed/set-errors.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { encodeOutcome, type EncodedOutcome } from '../live/encoded-outcome.ts'
import type { FollowedSet } from '../live/match-stream.ts'
import type { TopicPartition } from '../../log/event-log.ts'
import { DeathLedger, WorkJournal } from '../live/work-journal.ts'
import type { RunningThread, StartThread, ThreadOrder } from './thread-calls.ts'

const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000]
/** A thread that has lived for this time was well: its death is no sequel of the one before. */
const WELL_AFTER_MS = 60_000
/** Between two turns of the event loop the set's own thread matches for about this time. */
const TURN_MICROS = 20_000

export interface MatchThreadsOptions {
  readonly threads: number
  /** All of a thread's order that is the same for all of them. */
  readonly order: Omit<ThreadOrder, 'number' | 'set' | 'topicId' | 'journal' | 'usable' | 'caution'>
  readonly set: PackedKnownSet
  readonly followed: FollowedSet
  readonly matcher: Matcher
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  readonly startThread: StartThread
  /** This thread owns these partitions now, and no others. */
  readonly onOwned: (thread: number, partitions: readonly TopicPartition[]) => void
}

/**
 * A matcher of several threads. Each is a member of the consumer group by itself; this thread keeps the known set, has
 * the last word on every hit, and starts a thread again that has died.
 */
export class MatchThreads {
  readonly #options: MatchThreadsOptions
  readonly #running = new Map<number, RunningThread>()
  readonly #deaths = new DeathLedger()
  readonly #usable = new SharedArrayBuffer(4)
  readonly #stopping = new AbortController()
  readonly #totals: ThreadTotals
  #watch: NodeJS.Timeout | undefined

  constructor(options: MatchThreadsOptions) {
    this.#options = options
    this.#totals = new ThreadTotals({ answerAge: options.metrics.threadAnswerAge })
  }

  /** Starts the threads once the set may be matched against, as far as it is known now. */
  async start(): Promise<void> {
    const { threads, followed, health } = this.#options
    for (let number = 1; number <= threads; number++)
      health.waitFor(partOf(number, GROUP_PART), 'not in the group yet')
    await followed.catchUp()
    if (this.#stopping.signal.aborted) return
    const usable = new Int32Array(this.#usable)
    const watch = (): void => void Atomics.store(usable, 0, followed.isUsable ? 1 : 0)
    watch()
    this.#watch = setInterval(watch, 100)
    for (let number = 1; number <= threads; number++) void this.#keepAlive(number)
  }

  /** Lets every thread finish the batch in work and leave the group. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#watch)
    await Promise.all([...this.#running.values()].map((thread) => thread.stop().catch(() => {})))
  }

  readonly threadMetrics: ThreadMetrics = () => this.#totals.ask()

  /** Runs a thread, and runs it again whenever it dies. */
  async #keepAlive(number: number): Promise<void> {
    const { logger, metrics, health } = this.#options
    const backoff = new Backoff(BACKOFF_MS)
    while (!this.#stopping.signal.aborted) {
      const journal = new WorkJournal()
      const startedMs = performance.now()
      const error = await this.#run(number, journal)
      if (this.#stopping.signal.aborted) return
      metrics.threadDeaths.inc()
      health.waitFor(partOf(number, GROUP_PART), 'its thread died and is started again')
      const spans = journal.spans()
      logger.error(
        { thread: number, inWork: spans, code: error?.code },
        'A matcher thread died; starting it again',
      )
      if (this.#deaths.note(spans)) {
        for (const thread of this.#running.values()) thread.beCautious(this.#deaths.caution)
        logger.error(
          this.#deaths.caution,
          'Records that may have killed it are worked on one by one, or left out',
        )
      }
      if (performance.now() - startedMs > WELL_AFTER_MS) backoff.reset()
      await pause(backoff.nextMs(), this.#stopping.signal)
    }
  }

  /** Resolves when the thread has ended, with the error that ended it. */
  async #run(number: number, journal: WorkJournal): Promise<NodeJS.ErrnoException | undefined> {
    const { order, set, startThread, health, onOwned } = this.#options
    const waiting = new Set<string>()
    const thread = startThread(
      {
        ...order,
        number,
        set: set.openReader(),
        topicId: set.position.topicId ?? '',
        journal: journal.block,
        usable: this.#usable,
        caution: this.#deaths.caution,
      },
      {
        match: (reports) => this.#match(reports),
        catchUp: () => this.#catchUp(),
        owns: (partitions) => onOwned(number, partitions),
        waitFor: (part, why) => {
          const name = partOf(number, part)
          if (why === undefined) health.ready(name)
          else health.waitFor(name, why)
          waiting.add(name)
        },
      },
    )
    this.#running.set(number, thread)
    this.#totals.begun(number, thread)
    try {
      return await thread.ended
    } finally {
      this.#running.delete(number)
      this.#totals.ended(thread)
      onOwned(number, [])
      // What it waited for has gone with it: its successor tells what it waits for itself.
      for (const name of waiting) health.ready(name)
    }
  }

  /** An error's class would not come through to the thread, so what it can wait for is a value. */
  async #catchUp(): Promise<boolean> {
    try {
      await this.#options.followed.catchUp()
      return true
    } catch (error) {
      const isExpected =
        isKafkasFault(error) || error instanceof SetLostError || error instanceof FeedStoppedError
      if (!isExpected) throw error
      return false
    }
  }

  /** Matches what threads could not rule out, a turn at a time, so that changes and health checks get through. */
  async #match(reports: readonly ReceivedReport[]): Promise<readonly EncodedOutcome[]> {
    const { matcher } = this.#options
    const outcomes = matcher.matchWithCanaries(reports, TURN_MICROS)
    while (outcomes.length < reports.length) {
      await nextTurn()
      outcomes.push(...matcher.matchWithCanaries(reports.slice(outcomes.length), TURN_MICROS))
    }
    return outcomes.map(encodeOutcome)
  }
}

const partOf = (thread: number, part: string): string => `thread ${thread}: ${part}`
