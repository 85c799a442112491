import { HASH_TYPE_NAMES, isPerceptual, type HashType, type PerceptualType } from '../hash/hash-type.ts'
import { orientationMask, type HashRule, type Policy } from '../policy/policy.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import type { ReceivedReport } from './received-report.ts'

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

/** About how long so many queries of one type take, asked together, in microseconds. */
type EstimateMicros = (type: PerceptualType, queryCount: number, query: RadiusQuery) => number

/**
 * How many reports, of those from index `from` on, take about `budgetMicros` to match together: at least one. Together,
 * because of many a query takes a fraction of what it takes alone.
 */
export function sliceLength(
  reports: readonly ReceivedReport[],
  from: number,
  budgetMicros: number,
  queries: ReadonlyMap<PerceptualType, RadiusQuery>,
  estimateMicros: EstimateMicros,
): number {
  const counts = new Map([...queries.keys()].map((type) => [type as HashType, 0]))
  const count = (report: ReceivedReport, by: number): void => {
    for (const { type } of report.report.hashes) {
      const before = counts.get(type)
      if (before !== undefined) counts.set(type, before + by)
    }
  }
  for (let at = from; at < reports.length; at++) count(reports[at], 1)
  let length = reports.length - from
  for (;;) {
    let micros = 0
    for (const [type, query] of queries) micros += estimateMicros(type, counts.get(type) ?? 0, query)
    if (micros <= budgetMicros || length <= 1) return Math.max(1, length)
    // Fewer take longer each: what is left may still be too many.
    const shorter = Math.max(1, Math.min(length - 1, Math.floor((length * budgetMicros) / micros)))
    for (let at = from + shorter; at < from + length; at++) count(reports[at], -1)
    length = shorter
  }
}
