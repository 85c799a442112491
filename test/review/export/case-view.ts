// A case for the tests of exports: hits as they are, and what was decided on each.
import type { Hit, Match } from '../../../src/contract/hit.ts'
import type { CaseHit, CaseView, DecisionView } from '../../../src/contract/review.ts'

const DIGEST = 'd'.repeat(64)
const hex = (digit: string, length: number): string => digit.repeat(length)

export const entry = (scheme: string, code: string, sourceId = '42-7'): Match['known'][number] => ({
  source: scheme,
  sourceId,
  origin: scheme,
  classification: { scheme, code },
  addedAt: '2026-01-10T00:00:00Z',
})

const DIGITS = { sha256: 64, sha1: 40, md5: 32, pdq: 64, blockhash: 64 } as const

/** A match of this type; its known value is other hex digits than the reported one if it is perceptual. */
export function matchOf(
  type: keyof typeof DIGITS,
  known: Match['known'],
  changes: Partial<Match> = {},
): Match {
  const isNear = type === 'pdq' || type === 'blockhash'
  return {
    reportDigest: DIGEST,
    type,
    value: hex('A', DIGITS[type]),
    knownValue: hex(isNear ? 'e' : 'a', DIGITS[type]),
    distance: isNear ? 12 : 0,
    threshold: isNear ? 31 : 0,
    known,
    ...changes,
  }
}

export function hitOf(number: number, matches: Match[], changes: Partial<Hit> = {}): Hit {
  return {
    schema: 'hit/1',
    hitId: String(number).padStart(64, '0'),
    report: {
      reportId: `report-${number}`,
      platform: 'photos',
      observedAt: '2026-11-30T09:00:00Z',
      mediaType: 'image',
      contentRef: `content-${number}`,
      viewed: { thisFile: 'unknown' },
      basis: { kind: 'own-terms' },
    },
    receivedAt: '2026-11-30T09:00:01.000Z',
    reportDigest: DIGEST,
    matches,
    matchCount: matches.length,
    truncated: false,
    grade: 'exact',
    support: { origins: 1, hashTypes: 1 },
    priority: 1,
    expectedByChance: 0,
    knownSet: { offset: 1, digest: DIGEST, entries: 1 },
    policy: DIGEST,
    retroactive: false,
    why: [],
    ...changes,
  }
}

export const decided = (hit: Hit, verdict: DecisionView['verdict'] = 'refer', stands = true): CaseHit => ({
  hit,
  evidence: DIGEST,
  isWaiting: false,
  decision: {
    decisionId: '00000000-0000-4000-8000-000000000000',
    hitId: hit.hitId,
    caseId: '7',
    verdict,
    reviewer: 'reviewer-1',
    reason: 'A reason',
    note: 'An internal note',
    decidedAt: '2026-11-30T10:00:00.000Z',
    stage: 'first',
    stands,
  },
  outcomes: [],
})

export const caseOf = (hits: CaseHit[]): CaseView => ({
  case: {
    caseId: '7',
    kind: 'actor',
    platform: 'photos',
    queue: 'all',
    state: 'decided',
    stage: 'first',
    priority: 1,
    isRaised: false,
    oldestAt: '2026-11-30T09:00:01.000Z',
    hits: hits.length,
    undecided: 0,
    grades: ['exact'],
    classifications: [],
    jurisdictions: [],
    decidedAt: '2026-11-30T10:00:00.000Z',
    hasLegalHold: false,
  },
  openedBecause: 'first',
  evidence: DIGEST,
  hits,
  history: [],
  needsSecond: false,
})
