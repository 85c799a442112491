import { describe, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { hashValue } from '../contract/arbitraries.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { Matches } from '../../src/search/hamming-index.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import {
  GOOD_PDQ,
  hitOf,
  sureHitOf,
  withRule,
  MD5,
  OTHER_PDQ,
  PDQ,
  POLICY,
  reported,
  reportOf,
  setOf,
} from './fixtures.ts'

/** The real set, which also notes how many queries each search asked. */
class CountingSet extends PlainKnownSet {
  readonly queryCounts: number[] = []

  override search(...asked: Parameters<PlainKnownSet['search']>): Matches {
    this.queryCounts.push(asked[1].length / 8)
    return super.search(...asked)
  }
}

describe('a reported value', () => {
  test('in upper case is found, and stands in the hit as it was reported', () => {
    const [byMd5, byPdq] = sureHitOf(
      setOf(entry('md5', MD5), entry('pdq', PDQ)),
      reportOf([reported('md5', MD5.toUpperCase()), reported('pdq', PDQ.toUpperCase(), 90)]),
    ).matches
    expect(byMd5).toMatchObject({ value: MD5.toUpperCase(), knownValue: MD5 })
    expect(byPdq).toMatchObject({ value: PDQ.toUpperCase(), knownValue: PDQ })
  })

  test('that a video repeats is one match', () => {
    const hashes = [
      GOOD_PDQ,
      GOOD_PDQ,
      reported('pdq', PDQ.toUpperCase(), 60),
      reported('md5', MD5),
      reported('md5', MD5),
    ]
    const hit = sureHitOf(
      setOf(entry('pdq', PDQ), entry('md5', MD5)),
      reportOf(hashes, { mediaType: 'video' }),
    )
    expect(hit.matches.map(({ type }) => type)).toEqual(['md5', 'pdq'])
    expect(hit.matchCount).toBe(2)
  })

  test('that a video repeats is searched if any of them has the quality', () => {
    const hashes = [reported('pdq', PDQ, 10), reported('pdq', PDQ, 80)]
    expect(hitOf(setOf(entry('pdq', PDQ)), reportOf(hashes, { mediaType: 'video' }))).toBeDefined()
  })

  test('that two reports of a batch share is searched once, and both have their hit', () => {
    const set = new CountingSet()
    const known = entry('pdq', PDQ)
    set.apply({ identity: known, key: knownHashKey(known), entry: known }, 0)
    const hits = new Matcher(set, POLICY).match([
      reportOf([GOOD_PDQ], { reportId: 'a' }),
      reportOf([reported('pdq', PDQ.toUpperCase(), 51)], { reportId: 'b' }),
    ])
    expect(set.queryCounts).toEqual([1])
    expect(hits.map((hit) => hit?.report.reportId)).toEqual(['a', 'b'])
  })

  test('of a type without a rule is not searched', () => {
    const { md5: _, ...hashes } = POLICY.hashes
    expect(
      hitOf(setOf(entry('md5', MD5)), reportOf([reported('md5', MD5)]), { ...POLICY, hashes }),
    ).toBeUndefined()
  })

  test('matches known values of its own type only', () => {
    expect(hitOf(setOf(entry('sha256', PDQ)), reportOf([GOOD_PDQ]))).toBeUndefined()
  })
})

describe('the distance', () => {
  const asIs = withRule('pdq', { part: 'hit', maxDistanceBits: 31 })

  test.each([0, 1, 30, 31])('of %d bits matches at a threshold of 31', (bits) => {
    const hit = sureHitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', flipped(PDQ, bits))]), asIs)
    expect(hit.matches).toMatchObject([{ distance: bits, threshold: 31 }])
  })

  test('of 32 bits does not', () => {
    expect(
      hitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', flipped(PDQ, 32))]), asIs),
    ).toBeUndefined()
  })

  test('orders the matches, the best first', () => {
    const set = setOf(...[9, 2, 31, 0].map((bits) => entry('pdq', flipped(PDQ, bits))))
    expect(sureHitOf(set, reportOf([GOOD_PDQ])).matches.map(({ distance }) => distance)).toEqual([
      0, 2, 9, 31,
    ])
  })
})

describe('the quality', () => {
  test.each<[number | undefined, Hit['grade'] | undefined, readonly string[]]>([
    [0, undefined, []],
    [49, undefined, []],
    [50, 'perceptual', ['near:pdq']],
    [100, 'perceptual', ['near:pdq']],
    [undefined, 'perceptual-weak', ['near:pdq', 'quality-absent:pdq']],
  ])('%s where 50 is asked: a hit of grade %s, why %j', (quality, grade, why) => {
    const hit = hitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', PDQ, quality)]))
    expect(hit?.grade).toBe(grade)
    expect(hit?.matches.map((match) => match.quality)).toEqual(hit && [quality])
    expect(hit?.why ?? []).toEqual(why)
  })

  test('that a report lacks is not told where another hash made the hit', () => {
    const hit = sureHitOf(
      setOf(entry('md5', MD5)),
      reportOf([reported('md5', MD5), reported('pdq', OTHER_PDQ)]),
    )
    expect(hit.why).toEqual(['equal:md5'])
  })
})

/** PDQ without so many of its 128 set bits: without 31 it is at the bound, without 32 it is degenerate. */
const thin = (clear: number): HashValue => {
  const bits = Array.from({ length: 256 }, (_, bit) => (parseInt(PDQ[bit >> 2], 16) >> (3 - (bit & 3))) & 1)
  for (let n = 0, bit = 0; n < clear; bit++) {
    n += bits[bit]
    bits[bit] = 0
  }
  const digits = Array.from({ length: 64 }, (_, at) =>
    parseInt(bits.slice(4 * at, 4 * at + 4).join(''), 2).toString(16),
  )
  return hashValue('pdq', digits.join(''))
}

describe('a degenerate hash of a report', () => {
  const wide = withRule('pdq', { part: 'hit', maxDistanceBits: 64, minQuality: 50 })

  test('makes no match, however near a known value is', () => {
    const set = setOf(entry('pdq', PDQ))
    expect(sureHitOf(set, reportOf([reported('pdq', thin(31), 100)]), wide).matches).toMatchObject([
      { distance: 31 },
    ])
    expect(hitOf(set, reportOf([reported('pdq', thin(32), 100)]), wide)).toBeUndefined()
  })

  test('is named in a hit that another hash makes, and takes nothing from it', () => {
    const set = setOf(entry('md5', MD5))
    const empty = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'
    const hit = sureHitOf(
      set,
      reportOf([
        reported('md5', MD5),
        reported('pdq', '0'.repeat(64), 100),
        reported('sha256', empty),
        reported('blockhash', 'ff00'.repeat(16)),
      ]),
    )
    expect(hit.why).toEqual(['degenerate:blockhash', 'degenerate:pdq', 'degenerate:sha256', 'equal:md5'])
    expect(hit).toMatchObject({ grade: 'exact-weak', matchCount: 1, support: { hashTypes: 1 } })
  })
})

describe('an orientation', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('of index %d is found and named', (index) => {
    // The known picture was turned: its hash is the predicted one, but for three bits.
    const turned = flipped(oriented(PDQ, index), 3)
    const hit = sureHitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', turned, 90)]))
    expect(hit.matches).toMatchObject([{ orientation: ORIENTATIONS[index], distance: 3, knownValue: PDQ }])
    expect(hit.why).toEqual([`near-${ORIENTATIONS[index]}:pdq`])
  })

  test('is not named where the picture is as it was', () => {
    expect(sureHitOf(setOf(entry('pdq', PDQ)), reportOf([GOOD_PDQ])).matches[0]).not.toHaveProperty(
      'orientation',
    )
  })

  test.each<[string, number, number, boolean]>([
    ['44 bits away at a threshold of 44', 44, 44, true],
    ['45 bits away at a threshold of 44', 45, 44, false],
    ['20 bits away at a threshold of 10', 20, 10, false],
  ])('%s: found %s', (_, bits, maxDistanceBits, isFound) => {
    const policy = withRule('pdq', {
      part: 'hit',
      maxDistanceBits: 31,
      orientations: { forms: ['turned-180'], maxDistanceBits },
    })
    const turned = flipped(oriented(PDQ, 3), bits)
    const hit = hitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', turned)]), policy)
    expect(hit !== undefined).toBe(isFound)
    if (hit) expect(hit.matches).toMatchObject([{ orientation: 'turned-180', threshold: maxDistanceBits }])
  })

  test('that the policy does not name is not searched', () => {
    const policy = withRule('pdq', {
      part: 'hit',
      maxDistanceBits: 31,
      orientations: { forms: ['turned-180'], maxDistanceBits: 31 },
    })
    const mirrored = reportOf([reported('pdq', oriented(PDQ, 1))])
    expect(hitOf(setOf(entry('pdq', PDQ)), mirrored, policy)).toBeUndefined()
  })
})

