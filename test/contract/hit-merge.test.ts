import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grade, support } from '../../src/contract/grade.ts'
import { HitMergeError, mergeHits } from '../../src/contract/hit-merge.ts'
import {
  compareEntries,
  compareMatches,
  decodeHit,
  encodeHit,
  MAX_KNOWN_ENTRIES,
  MAX_MATCHES,
  type Hit,
  type KnownEntry,
  type Match,
} from '../../src/contract/hit.ts'
import { hexDigits, type HashType } from '../../src/hash/hash-type.ts'
import { entry } from '../fixtures/entries.ts'
import { hitOf, MD5, PDQ, reported, reportOf, setOf, sureHitOf } from '../matcher/fixtures.ts'
import { hit as anyHit } from './arbitraries.ts'

const ONE_REPORT = 'a'.repeat(64)
const OTHER_REPORT = 'b'.repeat(64)
const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/** Few ids, so that the same entry comes up again and says something else. */
const knownEntry: fc.Arbitrary<KnownEntry> = fc.record({
  source: fc.constantFrom('ncmec', 'iwf', 'vics'),
  sourceId: fc.integer({ min: 1, max: 5 }).map(String),
  origin: fc.constantFrom('ncmec', 'iwf'),
  classification: fc.record({ scheme: fc.constant('s'), code: fc.constantFrom('A1', 'B2') }),
  addedAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
})

const matchOf = (digest: fc.Arbitrary<string>): fc.Arbitrary<Match> =>
  fc
    .record({
      reportDigest: digest,
      type: fc.constantFrom<HashType[]>('sha1', 'md5', 'pdq'),
      digit: fc.constantFrom(...DIGITS),
      knownDigit: fc.constantFrom(...DIGITS.slice(0, 4)),
      // Two of one key that differ in this only.
      threshold: fc.constantFrom(31, 32),
      orientation: fc.constantFrom(undefined, 'turned-180' as const),
      quality: fc.constantFrom(undefined, 50, 100),
      known: fc.uniqueArray(knownEntry, {
        minLength: 1,
        maxLength: MAX_KNOWN_ENTRIES,
        selector: ({ source, sourceId }) => `${source}:${sourceId}`,
      }),
    })
    .map(({ type, digit, knownDigit, orientation, quality, known, ...match }) => ({
      ...match,
      type,
      value: digit.repeat(hexDigits(type)),
      knownValue: knownDigit.repeat(hexDigits(type)),
      distance: type === 'pdq' ? Number(digit) : 0,
      ...(type === 'pdq' && orientation ? { orientation } : {}),
      ...(type === 'pdq' && quality ? { quality } : {}),
      known: known.sort(compareEntries),
    }))

/** A hit as a matcher makes them: in order, nothing twice, and what is derived is right. Mostly of one report. */
const hitOfId = (digest: fc.Arbitrary<string>): fc.Arbitrary<Hit> =>
  fc
    .record({
      hit: anyHit,
      matches: fc.uniqueArray(matchOf(digest), {
        minLength: 1,
        maxLength: MAX_MATCHES,
        size: 'max',
        comparator: (a, b) => compareMatches(a, b) === 0,
      }),
      reportDigest: digest,
      offset: fc.integer({ min: 0, max: 2 }),
      policy: fc.constantFrom('0'.repeat(64), '1'.repeat(64)),
      uncounted: fc.nat(2),
    })
    .map(({ hit, matches, reportDigest, offset, policy, uncounted }) => ({
      ...hit,
      hitId: 'c'.repeat(64),
      reportDigest,
      matches: matches.sort(compareMatches),
      matchCount: matches.length + uncounted,
      truncated: uncounted > 0,
      grade: grade(matches),
      support: support(matches),
      knownSet: { ...hit.knownSet, offset },
      policy,
    }))

const oneReport = hitOfId(fc.constant(ONE_REPORT))
const anyReport = hitOfId(fc.constantFrom(ONE_REPORT, ONE_REPORT, ONE_REPORT, OTHER_REPORT))
const anyOfId = fc.oneof(oneReport, anyReport)

const bytes = (hit: Hit): string => encodeHit(hit)

/** What moves as one. */
const block = ({ knownSet, policy, why, report, receivedAt, reportDigest }: Hit): unknown => ({
  knownSet,
  policy,
  why,
  report,
  receivedAt,
  reportDigest,
})

