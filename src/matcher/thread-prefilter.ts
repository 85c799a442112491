// A matcher thread's part of matching: rules most reports out, in the shared indices.
import type { HashType } from '../hash/hash-type.ts'
import type { SetReader } from '../known/set-reader.ts'
import { rulesOf, type HashRule, type Policy } from '../policy/policy.ts'
import type { Frame } from '../search/dynamic/frames.ts'
import type { ReceivedReport } from './received-report.ts'
import { COUNT_ONLY, prefilterReports, type Prefiltered, type PrefilterTarget } from './prefilter.ts'
import { similarityQueries, type SimilarityQueries } from './similarity-queries.ts'
import { sliceLength } from './slice-length.ts'

/**
 * Rules out the reports that can't make a hit: nearly all. It searches the shared indices, where the work is, and leaves
 * the few others to the matcher in the main thread, which matches them again against the set as it then is. So a
 * report without a hit was matched in one state of the set, a frame, and one with a hit in a later one.
 */
export class ThreadPrefilter {
  readonly #set: SetReader
  readonly #rules: ReadonlyMap<HashType, HashRule>
  readonly #queries: SimilarityQueries

  constructor(set: SetReader, policy: Policy) {
    this.#set = set
    // What only corroborates makes no hit by itself.
    this.#rules = new Map(rulesOf(policy).filter(([, { part }]) => part === 'hit'))
    const all = similarityQueries(policy, COUNT_ONLY)
    this.#queries = new Map(all.entries().filter(([type]) => this.#rules.has(type)))
  }

  /** See Matcher.sliceLength. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    return sliceLength(reports.slice(from), budgetMicros, this.#queries, (...query) =>
      this.#set.estimateMicros(...query),
    )
  }

  /** Compares reports with the set as it was in a frame, for about `budgetMicros`: at least one of them. */
  prefilter(frame: Frame, reports: readonly ReceivedReport[], budgetMicros: number): Prefiltered {
    const against: PrefilterTarget = {
      search: (...query) => this.#set.search(frame, ...query),
      mayHave: (...query) => this.#set.mayKnow(...query),
    }
    return prefilterReports(reports, budgetMicros, { rules: this.#rules, queries: this.#queries, against })
  }
}
