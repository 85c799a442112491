// assembleHit by itself, on matches that no search has found.
import { describe, expect, test } from 'vitest'
import { MAX_KNOWN_ENTRIES, MAX_MATCHES } from '../../src/contract/hit.ts'
import type { HashRule } from '../../src/policy/policy.ts'
import { assembleHit, type FoundMatch, type SearchedState } from '../../src/matcher/assemble-hit.ts'
import { policyDigest } from '../../src/policy/policy.ts'
import { flipped } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import { BLOCKHASH, GOOD_PDQ, PDQ, POLICY, reported, reportOf } from './fixtures.ts'

const RECEIVED = reportOf([GOOD_PDQ])
const STATE: SearchedState = {
  knownSet: { offset: 7, digest: '0'.repeat(64), entries: 3 },
  liveValues: () => 1_000,
  policy: POLICY,
  policyDigest: policyDigest(POLICY),
}

const rule = (type: 'pdq' | 'blockhash', part: HashRule['part']): HashRule => ({
  ...POLICY.hashes[type],
  part,
})

const near = (bits: number, fields: Partial<FoundMatch> = {}): FoundMatch => ({
  reported: GOOD_PDQ,
  rule: rule('pdq', 'hit'),
  knownValue: flipped(PDQ, bits),
  distanceBits: bits,
  orientation: 0,
  entries: [entry('pdq', flipped(PDQ, bits))],
  ...fields,
})

const hitOf = (foundMatches: readonly FoundMatch[], hitMakingCount = foundMatches.length) =>
  assembleHit(RECEIVED, { foundMatches, hitMakingCount, notes: ['a-note'] }, STATE)

describe('assembleHit', () => {
  test('makes no hit of foundMatches that may only corroborate', () => {
    const corroborating = near(0, {
      reported: reported('blockhash', BLOCKHASH),
      rule: rule('blockhash', 'corroborate'),
    })
    expect(hitOf([])).toBeUndefined()
    expect(hitOf([corroborating], 0)).toBeUndefined()
  })

  test('takes in what corroborates only if it names a list entry that a hit-making match names', () => {
    const own = entry('pdq', PDQ, { source: 'iwf', sourceId: '9' })
    const making = near(2, { entries: [own] })
    const blockhash = { reported: reported('blockhash', BLOCKHASH), rule: rule('blockhash', 'corroborate') }
    const bound = near(0, { ...blockhash, knownValue: BLOCKHASH, entries: [own] })
    const unbound = near(0, {
      ...blockhash,
      knownValue: BLOCKHASH,
      entries: [entry('blockhash', BLOCKHASH, { source: 'other' })],
    })
    expect(hitOf([making, bound], 1)).toMatchObject({
      matchCount: 2,
      support: { origins: 1, hashTypes: 2 },
      why: ['a-note', 'corroborates:blockhash', 'near:pdq'],
    })
    expect(hitOf([making, unbound], 1)).toMatchObject({ matchCount: 1, why: ['a-note', 'near:pdq'] })
  })

  test('keeps the nearest matches and a few entries of each, counts all, and says that it is truncated', () => {
    const many = Array.from({ length: MAX_MATCHES + 6 }, (_, n) => near(30 - (n % 16) * 2))
    const hit = hitOf(many, 5_000)
    expect(hit?.matches).toHaveLength(MAX_MATCHES)
    expect(hit?.matches.map(({ distance }) => distance)).toEqual(
      many
        .map(({ distanceBits }) => distanceBits)
        .sort((a, b) => a - b)
        .slice(0, MAX_MATCHES),
    )
    expect(hit).toMatchObject({ matchCount: 5_000, truncated: true })

    const entries = Array.from({ length: MAX_KNOWN_ENTRIES + 1 }, (_, n) =>
      entry('pdq', PDQ, { sourceId: String(n) }),
    )
    const ofOne = hitOf([near(0, { entries })])
    expect(ofOne?.matches[0].known).toHaveLength(MAX_KNOWN_ENTRIES)
    expect(ofOne).toMatchObject({ matchCount: 1, truncated: true })
    expect(hitOf([near(0, { entries: entries.slice(1) })])).toMatchObject({ truncated: false })
  })

  test('names the orientation of a turned picture, and its threshold', () => {
    const hit = hitOf([near(4, { orientation: 1 })])
    expect(hit?.matches[0]).toMatchObject({ distance: 4, orientation: expect.any(String) })
    expect(hit?.why[1]).toMatch(/^near-[a-z0-9-]+:pdq$/)
    expect(hitOf([near(4)])?.matches[0]).not.toHaveProperty('orientation')
  })

  test('expects as many chance matches as the least likely of its matches does', () => {
    const [nearest, farther] = [hitOf([near(0)]), hitOf([near(30)])].map(
      (hit) => hit?.expectedByChance ?? NaN,
    )
    expect(nearest).toBeLessThan(farther)
    expect(hitOf([near(30), near(0)])?.expectedByChance).toBe(nearest)
  })

  test('takes the set, the policy and the times from what was searched and received, never from a clock', () => {
    expect(hitOf([near(0)])).toMatchObject({
      knownSet: STATE.knownSet,
      policy: STATE.policyDigest,
      receivedAt: new Date(RECEIVED.receivedAtMs).toISOString(),
      retroactive: false,
    })
  })
})