const suppress = (value: typeof PDQ, type: 'pdq' | 'md5' = 'pdq'): KnownHash =>
  entry(type, type === 'md5' ? MD5 : value, { source: 'operator', role: 'suppress' })

describe('role suppress', () => {
  test('silences a known value for reports near it', () => {
    const near = reportOf([reported('pdq', flipped(PDQ, 4), 90)])
    expect(hitOf(setOf(entry('pdq', PDQ), suppress(PDQ)), near)).toBeUndefined()
  })

  test('silences a reported value, though known values are near it', () => {
    const set = setOf(entry('pdq', flipped(PDQ, 4)), suppress(PDQ))
    expect(hitOf(set, reportOf([GOOD_PDQ]))).toBeUndefined()
    expect(hitOf(set, reportOf([reported('pdq', PDQ.toUpperCase(), 90)]))).toBeUndefined()
  })

  test('silences by equality alone: a bit away both sides still match', () => {
    const set = setOf(entry('pdq', flipped(PDQ, 4)), suppress(PDQ))
    expect(hitOf(set, reportOf([reported('pdq', flipped(PDQ, 1), 90)]))).toBeDefined()
  })

  test('silences a cryptographic value', () => {
    expect(
      hitOf(setOf(entry('md5', MD5), suppress(PDQ, 'md5')), reportOf([reported('md5', MD5)])),
    ).toBeUndefined()
  })

  test('leaves the other hashes of the report alone', () => {
    const set = setOf(entry('pdq', PDQ), entry('md5', MD5), suppress(PDQ))
    const hit = sureHitOf(set, reportOf([GOOD_PDQ, reported('md5', MD5)]))
    expect(hit.matches.map(({ type }) => type)).toEqual(['md5'])
    expect(hit.matchCount).toBe(1)
  })
})

