import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import { compareEntries, compareMatches, decodeHit, encodeHit, type Hit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { ReportedHash } from '../../src/contract/report.ts'
import { isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import { RetroMatcher } from '../../src/matcher/retro-matcher.ts'
import { ChangedValues } from '../../src/matcher/changed-values.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import { BLOCKHASH, MD5, OTHER_PDQ, PDQ, POLICY, reported, reportOf, SHA1, withRule } from './fixtures.ts'

/** A known set with its history, and the rounds that look back. */
class History {
  readonly set = new PlainKnownSet()
  readonly matcher = new Matcher(this.set, POLICY)
  #touched = new ChangedValues()
  #offset = 0

  apply(one: KnownHash, isThere = true): void {
    this.set.apply({ identity: one, key: knownHashKey(one), entry: isThere ? one : null }, this.#offset++)
    this.#touched.add(one)
  }

  /** The matcher of all changes since the last round. */
  round(policy = POLICY, expectedReports = 1): RetroMatcher {
    const touched = this.#touched
    this.#touched = new ChangedValues()
    return new RetroMatcher(touched, policy, new Matcher(this.set, policy), { expectedReports })
  }
}

const setAfter = (...entries: readonly KnownHash[]): History => {
  const history = new History()
  for (const one of entries) history.apply(one)
  return history
}

const pdqReport = (value: HashValue, quality = 90): ReceivedReport =>
  reportOf([reported('pdq', value, quality)])

describe('a replayed report', () => {
  test('that is near an added value is a retroactive hit, in each orientation of the policy', () => {
    for (let orientation = 0; orientation < 8; orientation++) {
      const report = pdqReport(flipped(oriented(PDQ, orientation), 10))
      const [hit] = setAfter(entry('pdq', PDQ)).round().match([report])
      expect(hit?.retroactive).toBe(true)
      expect(hit && decodeHit(Buffer.from(encodeHit(hit)))).toEqual(hit)
    }
    const turned = pdqReport(oriented(PDQ, 5))
    const upright = withRule('pdq', { part: 'hit', maxDistanceBits: 31 })
    expect(setAfter(entry('pdq', PDQ)).round(upright).match([turned])).toEqual([undefined])
  })

  test('is matched against the whole set, not only what is new', () => {
    const history = setAfter(entry('pdq', flipped(PDQ, 4)))
    history.round()
    history.apply(entry('md5', MD5))
    const [hit] = history.round().match([reportOf([reported('pdq', PDQ, 90), reported('md5', MD5)])])
    expect(hit?.matches.map(({ type }) => type)).toEqual(['md5', 'pdq'])
  })

  test('that no change touches is not looked at again, though it would be a hit', () => {
    const history = setAfter(entry('pdq', PDQ))
    history.round()
    history.apply(entry('pdq', OTHER_PDQ))
    expect(history.round().match([pdqReport(PDQ)])).toEqual([undefined])
  })

  test('of too low a quality is no hit, as it was none before', () => {
    expect(
      setAfter(entry('pdq', PDQ))
        .round()
        .match([pdqReport(PDQ, 49)]),
    ).toEqual([undefined])
  })

  test('is a hit once nothing silences its value any more', () => {
    const known = flipped(PDQ, 4)
    for (const silenced of [PDQ, known]) {
      const silence = entry('pdq', silenced, { source: 'no', role: 'suppress' })
      const history = setAfter(entry('pdq', known), silence)
      expect(history.round().match([pdqReport(PDQ)])).toEqual([undefined])
      history.apply(silence, false)
      expect(history.round().match([pdqReport(PDQ)])[0]?.matches[0]).toMatchObject({ knownValue: known })
    }
  })

  test('gets the support of a new value that only corroborates', () => {
    const history = setAfter(entry('pdq', PDQ))
    history.round()
    history.apply(entry('blockhash', BLOCKHASH))
    const report = reportOf([reported('pdq', PDQ, 90), reported('blockhash', flipped(BLOCKHASH, 9))])
    const [hit] = history.round().match([report])
    expect(hit?.support).toEqual({ origins: 1, hashTypes: 2 })
  })
})

test.each([0, 30, Infinity])(
  'looking back with a stop every %d µs ends with what a whole run finds',
  (budget) => {
    const reports = Array.from({ length: 300 }, (_, n) => pdqReport(flipped(PDQ, n % 60, n % 5)))
    const history = setAfter(entry('pdq', PDQ), entry('pdq', flipped(PDQ, 9)))
    const round = history.round()
    const sliced: (Hit | undefined)[] = []
    while (sliced.length < reports.length) {
      const some = round.match(reports.slice(sliced.length), budget)
      expect(some.length).toBeGreaterThanOrEqual(1)
      sliced.push(...some)
    }
    expect(sliced).toEqual(round.match(reports))
    expect(sliced.filter((hit) => hit !== undefined).length).toBeGreaterThan(100)
  },
)

test('thousands of values are found in tables as one by one, where many reports will come', () => {
  const random = seededRandom(3)
  const values = Array.from({ length: 5_000 }, () => randomBalancedHash(random))
  const history = setAfter(...values.map((value) => entry('pdq', value)))
  const reports = values.slice(0, 50).map((value, n) => pdqReport(flipped(oriented(value, n % 8), n % 33)))
  const many = history.round(POLICY, 1e9).match(reports)
  expect(many.map((hit) => hit !== undefined)).toEqual(reports.map((_, n) => n % 33 <= 31))
})

const typedValue: fc.Arbitrary<readonly [HashType, HashValue]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(PDQ, OTHER_PDQ), fc.constantFrom(0, 0, 3, 5), fc.nat(36), fc.nat(20))
      .map(([value, form, bits, from]) => ['pdq', flipped(oriented(value, form), bits, from)] as const),
  },
  { weight: 2, arbitrary: fc.nat(12).map((bits) => ['blockhash', flipped(BLOCKHASH, bits)] as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<(readonly [HashType, HashValue])[]>(
      ['md5', MD5],
      ['sha1', SHA1],
      ['pdq', PDQ],
    ),
  },
)

const anyEntry = fc
  .record({
    typed: typedValue,
    source: fc.constantFrom('a', 'b'),
    sourceId: fc.constantFrom('1', '2', '3'),
    role: fc.constantFrom<KnownHash['role'][]>('match', 'match', 'match', 'match', 'suppress', 'canary'),
  })
  .map(({ typed: [type, value], ...fields }) => entry(type, value, fields))

const anyHash: fc.Arbitrary<ReportedHash> = fc
  .tuple(typedValue, fc.integer({ min: 45, max: 70 }))
  .map(([[type, value], quality]) => reported(type, value, isPerceptual(type) ? quality : undefined))

const anyReport = fc
  .tuple(
    fc.uniqueArray(anyHash, { minLength: 1, maxLength: 4, selector: ({ type, value }) => type + value }),
    fc.uuid(),
  )
  .map(([hashes, reportId]) => reportOf(hashes, { mediaType: 'video', reportId }))

type Step = KnownHash | ReceivedReport | 'round' | number

/** Entries come, go (a number: that many changes ago) and come back; reports in between; a look back now and then. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: anyEntry },
  { weight: 4, arbitrary: anyReport },
  { weight: 2, arbitrary: fc.nat(5) },
  { weight: 1, arbitrary: fc.constant('round' as const) },
)

const matchesOf = (hit: Hit | undefined): Hit['matches'] => hit?.matches ?? []

const isThere = (matches: Hit['matches'], { known, ...match }: Hit['matches'][number]): boolean =>
  matches.some(
    (other) =>
      compareMatches(other, { ...match, known }) === 0 &&
      known.every((one) => other.known.some((more) => compareEntries(one, more) === 0)),
  )

describe('live and retro together', () => {
  test('find of every report what a search of the final set finds', () => {
    let late = 0
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40, size: 'max' }), (steps) => {
        const history = new History()
        const changes: KnownHash[] = []
        const reports: ReceivedReport[] = []
        const merged = new Map<string, Hit>()
        const publish = (hits: readonly (Hit | undefined)[]): void => {
          for (const hit of hits) {
            const before = hit && merged.get(hit.hitId)
            if (hit) merged.set(hit.hitId, before ? mergeHits(before, hit) : hit)
          }
        }
        for (const step of [...steps, 'round' as const]) {
          if (step === 'round') publish(history.round().match(reports))
          else if (typeof step === 'number') {
            const gone = changes.at(-1 - step)
            if (gone) history.apply(gone, false)
          } else if ('report' in step) {
            reports.push(step)
            publish(history.matcher.match([step]))
          } else {
            changes.push(step)
            history.apply(step)
          }
        }
        for (const hit of history.matcher.match(reports)) {
          if (!hit) continue
          const found = merged.get(hit.hitId)
          if (found?.retroactive) late++
          for (const match of hit.matches) {
            expect(found?.truncated === true || isThere(found?.matches ?? [], match)).toBe(true)
          }
        }
      }),
      { numRuns: 500, interruptAfterTimeLimit: 30_000 },
    )
    // Or else nothing was ever left for retro to find.
    expect(late).toBeGreaterThan(100)
  })

  test('leave out no report whose matches a change can change', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 20 }),
        fc.array(fc.tuple(anyEntry, fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.array(anyReport, { minLength: 1, maxLength: 4 }),
        (before, changes, reports) => {
          const history = setAfter(...before)
          const earlier = history.matcher.match(reports).map(matchesOf)
          history.round()
          for (const [one, isAdded] of changes) history.apply(one, isAdded)
          const again = history.round().match(reports)
          const later = history.matcher.match(reports).map(matchesOf)
          for (const [at, hit] of again.entries()) {
            if (hit) expect(hit.matches).toEqual(later[at])
            // Matches that are gone need no new hit; any that came do.
            else for (const match of later[at]) expect(isThere(earlier[at], match)).toBe(true)
          }
        },
      ),
      { numRuns: 500, interruptAfterTimeLimit: 30_000 },
    )
  })
})
