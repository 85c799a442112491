import { HASH_TYPE_NAMES, isPerceptual, type HashType, type PerceptualType } from '../hash/hash-type.ts'
import { orientationMask, type HashRule, type Policy } from '../policy/policy.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import type { ReceivedReport } from './received-report.ts'

/** Queries of one type that a slice typically asks: an index's estimate for so many is taken as so many times one. */
const TYPICAL_BATCH = 64

/** The similarity query of each perceptual type that a policy has a rule for. */
export function similarityQueries(policy: Policy, limit: number): ReadonlyMap<PerceptualType, RadiusQuery> {
  return new Map(
    HASH_TYPE_NAMES.filter(isPerceptual).flatMap((type) => {
      const rule = policy.hashes[type]
      return rule ? [[type, radiusQuery(rule, limit)] as const] : []
    }),
  )
}

function radiusQuery(rule: HashRule, limit: number): RadiusQuery {
  const { maxDistanceBits = 0, orientations } = rule
  return {
    maxDistanceBits,
    ...(orientations
      ? { orientations: { mask: orientationMask(rule), maxDistanceBits: orientations.maxDistanceBits } }
      : {}),
    limit,
  }
}

/** About how long one query of each type takes, asked in a batch. */
export function microsOfQueries(
  queries: ReadonlyMap<PerceptualType, RadiusQuery>,
  estimateMicros: (type: PerceptualType, queryCount: number, query: RadiusQuery) => number,
): ReadonlyMap<HashType, number> {
  return new Map(
    queries
      .entries()
      .map(([type, query]) => [type, estimateMicros(type, TYPICAL_BATCH, query) / TYPICAL_BATCH]),
  )
}

/** How many reports, of those from index `from` on, take about `budgetMicros` to match: at least one. */
export function sliceLength(
  reports: readonly ReceivedReport[],
  from: number,
  budgetMicros: number,
  microsOf: ReadonlyMap<HashType, number>,
): number {
  let spent = 0
  for (let index = from; index < reports.length; index++) {
    for (const { type } of reports[index].report.hashes) spent += microsOf.get(type) ?? 0
    if (spent > budgetMicros) return Math.max(1, index - from)
  }
  return Math.max(1, reports.length - from)
}