test('a canary is never matched', () => {
  expect(hitOf(setOf(entry('pdq', PDQ, { role: 'canary' })), reportOf([GOOD_PDQ]))).toBeUndefined()
})

describe('slices of a batch', () => {
  const reports = Array.from({ length: 1_000 }, (_, n) => reportOf([GOOD_PDQ], { reportId: `report-${n}` }))
  const set = setOf(
    ...Array.from({ length: 200 }, (_, n) => entry('pdq', flipped(OTHER_PDQ, 1 + (n % 7), n))),
  )

  function slicesFor(budgetMicros: number, of = reports): number[] {
    const matcher = new Matcher(set, POLICY)
    const lengths: number[] = []
    for (let from = 0; from < of.length; from += lengths[lengths.length - 1]) {
      lengths.push(matcher.sliceLength(of, from, budgetMicros))
      if (lengths.length > of.length) throw new Error('The slices never end.')
    }
    return lengths
  }

  test.each([0, 1, 100, 5_000, Infinity])(
    'of %d µs are at least one report long and cover all of them',
    (budget) => {
      const lengths = slicesFor(budget)
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1)
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(reports.length)
    },
  )

  test('are one report each where one alone takes longer than the budget', () => {
    expect(slicesFor(0)).toEqual(Array(reports.length).fill(1))
  })

  test.each([0, 50, 1e9])(
    'that end early, after %d µs, match the first reports as the whole batch does',
    (budget) => {
      const of = Array.from({ length: 400 }, (_, n) =>
        reportOf(
          [
            reported('pdq', flipped(OTHER_PDQ, n % 90, n), 90),
            reported('pdq', flipped(OTHER_PDQ, 3, 2 * n), 90),
          ],
          {
            reportId: `report-${n}`,
            mediaType: 'video',
          },
        ),
      )
      const matcher = new Matcher(set, POLICY)
      const hits = matcher.match(of)
      const sliced: (Hit | undefined)[] = []
      let slices = 0
      for (; sliced.length < of.length; slices++) {
        const first = matcher.match(of.slice(sliced.length), budget)
        expect(first.length).toBeGreaterThanOrEqual(1)
        sliced.push(...first)
      }
      expect(sliced).toEqual(hits)
      if (budget === 0) expect(slices).toBeGreaterThan(1)
      if (budget === 1e9) expect(slices).toBe(1)
    },
  )

  test('keep to the budget by the estimate of the index', () => {
    const { pdq } = POLICY.hashes
    const query = {
      maxDistanceBits: pdq?.maxDistanceBits ?? 0,
      orientations: { mask: 0xff, maxDistanceBits: 31 },
      limit: 64,
    }
    const budget = 500
    const [first] = slicesFor(budget)
    const isWithin = set.estimateMicros('pdq', first, query) <= budget * 1.01
    const isFull = set.estimateMicros('pdq', first + 1, query) >= budget * 0.99
    expect([first > 1, isWithin, isFull]).toEqual([true, true, true])
  })

  test('are the whole batch where nothing of it is searched by distance', () => {
    const exact = reports.map((_, n) => reportOf([reported('md5', MD5)], { reportId: `report-${n}` }))
    expect(slicesFor(0, exact)).toEqual([exact.length])
  })
})

test('nothing is found in an empty batch, or by a policy without rules', () => {
  const set = setOf(entry('pdq', PDQ), entry('md5', MD5))
  const report = reportOf([GOOD_PDQ, reported('md5', MD5)])
  expect(new Matcher(set, POLICY).match([])).toEqual([])
  expect(new Matcher(set, { hashes: {}, origins: {} }).match([report])).toEqual([undefined])
})
