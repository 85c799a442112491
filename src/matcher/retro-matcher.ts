// Matching reports of the past again, because known hashes have changed.
import type { Hit } from '../contract/hit.ts'
import type { HashType, PerceptualType } from '../hash/hash-type.ts'
import { rulesOf, type HashRule, type Policy } from '../policy/policy.ts'
import { buildIndex, quickestKind, type BuiltIndex } from '../search/index-kind.ts'
import type { ArenaPool } from '../search/wasm/arena-pool.ts'
import type { Matcher } from './matcher.ts'
import type { ReceivedReport } from './received-report.ts'
import { PayloadPrefilter } from './payload-prefilter.ts'
import { COUNT_ONLY, prefilterReports, type Prefiltered, type PrefilterTarget } from './prefilter.ts'
import { similarityQueries, type SimilarityQueries } from './similarity-queries.ts'
import type { ChangedValues } from './changed-values.ts'

/** Queries that are searched together: those of a slice of reports that are matched again. */
const TYPICAL_BATCH = 256

export interface RetroMatcherOptions {
  /** About how many reports will come: what building an index may cost depends on it. */
  readonly expectedReports: number
  /** Where the memory of its indices comes from; by default it is their own. */
  readonly pool?: ArenaPool | undefined
}

/**
 * Matches reports of the past again, those alone that a run of changes touches: whose hash equals a touched value or
 * lies within the policy's distance of it, in any orientation, be it to make a hit or to corroborate one. No other
 * report's matches can have changed. The few that are touched are matched as any report is, against the whole set.
 */
export class RetroMatcher {
  readonly #touched: ChangedValues
  readonly #matcher: Matcher
  readonly #rules: ReadonlyMap<HashType, HashRule>
  readonly #queries: SimilarityQueries
  readonly #indices: ReadonlyMap<PerceptualType, BuiltIndex>
  readonly #against: PrefilterTarget = {
    search: (type, ...query) => this.#index(type).search(...query),
    mayHave: (type, words, at) => this.#touched.ofType(type)?.find(words, at) !== -1,
  }
  readonly #payloads: PayloadPrefilter

  /**
   * @param matcher Matches against the set at or after the last of the changes.
   */
  constructor(touched: ChangedValues, policy: Policy, matcher: Matcher, options: RetroMatcherOptions) {
    const { expectedReports, pool } = options
    this.#touched = touched
    this.#matcher = matcher
    this.#rules = new Map(rulesOf(policy).filter(([type]) => touched.ofType(type)))
    const all = similarityQueries(policy, COUNT_ONLY)
    this.#queries = new Map(all.entries().filter(([type]) => touched.ofType(type)))
    this.#indices = new Map(
      this.#queries.entries().map(([type, query]) => {
        const values = touched.packed(type)
        const size = values.length / 8
        const kind = quickestKind({ size, queryCount: expectedReports, batch: TYPICAL_BATCH, query })
        return [type, buildIndex(kind, values, pool)]
      }),
    )
    this.#payloads = new PayloadPrefilter(this.#rules.keys(), this.#queries, this.#against)
  }

  /**
   * Tells which of these reports, as bytes that are not parsed yet, may be touched: hardly any other is named. With a
   * budget it stops after about that time, and has looked at the first ones alone: at least one.
   */
  prefilter(payloads: readonly (Uint8Array | null)[], budgetMicros = Infinity): Prefiltered {
    return this.#payloads.prefilter(payloads, budgetMicros)
  }

  /**
   * Element i is the hit of report i, `retroactive`, if it is touched and has one. With a budget it stops after about
   * that time, and the answer is that of the first reports alone: at least one.
   */
  match(reports: readonly ReceivedReport[], budgetMicros = Infinity): (Hit | undefined)[] {
    const { done: prefiltered, candidates } = prefilterReports(reports, budgetMicros, {
      rules: this.#rules,
      queries: this.#queries,
      against: this.#against,
    })
    const hits: (Hit | undefined)[] = Array.from({ length: prefiltered })
    if (candidates.length === 0) return hits
    const found = this.#matcher.match(
      candidates.map((number) => reports[number]),
      budgetMicros,
    )
    for (const [n, hit] of found.entries()) hits[candidates[n]] = hit && { ...hit, retroactive: true }
    if (found.length < candidates.length) hits.length = candidates[found.length]
    return hits
  }

  /** Gives the memory of its indices back: it must not be used any more. */
  close(): void {
    for (const index of this.#indices.values()) index.close()
  }

  #index(type: PerceptualType): BuiltIndex {
    const index = this.#indices.get(type)
    if (!index) throw new TypeError(`No ${type} value was touched: there is no index to search.`)
    return index
  }
}
