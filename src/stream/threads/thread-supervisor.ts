// In the main thread: runs the matcher threads, starts one again that has died, and has the last word on every hit.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PackedKnownSet } from '../../known/packed/packed-known-set.ts'
import type { Matcher } from '../../matcher/matcher.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { Health } from '../../telemetry/health.ts'
import { GROUP_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { ThreadMetrics } from '../../telemetry/server.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { ThreadTotals } from '../../telemetry/thread-totals.ts'
import { isLogFault } from '../../log/log-faults.ts'
import type { FollowedSet } from '../feed/followed-set.ts'
import { FeedStoppedError, SetLostError } from '../feed/set-errors.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { encodeOutcome, type EncodedOutcome } from '../live/encoded-outcome.ts'
import type { TopicPartition } from '../../log/event-log.ts'
import { DeathLedger } from '../live/poison-records.ts'
import { WorkJournal, type WorkSpan } from '../live/work-journal.ts'
import { SharedSetState } from './shared-set-state.ts'
import type { RunningThread, StartThread, ThreadOrder } from './thread-calls.ts'

const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000]
/** A thread that lived for this time, in milliseconds, was well: the back-off begins anew after its death. */
const WELL_AFTER_MS = 60_000
/** The main thread matches for about this time, in microseconds, between two turns of the event loop. */
const TURN_MICROS = 20_000

export interface ThreadSupervisorOptions {
  readonly threads: number
  /** The part of the order that is the same for all threads. */
  readonly order: Omit<ThreadOrder, 'number' | 'set' | 'setState' | 'journal' | 'caution'>
  readonly set: PackedKnownSet
  readonly followed: FollowedSet
  readonly matcher: Pick<Matcher, 'matchWithCanaries'>
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  readonly startThread: StartThread
  /** This thread owns these partitions now, and no others. */
  readonly onOwned: (thread: number, partitions: readonly TopicPartition[]) => void
}

/**
 * A matcher of several threads. Each is a member of the consumer group by itself; the main thread keeps the known
 * set, has the last word on every hit, and starts a thread again that has died.
 */
export class ThreadSupervisor {
  readonly #options: ThreadSupervisorOptions
  readonly #running = new Map<number, RunningThread>()
  readonly #deaths = new DeathLedger()
  readonly #setState = new SharedSetState()
  readonly #stopping = new AbortController()
  readonly #totals: ThreadTotals
  readonly #dying: StateLog
  #watch: NodeJS.Timeout | undefined

  constructor(options: ThreadSupervisorOptions) {
    this.#options = options
    this.#totals = new ThreadTotals({ answerAge: options.metrics.threadAnswerAge })
    this.#dying = new StateLog({
      logger: options.logger,
      level: 'error',
      begins: 'Matcher threads died; they are started again',
      ends: 'No matcher thread has died any more',
      quietMs: WELL_AFTER_MS,
    })
  }

  /** Starts the threads once the set has caught up; they themselves wait until it may be matched against. */
  async start(): Promise<void> {
    const { threads, followed, health } = this.#options
    for (let number = 1; number <= threads; number++)
      health.waitFor(partOf(number, GROUP_PART), 'not in the group yet')
    await followed.catchUp()
    if (this.#stopping.signal.aborted) return
    const tell = (): void => {
      const { isUsable, position } = followed
      this.#setState.tell({ isUsable, topicId: position.topicId })
    }
    tell()
    this.#watch = setInterval(tell, 100)
    for (let number = 1; number <= threads; number++) void this.#keepAlive(number)
  }

  /** Lets every thread finish the slice in work, commit finished work, and leave the group. */
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
      if (error) health.failed(error)
      health.waitFor(partOf(number, GROUP_PART), 'its thread died and is started again')
      const spans = journal.spans()
      this.#dying.note(`thread ${number}`, deathText(error, spans))
      if (this.#deaths.note(spans)) {
        const { caution } = this.#deaths
        for (const thread of this.#running.values()) thread.beCautious(caution)
        logger.error(
          { singly: caution.singly.length, leftOut: caution.condemned.length, newest: spans[0] },
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
        setState: this.#setState.block,
        journal: journal.block,
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
      // Its successor reports its own health.
      for (const name of waiting) health.ready(name)
    }
  }

  /**
   * False: Kafka is away, or the set is lost or no longer read. The thread asks again until it succeeds or the process ends
   * it. (An error's class would not come through to the thread, so a value says that.)
   */
  async #catchUp(): Promise<boolean> {
    try {
      await this.#options.followed.catchUp()
      return true
    } catch (error) {
      const isExpected =
        isLogFault(error) || error instanceof SetLostError || error instanceof FeedStoppedError
      if (!isExpected) throw error
      return false
    }
  }

  /** Matches the threads' candidates, a turn at a time, so that changes and health checks get through. */
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

/** Why a thread died, as far as is known, and the records that it was working on. */
function deathText(error: NodeJS.ErrnoException | undefined, spans: readonly WorkSpan[]): string {
  const why = error ? (error.code ?? error.name) : 'no error'
  const at = spans.map(({ topic, partition, from, to }) => `${topic}/${partition} ${from} to ${to}`)
  return `${why}, at work on ${at.slice(0, 5).join(', ') || 'nothing'}`
}

const partOf = (thread: number, part: string): string => `thread ${thread}: ${part}`
