// Makes the hit of one report from all that its hashes matched.
import { grade, support } from '../contract/grade.ts'
import {
  compareMatches,
  hitId,
  MAX_KNOWN_ENTRIES,
  MAX_MATCHES,
  type Hit,
  type Match,
} from '../contract/hit.ts'
import type { KnownHash } from '../contract/known-hash.ts'
import { timestampOf } from '../contract/primitives.ts'
import { reportDigest, type ReportedHash } from '../contract/report.ts'
import { expectedByChance } from '../hash/chance.ts'
import { HASH_TYPES } from '../hash/hash-type.ts'
import { ORIENTATIONS } from '../hash/orientation.ts'
import type { HashValue } from '../hash/hash-value.ts'
import { priority } from '../policy/priority.ts'
import { orientationMask, originOf, threshold, type HashRule, type Policy } from '../policy/policy.ts'
import { popcount32 } from '../hash/distance.ts'
import type { ReceivedReport } from './received-report.ts'

/** A known value that a reported hash matched. */
export interface FoundMatch {
  readonly reported: ReportedHash
  readonly rule: HashRule
  readonly knownValue: HashValue
  readonly distanceBits: number
  /** Index into ORIENTATIONS. */
  readonly orientation: number
  readonly entries: readonly KnownHash[]
}

/** The searched state, as the hit names it. */
export interface SearchedState {
  readonly knownSet: Hit['knownSet']
  readonly liveValues: (type: ReportedHash['type']) => number
  readonly policy: Policy
  readonly policyDigest: string
}

/** What the hashes of one report matched. */
export interface ReportFindings {
  readonly foundMatches: readonly FoundMatch[]
  /** The exact number of matches that may make a hit; `foundMatches` holds at least the best of them. */
  readonly hitMakingCount: number
  readonly notes: readonly string[]
}

/** Makes the hit of one report, or none if nothing that it matched may make a hit. */
export function assembleHit(
  { report, receivedAtMs }: ReceivedReport,
  { foundMatches, hitMakingCount, notes }: ReportFindings,
  state: SearchedState,
): Hit | undefined {
  const making = foundMatches.filter(({ rule }) => rule.part === 'hit')
  if (making.length === 0) return undefined
  const corroborating = corroborators(foundMatches, making)
  const digest = reportDigest(report)
  const named = [...making, ...corroborating]
  const all = named.map((foundMatch) => toMatch(foundMatch, digest, state.policy)).sort(compareMatches)
  const matches = all.slice(0, MAX_MATCHES)
  const matchCount = hitMakingCount + corroborating.length
  const strength = grade(matches)
  const { schema: _, hashes: __, viewed, basis, ...fields } = report
  return {
    schema: 'hit/1',
    hitId: hitId(report.platform, report.reportId),
    report: { ...fields, viewed: viewed ?? { thisFile: 'unknown' }, basis: basis ?? { kind: 'own-terms' } },
    receivedAt: timestampOf(receivedAtMs),
    reportDigest: digest,
    matches,
    matchCount,
    truncated: matchCount > matches.length || named.some(({ entries }) => entries.length > MAX_KNOWN_ENTRIES),
    grade: strength,
    support: support(matches),
    priority: priority(strength),
    expectedByChance: Math.min(...making.map((foundMatch) => chance(foundMatch, state))),
    knownSet: state.knownSet,
    policy: state.policyDigest,
    retroactive: false,
    why: [...new Set([...making.map(ruleThatFired), ...corroborating.map(ruleThatFired), ...notes])].sort(),
  }
}

const entryId = ({ source, sourceId }: KnownHash): string => `${source}:${sourceId}`

/**
 * The matches that may only corroborate and do: they point to a list entry that a hit-making match points to.
 * Without that bond a chance match (blockhash has 2.6 in a million) would look like support.
 */
function corroborators(
  foundMatches: readonly FoundMatch[],
  making: readonly FoundMatch[],
): readonly FoundMatch[] {
  const pointedTo = new Set(making.flatMap(({ entries }) => entries.map(entryId)))
  return foundMatches.filter(
    ({ rule, entries }) =>
      rule.part === 'corroborate' && entries.some((entry) => pointedTo.has(entryId(entry))),
  )
}

function toMatch(foundMatch: FoundMatch, digest: string, policy: Policy): Match {
  const { reported, rule, orientation } = foundMatch
  return {
    reportDigest: digest,
    type: reported.type,
    value: reported.value,
    ...(reported.quality === undefined ? {} : { quality: reported.quality }),
    knownValue: foundMatch.knownValue,
    distance: foundMatch.distanceBits,
    threshold: threshold(rule, orientation),
    ...(orientation === 0 ? {} : { orientation: ORIENTATIONS[orientation] }),
    known: foundMatch.entries
      .slice(0, MAX_KNOWN_ENTRIES)
      .map(({ source, sourceId, classification, addedAt }) => ({
        source,
        sourceId,
        origin: originOf(policy, source),
        classification,
        addedAt,
      })),
  }
}

function chance({ reported, rule, distanceBits }: FoundMatch, { liveValues }: SearchedState): number {
  const forms = HASH_TYPES[reported.type].orientable ? popcount32(orientationMask(rule)) : 1
  return expectedByChance(reported.type, distanceBits, liveValues(reported.type), forms)
}

function ruleThatFired({ reported: { type }, rule, orientation }: FoundMatch): string {
  if (rule.part === 'corroborate') return `corroborates:${type}`
  if (HASH_TYPES[type].kind === 'cryptographic') return `equal:${type}`
  return orientation === 0 ? `near:${type}` : `near-${ORIENTATIONS[orientation]}:${type}`
}
