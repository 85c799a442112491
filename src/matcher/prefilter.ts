// Finds the few reports of a batch that may make a hit: what matching in threads and looking back have in common.
import {
  isPerceptual,
  type CryptographicType,
  type HashType,
  type PerceptualType,
} from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import { judgeQuality, type HashRule } from '../policy/policy.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../search/hamming-index.ts'
import { batchOf, searchInTurn, type QueryBatch } from './query-batch.ts'
import type { ReceivedReport } from './received-report.ts'
import type { SimilarityQueries } from './similarity-queries.ts'

/** Matches are only counted. */
export const COUNT_ONLY = 0

/** The values that reports are compared with. */
export interface PrefilterTarget {
  search(type: PerceptualType, queries: Uint32Array, query: RadiusQuery, budget: SearchBudget): Matches
  /** Whether the packed value at `words[at]` may be one of them: never no of one that is. */
  mayHave(type: CryptographicType, words: Uint32Array, at: number): boolean
}

/** How reports are compared with the values. */
export interface PrefilterOptions {
  /** A type without a rule is not searched. */
  readonly rules: ReadonlyMap<HashType, HashRule>
  readonly queries: SimilarityQueries
  readonly against: PrefilterTarget
}

export interface Prefiltered {
  /** How many of the reports were looked at: the first ones, all of them unless the budget was used up before. */
  readonly done: number
  /** Ascending numbers of the reports that may come near a value. */
  readonly candidates: readonly number[]
}

/** Notes which reports of a batch are candidates. */
export class CandidateFlags {
  readonly #flags: Uint8Array

  constructor(reports: number) {
    this.#flags = new Uint8Array(reports)
  }

  add(report: number): void {
    this.#flags[report] = 1
  }

  /** Of the first `done` reports; of all if there are fewer. */
  among(done: number): Prefiltered {
    const looked = Math.min(done, this.#flags.length)
    const candidates: number[] = []
    for (let report = 0; report < looked; report++) if (this.#flags[report] === 1) candidates.push(report)
    return { done: looked, candidates }
  }
}

const value = new Uint32Array(8)

/**
 * Finds the reports that have a hash near one of the values, or perhaps equal to one. It stops after about
 * `budgetMicros`, and looks at one report at least.
 */
export function prefilterReports(
  reports: readonly ReceivedReport[],
  budgetMicros: number,
  { rules, queries, against }: PrefilterOptions,
): Prefiltered {
  const flags = new CandidateFlags(reports.length)
  const batches = new Map<PerceptualType, QueryBatch>()
  for (const [number, { report }] of reports.entries()) {
    for (const hash of report.hashes) {
      const { type } = hash
      const rule = rules.get(type)
      if (!rule) continue
      // The report's check has proved length and alphabet: lower-cased, the value is canonical.
      const canonical = hash.value.toLowerCase() as HashValue
      if (!isPerceptual(type)) {
        packHex(canonical, value, 0)
        if (against.mayHave(type, value, 0)) flags.add(number)
      } else if (judgeQuality(rule, hash.quality) !== 'too-low')
        batchOf(batches, type).ask(number, hash, canonical)
    }
  }
  const done = searchInTurn(batches, budgetMicros, ([type, batch], micros) => {
    const query = queries.get(type)
    if (!query) return Infinity
    const run = (packed: Uint32Array, budget: SearchBudget) => against.search(type, packed, query, budget)
    const answer = batch.search(run, micros)
    for (const { report } of answer.found) flags.add(report)
    return answer.done
  })
  return flags.among(done)
}
