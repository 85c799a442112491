// In a matcher thread: its work. As a member of the consumer group it prefilters reports by its own search of the shared set,
// and hands those that may make a hit to the main thread.
import { SetReader } from '../../known/set-reader.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import { ThreadPrefilter } from '../../matcher/thread-prefilter.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { LogUnreachableError } from '../../log/log-faults.ts'
import type { EncodedOutcome } from '../live/encoded-outcome.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { FollowedSet } from '../feed/followed-set.ts'
import { MatchStream, type ReportMatcher } from '../live/match-stream.ts'
import type { Caution } from '../live/poison-records.ts'
import { WorkJournal } from '../live/work-journal.ts'
import { PrefilterBatcher } from './prefilter-batcher.ts'
import { SharedSetState } from './shared-set-state.ts'
import type { MemberOrder, SetCalls } from './thread-calls.ts'

export interface MatcherThreadOptions {
  readonly order: MemberOrder
  /** Of this member alone. */
  readonly log: EventLog
  /** Calls to the main thread, which keeps the set. */
  readonly main: Pick<SetCalls, 'match' | 'catchUp' | 'owns'>
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

export class MatcherThread {
  readonly #options: MatcherThreadOptions
  readonly #reader: SetReader
  readonly #prefilter: ThreadPrefilter
  readonly #stream: MatchStream
  #caution: Caution

  constructor(options: MatcherThreadOptions) {
    const { order, log, metrics, health, logger } = options
    const { settings } = order
    this.#options = options
    this.#caution = order.caution
    this.#reader = new SetReader(order.set, settings.cachedAnswers)
    this.#prefilter = new ThreadPrefilter(this.#reader, settings.policy)
    this.#stream = new MatchStream({
      log,
      settings,
      followed: this.#followed(),
      matcher: this.#matcher(),
      metrics,
      health,
      logger,
      clock: Date.now,
      journal: new WorkJournal(order.journal),
      caution: () => this.#caution,
      onOwned: (partitions) => options.main.owns(partitions),
    })
  }

  start(): Promise<void> {
    return this.#stream.start()
  }

  /** Finishes the slice in work, commits finished work, and leaves the group. */
  stop(): Promise<void> {
    return this.#stream.stop()
  }

  beCautious(caution: Caution): void {
    this.#caution = caution
  }

  /** Reads the set no more. */
  close(): void {
    this.#reader.close()
  }

  #followed(): FollowedSet {
    const { order, main } = this.#options
    const reader = this.#reader
    const state = new SharedSetState(order.setState)
    return {
      get position() {
        return { topicId: state.topicId, offset: reader.newestFrame().position }
      },
      get isUsable() {
        return state.isUsable
      },
      catchUp: async () => {
        if (!(await main.catchUp()))
          throw new LogUnreachableError('The known set could not be read to the end of known-hashes.')
      },
    }
  }

  #matcher(): ReportMatcher {
    const { metrics } = this.#options
    const prefilter = new PrefilterBatcher((reports, budgetMicros) => {
      const stopTimer = metrics.stageSeconds.startTimer({ stage: 'search' })
      const prefiltered = this.#prefilter.prefilter(this.#reader.newestFrame(), reports, budgetMicros)
      stopTimer()
      return prefiltered
    })
    return {
      sliceLength: (reports, from, budgetMicros) => this.#prefilter.sliceLength(reports, from, budgetMicros),
      match: async (reports, budgetMicros) => {
        const { done: prefiltered, candidates } = await prefilter.prefilter(reports, budgetMicros)
        const outcomes: EncodedOutcome[] = Array.from({ length: prefiltered })
        return candidates.length === 0 ? outcomes : this.#confirmed(reports, candidates, outcomes)
      },
    }
  }

  async #confirmed(
    reports: readonly ReceivedReport[],
    candidates: readonly number[],
    outcomes: EncodedOutcome[],
  ): Promise<readonly EncodedOutcome[]> {
    const { main, metrics } = this.#options
    const stopTimer = metrics.stageSeconds.startTimer({ stage: 'confirm' })
    const confirmed = await main.match(candidates.map((place) => reports[place]))
    stopTimer()
    for (const [n, place] of candidates.entries()) outcomes[place] = confirmed[n]
    return outcomes
  }
}