describe('the union of hits of one id', () => {
  test('does not depend on their order', () => {
    fc.assert(
      fc.property(anyOfId, anyOfId, (a, b) => {
        expect(bytes(mergeHits(a, b))).toBe(bytes(mergeHits(b, a)))
      }),
    )
  })

  test('does not depend on which two are merged first', () => {
    fc.assert(
      fc.property(anyOfId, anyOfId, anyOfId, (a, b, c) => {
        expect(bytes(mergeHits(mergeHits(a, b), c))).toBe(bytes(mergeHits(a, mergeHits(b, c))))
      }),
      { numRuns: 300 },
    )
  })

  test('is not changed by a hit that is in it, and of a hit with itself is that hit', () => {
    fc.assert(
      fc.property(oneReport, anyOfId, (a, b) => {
        const union = mergeHits(a, b)
        for (const again of [a, b, union]) expect(bytes(mergeHits(union, again))).toBe(bytes(union))
        expect(bytes(mergeHits(a, a))).toBe(bytes(a))
      }),
    )
  })

  test('keeps the contract', () => {
    fc.assert(
      fc.property(anyOfId, anyOfId, (a, b) => {
        const union = mergeHits(a, b)
        expect(decodeHit(Buffer.from(encodeHit(union)))).toEqual(union)
      }),
    )
  })

  // The same words as in the design, without a thought for speed.
  test('holds the best matches of both, each with the first entries of both, and counts and derives from them', () => {
    fc.assert(
      fc.property(anyOfId, anyOfId, (a, b) => {
        const union = mergeHits(a, b)
        const both = [...a.matches, ...b.matches]
        const keys = both
          .filter((match, at) => both.findIndex((other) => compareMatches(match, other) === 0) === at)
          .sort(compareMatches)
        expect(union.matches.length).toBe(Math.min(keys.length, MAX_MATCHES))
        let isCut = keys.length > MAX_MATCHES
        for (const [at, match] of union.matches.entries()) {
          expect(compareMatches(match, keys[at])).toBe(0)
          const entries = both.filter((one) => compareMatches(one, match) === 0).flatMap(({ known }) => known)
          const ids = [...new Set(entries.map(({ source, sourceId }) => `${source}:${sourceId}`))].sort()
          const named = match.known.map(({ source, sourceId }) => `${source}:${sourceId}`)
          expect(named).toEqual(ids.slice(0, MAX_KNOWN_ENTRIES))
          for (const one of match.known) expect(entries).toContainEqual(one)
          isCut ||= ids.length > MAX_KNOWN_ENTRIES
        }
        expect(union.truncated).toBe(a.truncated || b.truncated || isCut)
        expect(union.matchCount).toBe(Math.max(a.matchCount, b.matchCount, union.matches.length))
        expect(union.grade).toBe(grade(union.matches))
        expect(union.support).toEqual(support(union.matches))
        expect(union.priority).toBe(Math.max(a.priority, b.priority))
        expect(union.expectedByChance).toBe(Math.min(a.expectedByChance, b.expectedByChance))
        expect(union.retroactive).toBe(a.retroactive && b.retroactive)
      }),
    )
  })

  test('takes what was searched, by what rules and for which report, from the newest as one', () => {
    fc.assert(
      fc.property(anyOfId, anyOfId, (a, b) => {
        const union = mergeHits(a, b)
        expect([block(a), block(b)]).toContainEqual(block(union))
        expect(union.knownSet.offset).toBe(Math.max(a.knownSet.offset, b.knownSet.offset))
        if (a.knownSet.offset === b.knownSet.offset)
          expect(union.policy).toBe(a.policy > b.policy ? a.policy : b.policy)
      }),
    )
  })

  test('says so if they are of different reports under one id, even where only the newest is left to see', () => {
    fc.assert(
      fc.property(fc.array(oneReport, { minLength: 2, maxLength: 4 }), fc.boolean(), (hits, isTwo) => {
        if (isTwo) {
          // As if another file had been reported under the id: all of it is of another report.
          const [first] = hits
          const matches = first.matches.map((match) => ({ ...match, reportDigest: OTHER_REPORT }))
          hits[0] = { ...first, reportDigest: OTHER_REPORT, matches }
        }
        expect(hits.reduce(mergeHits).reportsDiffer).toBe(isTwo ? true : undefined)
        expect(hits.toReversed().reduce(mergeHits).reportsDiffer).toBe(isTwo ? true : undefined)
      }),
    )
  })

  test('cannot be made of two ids', () => {
    fc.assert(
      fc.property(oneReport, (hit) => {
        expect(() => mergeHits(hit, { ...hit, hitId: 'd'.repeat(64) })).toThrow(HitMergeError)
      }),
      { numRuns: 5 },
    )
  })
})

describe('hits that a matcher made', () => {
  const report = reportOf([reported('pdq', PDQ, 90), reported('md5', MD5)])

  test('of the same report and set are one and the same', () => {
    const hit = sureHitOf(setOf(entry('pdq', PDQ), entry('md5', MD5)), report)
    expect(mergeHits(hit, hit)).toEqual(hit)
  })

  test('before and after a list grew keep what either found, and the later state', () => {
    const live = sureHitOf(setOf(entry('md5', MD5, { sourceId: '7' })), report)
    const later = hitOf(
      setOf(entry('blockhash', PDQ), entry('pdq', PDQ), entry('pdq', PDQ, { source: 'iwf' })),
      report,
    )
    if (!later) throw new Error('Expected a hit.')
    const union = mergeHits(live, { ...later, retroactive: true })
    expect(union.matches.map(({ type }) => type)).toEqual(['md5', 'pdq'])
    expect(union).toMatchObject({
      grade: 'exact-weak',
      support: { origins: 2, hashTypes: 2 },
      knownSet: later.knownSet,
      retroactive: false,
      priority: live.priority,
    })
  })
})
