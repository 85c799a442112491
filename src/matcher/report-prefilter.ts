import type { HashType, PerceptualType } from '../hash/hash-type.ts'
import type { SetReader } from '../known/set-reader.ts'
import { rulesOf, type HashRule, type Policy } from '../policy/policy.ts'
import type { Frame } from '../search/live/frames.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import type { ReceivedReport } from './received-report.ts'
import { COUNT_ONLY, prefilterReports, type Prefiltered } from './prefilter-reports.ts'
import { similarityQueries, sliceLength } from './slice-length.ts'

/**
 * Finds out which reports can't make a hit: nearly all. It searches the shared indices, where the work is, and leaves
 * the few others to the matcher on the set's own thread, which matches them anew against the set as it then is. So a
 * report without a hit was matched in one state of the set, a frame, and one with a hit in a later one.
 */
export class ReportPrefilter {
  readonly #set: SetReader
  readonly #rules: ReadonlyMap<HashType, HashRule>
  readonly #queries: ReadonlyMap<PerceptualType, RadiusQuery>

  constructor(set: SetReader, policy: Policy) {
    this.#set = set
    // What only corroborates makes no hit by itself.
    this.#rules = new Map(rulesOf(policy).filter(([, { part }]) => part === 'hit'))
    const all = similarityQueries(policy, COUNT_ONLY)
    this.#queries = new Map(all.entries().filter(([type]) => this.#rules.has(type)))
  }

  /** See Matcher.sliceLength. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    return sliceLength(reports, from, budgetMicros, this.#queries, (...asked) =>
      this.#set.estimateMicros(...asked),
    )
  }

  /** Sifts reports as the set was in a frame, for about so long: at least one of them. */
  prefilter(frame: Frame, reports: readonly ReceivedReport[], budgetMicros: number): Prefiltered {
    return prefilterReports(reports, budgetMicros, this.#rules, this.#queries, {
      search: (...asked) => this.#set.search(frame, ...asked),
      mayHave: (...asked) => this.#set.mayKnow(...asked),
    })
  }
}
