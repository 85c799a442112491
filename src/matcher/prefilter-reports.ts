import {
  isPerceptual,
  type CryptographicType,
  type HashType,
  type PerceptualType,
} from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import { judgeQuality, type HashRule } from '../policy/policy.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../search/hamming-index.ts'
import { batchOf, searchBatches, type QueryBatch } from './query-batch.ts'
import type { ReceivedReport } from './received-report.ts'

/** Matches are only counted. */
export const COUNT_ONLY = 0

/** Values that reports are held against, to see which of the reports come near any. */
export interface PrefilterTarget {
  search(type: PerceptualType, queries: Uint32Array, query: RadiusQuery, budget: SearchBudget): Matches
  /** Whether the packed value at `words[at]` may be one of them: never no of one that is. */
  mayHave(type: CryptographicType, words: Uint32Array, at: number): boolean
}

export interface Prefiltered {
  /** How many of the reports were looked at: the first ones, all of them unless the budget was used up before. */
  readonly reports: number
  /** Ascending places of those that come near a value. */
  readonly candidates: readonly number[]
}

const value = new Uint32Array(8)

/**
 * Tells which reports have a hash near one of the values, or perhaps equal to one, by these rules (a type without one
 * is not asked) and these queries of its perceptual types; for about so long, and at least one report.
 */
export function prefilterReports(
  reports: readonly ReceivedReport[],
  budgetMicros: number,
  rules: ReadonlyMap<HashType, HashRule>,
  queries: ReadonlyMap<PerceptualType, RadiusQuery>,
  against: PrefilterTarget,
): Prefiltered {
  const isCandidate = new Uint8Array(reports.length)
  const batches = new Map<PerceptualType, QueryBatch>()
  for (const [place, { report }] of reports.entries()) {
    for (const hash of report.hashes) {
      const { type } = hash
      const rule = rules.get(type)
      if (!rule) continue
      // The report's check has proved length and alphabet: lower-cased, the value is canonical.
      const canonical = hash.value.toLowerCase() as HashValue
      if (!isPerceptual(type)) {
        packHex(canonical, value, 0)
        if (against.mayHave(type, value, 0)) isCandidate[place] = 1
      } else if (judgeQuality(rule, hash.quality) !== 'too-low')
        batchOf(batches, type).ask(place, hash, canonical)
    }
  }
  const done = searchBatches(batches, reports.length, budgetMicros, (type, batch, micros) => {
    const query = queries.get(type)
    if (!query) return Infinity
    return batch.search(
      (packed, budget) => against.search(type, packed, query, budget),
      micros,
      ({ report }) => {
        isCandidate[report] = 1
      },
    )
  })
  const candidates: number[] = []
  for (let place = 0; place < done; place++) if (isCandidate[place] === 1) candidates.push(place)
  return { reports: done, candidates }
}
