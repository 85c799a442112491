// Canary reports, which must be found.
import { CANARY_PLATFORM, canaryValue } from '../contract/canary.ts'
import type { Report, ReportedHash } from '../contract/report.ts'
import { HASH_TYPE_NAMES, isPerceptual, type HashType } from '../hash/hash-type.ts'
import { packed, unpackHex, type HashValue } from '../hash/hash-value.ts'
import { orient, ORIENTATIONS } from '../hash/orientation.ts'
import type { Policy } from '../policy/policy.ts'

/** The result of a canary report, or of a platform's report of the canary file: the types whose canaries it found. */
export interface CanarySighting {
  readonly schema: 'canary'
  readonly types: readonly HashType[]
}

/** A canary report to be sent, and the canaries that it must find. */
export interface SentCanary {
  readonly report: Report
  readonly types: readonly HashType[]
}

/** Types that a policy searches: every one of them has a canary to be found. */
export const canaryTypes = ({ hashes }: Policy): readonly HashType[] =>
  HASH_TYPE_NAMES.filter((type) => hashes[type] !== undefined)

/**
 * The canary report of a round. It has one type that makes hits, another in each round, because a report is looked at
 * more closely as soon as one of its hashes is found: a second one would hide that the first was not. Types that only
 * corroborate ride along. Perceptual hashes are as far away as the policy permits, in another orientation and at other
 * bits in each round, because that is where a search that has gone wrong misses first.
 */
export function canaryReport(policy: Policy, round: number, reportId: string, observedAt: Date): SentCanary {
  const types = canaryTypes(policy)
  const making = types.filter((type) => policy.hashes[type]?.part === 'hit')
  const corroborating = types.filter((type) => policy.hashes[type]?.part === 'corroborate')
  const chosen = [...making.slice(round % making.length, (round % making.length) + 1), ...corroborating]
  const report: Report = {
    schema: 'report/1',
    reportId,
    platform: CANARY_PLATFORM,
    observedAt: observedAt.toISOString(),
    mediaType: 'image',
    contentRef: reportId,
    hashes: chosen.map((type) => canaryHash(policy, type, Math.floor(round / making.length))),
  }
  return { report, types: chosen }
}

function canaryHash(policy: Policy, type: HashType, variant: number): ReportedHash {
  if (!isPerceptual(type)) return { type, value: canaryValue(type) }
  const { maxDistanceBits = 0, orientations } = policy.hashes[type] ?? {}
  const forms = [
    { orientation: 0, distanceBits: maxDistanceBits },
    ...(orientations?.forms ?? []).map((form) => ({
      orientation: ORIENTATIONS.indexOf(form),
      distanceBits: orientations?.maxDistanceBits ?? 0,
    })),
  ]
  const { orientation, distanceBits } = forms[variant % forms.length]
  return { type, value: altered(canaryValue(type), orientation, distanceBits, variant), quality: 100 }
}

/** The value of 256 bits, turned, with `distanceBits` of its bits flipped, evenly spread. */
function altered(value: HashValue, orientation: number, distanceBits: number, variant: number): HashValue {
  const words = packed(value)
  const turned = new Uint32Array(words.length)
  orient(words, 0, orientation, turned, 0)
  for (let n = 0; n < distanceBits; n++) {
    // An odd step visits every bit before any twice.
    const bit = (variant * 29 + n * 73) & 255
    turned[bit >>> 5] ^= 1 << (bit & 31)
  }
  return unpackHex(turned, 0, turned.length)
}
