// Which platforms have reported the canary file, and had it found: the proof that their reports are matched.
import { isCanaryReport } from '../../contract/canary.ts'
import { timestampOf } from '../../contract/primitives.ts'
import { MOST_PLATFORMS, type MatchStatus } from '../../contract/status.ts'
import type { Matcher, Outcome } from '../../matcher/matcher.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'

type Matching = Pick<Matcher, 'sliceLength' | 'matchWithCanaries'>

/** Of the main thread, which has the last word on every report that finds something. */
export class PlatformCanaries {
  /** By platform the time of its newest canary that was found, in milliseconds since 1970. Those found latest are last. */
  readonly #newestMs = new Map<string, number>()

  /** Matches as `matcher` does, and notes what it finds. */
  watching(matcher: Matching): Matching {
    return {
      sliceLength: (...asked) => matcher.sliceLength(...asked),
      matchWithCanaries: (reports, budgetMicros) => {
        const outcomes = matcher.matchWithCanaries(reports, budgetMicros)
        this.#note(reports, outcomes)
        return outcomes
      },
    }
  }

  /** Those found latest. */
  get newest(): NonNullable<MatchStatus['platformCanaries']> {
    return [...this.#newestMs].map(([platform, ms]) => ({ platform, writtenAt: timestampOf(ms) }))
  }

  #note(reports: readonly ReceivedReport[], outcomes: readonly Outcome[]): void {
    for (const [at, outcome] of outcomes.entries()) {
      const { report, receivedAtMs } = reports[at]
      if (outcome?.schema !== 'canary' || isCanaryReport(report)) continue
      const { platform } = report
      // Reports may be read a second time.
      const newestMs = Math.max(receivedAtMs, this.#newestMs.get(platform) ?? -Infinity)
      this.#newestMs.delete(platform)
      this.#newestMs.set(platform, newestMs)
      const [oldest] = this.#newestMs.keys()
      if (this.#newestMs.size > MOST_PLATFORMS) this.#newestMs.delete(oldest)
    }
  }
}
