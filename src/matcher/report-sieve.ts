import { isPerceptual, type PerceptualType } from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import type { SetReader } from '../known/set-reader.ts'
import { judgeQuality, type Policy } from '../policy/policy.ts'
import type { Frame } from '../search/frames.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import { batchOf, searchBatches, type QueryBatch } from './query-batch.ts'
import type { ReceivedReport } from './received-report.ts'
import { microsOfQueries, similarityQueries, sliceLength } from './slice-length.ts'

/** Matches are only counted. */
const COUNT_ONLY = 0

export interface Sifted {
  /** How many of the reports were looked at: the first ones, all of them unless the budget was used up before. */
  readonly reports: number
  /** Ascending places of those that may make a hit. */
  readonly suspects: readonly number[]
}

/**
 * Finds out which reports can't make a hit: nearly all. It searches the shared indices, where the work is, and leaves
 * the few others to the matcher on the set's own thread, which matches them anew against the set as it then is. So a
 * report without a hit was matched in one state of the set, a frame, and one with a hit in a later one.
 */
export class ReportSieve {
  readonly #set: SetReader
  readonly #policy: Policy
  readonly #queries: ReadonlyMap<PerceptualType, RadiusQuery>
  readonly #value = new Uint32Array(8)

  constructor(set: SetReader, policy: Policy) {
    this.#set = set
    this.#policy = policy
    const all = similarityQueries(policy, COUNT_ONLY)
    // What only corroborates makes no hit by itself.
    this.#queries = new Map(all.entries().filter(([type]) => policy.hashes[type]?.part === 'hit'))
  }

  /** See Matcher.sliceLength. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    const micros = microsOfQueries(this.#queries, (...asked) => this.#set.estimateMicros(...asked))
    return sliceLength(reports, from, budgetMicros, micros)
  }

  /** Sifts reports as the set was in a frame, for about so long: at least one of them. */
  sift(frame: Frame, reports: readonly ReceivedReport[], budgetMicros: number): Sifted {
    const isSuspect = new Uint8Array(reports.length)
    const batches = new Map<PerceptualType, QueryBatch>()
    for (const [place, { report }] of reports.entries()) {
      for (const hash of report.hashes) {
        const { type } = hash
        const rule = this.#policy.hashes[type]
        if (rule?.part !== 'hit') continue
        // The report's check has proved length and alphabet: lower-cased, the value is canonical.
        const value = hash.value.toLowerCase() as HashValue
        if (!isPerceptual(type)) {
          packHex(value, this.#value, 0)
          if (this.#set.mayKnow(type, this.#value, 0)) isSuspect[place] = 1
        } else if (judgeQuality(rule, hash.quality) !== 'too-low')
          batchOf(batches, type).ask(place, hash, value)
      }
    }
    const done = searchBatches(batches, reports.length, budgetMicros, (type, batch, micros) => {
      const query = this.#queries.get(type)
      if (!query) return Infinity
      return batch.search(
        (queries, budget) => this.#set.search(frame, type, queries, query, budget),
        micros,
        ({ report }) => {
          isSuspect[report] = 1
        },
      )
    })
    const suspects: number[] = []
    for (let place = 0; place < done; place++) if (isSuspect[place] === 1) suspects.push(place)
    return { reports: done, suspects }
  }
}
