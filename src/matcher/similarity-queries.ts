// What a policy asks of the similarity index.
import { HASH_TYPE_NAMES, isPerceptual, type PerceptualType } from '../hash/hash-type.ts'
import { orientationMask, type HashRule, type Policy } from '../policy/policy.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'

/** The similarity query of each perceptual type that a policy has a rule for. */
export type SimilarityQueries = ReadonlyMap<PerceptualType, RadiusQuery>

/** @param limit Matches of a query that are returned; all are counted. */
export function similarityQueries(policy: Policy, limit: number): SimilarityQueries {
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
