import { describe, expect, test } from 'vitest'
import { decodeHit, encodeHit, hitId, type Hit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { reportDigest, type Report } from '../../src/contract/report.ts'
import { chanceOfPair } from '../../src/hash/chance.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { PlainKnownSet } from '../../src/known/plain-known-set.ts'
import { Matcher, type ReceivedReport } from '../../src/matcher/matcher.ts'
import { policyDigest, type HashRule, type Policy } from '../../src/policy/policy.ts'
import type { Matches } from '../../src/search/hamming-index.ts'
import {
  BLOCKHASH,
  entry,
  flipped,
  MD5,
  oriented,
  OTHER_PDQ,
  PDQ,
  POLICY,
  reported,
  reportOf,
  setOf,
  SHA1,
  SHA256,
} from './fixtures.ts'

const GOOD_PDQ = reported('pdq', PDQ, 90)

function hitOf(set: PlainKnownSet, report: ReceivedReport, policy: Policy = POLICY): Hit | undefined {
  const [hit] = new Matcher(set, policy).match([report])
  if (hit) expect(decodeHit(Buffer.from(encodeHit(hit))), 'a hit keeps its own contract').toEqual(hit)
  return hit
}

/** The hit that there must be. */
function sureHitOf(set: PlainKnownSet, report: ReceivedReport, policy: Policy = POLICY): Hit {
  const hit = hitOf(set, report, policy)
  if (!hit) throw new Error('Expected a hit, found none.')
  return hit
}

/** The real set, which also notes how many queries each search asked. */
class CountingSet extends PlainKnownSet {
  readonly queryCounts: number[] = []

  override search(...[type, queries, query]: Parameters<PlainKnownSet['search']>): Matches {
    this.queryCounts.push(queries.length / 8)
    return super.search(type, queries, query)
  }
}

const withRule = (type: 'pdq' | 'blockhash' | 'md5', rule: HashRule): Policy => ({
  ...POLICY,
  hashes: { ...POLICY.hashes, [type]: rule },
})

describe('a hit', () => {
  test('says all that a reviewer needs, and nothing that is not known', () => {
    const set = setOf(entry('pdq', PDQ), entry('sha256', SHA256, { source: 'iwf' }))
    const received = reportOf([GOOD_PDQ])
    expect(hitOf(set, received)).toEqual({
      schema: 'hit/1',
      hitId: hitId('example', 'report-1'),
      report: {
        reportId: 'report-1',
        platform: 'example',
        observedAt: '2026-03-04T05:06:07Z',
        mediaType: 'image',
        contentRef: 'content-1',
        viewed: { thisFile: 'unknown' },
        basis: { kind: 'own-terms' },
      },
      receivedAt: '2026-03-04T05:06:08.000Z',
      reportDigest: reportDigest(received.report),
      matches: [
        {
          reportDigest: reportDigest(received.report),
          type: 'pdq',
          value: PDQ,
          knownValue: PDQ,
          distance: 0,
          threshold: 31,
          known: [
            {
              source: 'ncmec',
              sourceId: '1',
              origin: 'ncmec',
              classification: { scheme: 'ncmec', code: 'A1' },
              addedAt: '2026-01-02T03:04:05Z',
            },
          ],
        },
      ],
      matchCount: 1,
      truncated: false,
      grade: 'perceptual',
      support: { origins: 1, hashTypes: 1 },
      priority: 1,
      expectedByChance: chanceOfPair('pdq', 0) * 1 * 8,
      knownSet: { offset: 2, digest: set.digest, entries: 2 },
      policy: policyDigest(POLICY),
      retroactive: false,
      why: ['near:pdq'],
    })
  })

  test('is one for a report, however many of its hashes match', () => {
    const set = setOf(entry('pdq', PDQ), entry('sha256', SHA256), entry('md5', MD5), entry('sha1', SHA1))
    const hashes = [GOOD_PDQ, reported('md5', MD5), reported('sha1', SHA1), reported('sha256', SHA256)]
    const hits = new Matcher(set, POLICY).match([reportOf(hashes)])
    expect(hits).toHaveLength(1)
    expect(hits[0]?.matches.map(({ type }) => type)).toEqual(['sha256', 'sha1', 'md5', 'pdq'])
    expect(hits[0]).toMatchObject({ grade: 'exact', priority: 3, support: { origins: 1, hashTypes: 4 } })
  })

  test('is none where nothing matches', () => {
    const set = setOf(entry('pdq', PDQ), entry('md5', MD5))
    expect(
      hitOf(set, reportOf([reported('pdq', OTHER_PDQ, 90), reported('md5', '0'.repeat(32))])),
    ).toBeUndefined()
  })

  test('is none where the set is empty', () => {
    expect(hitOf(setOf(), reportOf([GOOD_PDQ, reported('md5', MD5)]))).toBeUndefined()
  })

  test('has the same bytes for the same report, set and policy, in whatever batch it comes', () => {
    const entries = [entry('pdq', PDQ), entry('pdq', flipped(PDQ, 8)), entry('md5', MD5)]
    const received = reportOf([GOOD_PDQ, reported('md5', MD5)])
    const noise = reportOf([reported('pdq', flipped(PDQ, 3), 90)], { reportId: 'report-2' })
    const alone = new Matcher(setOf(...entries), POLICY).match([received])[0]
    const inBatch = new Matcher(setOf(...entries.toReversed()), POLICY).match([noise, received, noise])[1]
    expect(alone && encodeHit(alone)).toBe(inBatch && encodeHit(inBatch))
  })

  test('has one hitId when the set has changed meanwhile', () => {
    const received = reportOf([GOOD_PDQ])
    const before = sureHitOf(setOf(entry('pdq', PDQ)), received)
    const after = sureHitOf(setOf(entry('pdq', PDQ), entry('pdq', flipped(PDQ, 2))), received)
    expect(after.hitId).toBe(before.hitId)
    expect(after.knownSet).not.toEqual(before.knownSet)
  })

  test('stands at the place of its report in the batch', () => {
    const hits = new Matcher(setOf(entry('md5', MD5)), POLICY).match([
      reportOf([reported('sha1', SHA1)], { reportId: 'a' }),
      reportOf([reported('md5', MD5)], { reportId: 'b' }),
      reportOf([reported('pdq', PDQ)], { reportId: 'c' }),
    ])
    expect(hits.map((hit) => hit?.report.reportId)).toEqual([undefined, 'b', undefined])
  })

  test('never says that a file was viewed unless the report does', () => {
    const set = setOf(entry('md5', MD5))
    const viewedOf = (viewed: Report['viewed']): unknown =>
      sureHitOf(set, reportOf([reported('md5', MD5)], viewed ? { viewed } : {})).report.viewed
    expect(viewedOf(undefined)).toEqual({ thisFile: 'unknown' })
    expect(viewedOf({ thisFile: 'unknown', by: 'human' })).toEqual({ thisFile: 'unknown', by: 'human' })
    expect(viewedOf({ thisFile: 'no' })).toEqual({ thisFile: 'no' })
    expect(viewedOf({ thisFile: 'yes', by: 'human' })).toEqual({ thisFile: 'yes', by: 'human' })
  })

  test("carries the report's references and basis, and not its hashes that did not match", () => {
    const received = reportOf([reported('md5', MD5), reported('sha1', SHA1)], {
      actorRef: 'actor',
      collectionRef: 'collection',
      byteLength: 12,
      jurisdictions: ['US'],
      basis: { kind: 'seized', ref: 'case-1' },
    })
    const hit = sureHitOf(setOf(entry('md5', MD5)), received)
    expect(hit.report).toMatchObject({
      actorRef: 'actor',
      collectionRef: 'collection',
      byteLength: 12,
      jurisdictions: ['US'],
      basis: { kind: 'seized', ref: 'case-1' },
    })
    expect(encodeHit(hit)).not.toContain(SHA1)
  })
})

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
  test.each<[number | undefined, boolean, readonly string[]]>([
    [0, false, []],
    [49, false, []],
    [50, true, ['near:pdq']],
    [100, true, ['near:pdq']],
    [undefined, true, ['near:pdq', 'quality-absent:pdq']],
  ])('%s where 50 is asked: found %s, why %j', (quality, isFound, why) => {
    const hit = hitOf(setOf(entry('pdq', PDQ)), reportOf([reported('pdq', PDQ, quality)]))
    expect(hit !== undefined).toBe(isFound)
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

describe('a hash that only corroborates', () => {
  const report = reportOf([GOOD_PDQ, reported('blockhash', BLOCKHASH)])

  test('makes no hit alone', () => {
    expect(
      hitOf(setOf(entry('blockhash', BLOCKHASH)), reportOf([reported('blockhash', BLOCKHASH)])),
    ).toBeUndefined()
    expect(hitOf(setOf(entry('blockhash', BLOCKHASH)), report)).toBeUndefined()
  })

  test('is named in a hit of the same entry of a list', () => {
    const hit = sureHitOf(setOf(entry('pdq', PDQ), entry('blockhash', BLOCKHASH)), report)
    expect(hit.matches.map(({ type }) => type)).toEqual(['pdq', 'blockhash'])
    expect(hit).toMatchObject({
      matchCount: 2,
      support: { origins: 1, hashTypes: 2 },
      why: ['corroborates:blockhash', 'near:pdq'],
    })
  })

  test.each<[string, Partial<KnownHash>]>([
    ['another sourceId', { sourceId: '2' }],
    ['another source', { source: 'iwf' }],
  ])('is not named where it points to %s', (_, fields) => {
    const hit = sureHitOf(setOf(entry('pdq', PDQ), entry('blockhash', BLOCKHASH, fields)), report)
    expect(hit.matches.map(({ type }) => type)).toEqual(['pdq'])
    expect(hit).toMatchObject({
      matchCount: 1,
      truncated: false,
      support: { origins: 1, hashTypes: 1 },
      why: ['near:pdq'],
    })
  })

  test('counts only where it is named, however many of its values were near', () => {
    const strangers = Array.from({ length: 100 }, (_, n) =>
      entry('blockhash', flipped(BLOCKHASH, 1 + (n % 10), n), { sourceId: `stranger-${n}` }),
    )
    const hit = sureHitOf(setOf(entry('pdq', PDQ), entry('blockhash', BLOCKHASH), ...strangers), report)
    expect(hit.matches.map(({ type }) => type)).toEqual(['pdq', 'blockhash'])
    expect(hit).toMatchObject({ matchCount: 2, truncated: false })
  })
})

describe('the grade', () => {
  const report = reportOf([reported('md5', MD5), reported('sha1', SHA1)])

  test('is exact where MD5 and SHA-1 belong to one entry, weak where to two', () => {
    expect(sureHitOf(setOf(entry('md5', MD5), entry('sha1', SHA1)), report).grade).toBe('exact')
    expect(sureHitOf(setOf(entry('md5', MD5), entry('sha1', SHA1, { sourceId: '2' })), report).grade).toBe(
      'exact-weak',
    )
  })
})

describe('more than a hit can name', () => {
  test('of matches: the best 64 are named, all are counted', () => {
    const known = Array.from({ length: 100 }, (_, n) => entry('pdq', flipped(PDQ, 1 + (n % 20), n)))
    const values = new Map(known.map((one) => [one.value, one]))
    const hit = sureHitOf(setOf(...values.values()), reportOf([GOOD_PDQ]))
    expect(hit.matches).toHaveLength(64)
    expect(hit.matchCount).toBe(values.size)
    expect(hit.truncated).toBe(true)
    const distances = hit.matches.map(({ distance }) => distance)
    expect(distances).toEqual(distances.toSorted((a, b) => a - b))
  })

  test('of matches of several hashes together', () => {
    const known = Array.from({ length: 50 }, (_, n) => [
      entry('pdq', flipped(PDQ, 1, n)),
      entry('pdq', flipped(OTHER_PDQ, 2, 3 * n)),
    ]).flat()
    const hashes = [reported('pdq', OTHER_PDQ, 90), GOOD_PDQ, reported('md5', MD5)]
    const hit = sureHitOf(setOf(...known, entry('md5', MD5)), reportOf(hashes, { mediaType: 'video' }))
    expect(hit).toMatchObject({ matchCount: 101, truncated: true })
    expect(hit.matches.map(({ distance }) => distance)).toEqual([
      0,
      ...Array(50).fill(1),
      ...Array(13).fill(2),
    ])
  })

  test('of known entries of a value: the first eight by source and id, and it says so', () => {
    const entries = Array.from({ length: 9 }, (_, n) => entry('md5', MD5, { source: `list-${n}` }))
    const hit = sureHitOf(setOf(...entries.toReversed()), reportOf([reported('md5', MD5)]))
    expect(hit.matches[0].known.map(({ source }) => source)).toEqual(
      entries.slice(0, 8).map(({ source }) => source),
    )
    expect(hit).toMatchObject({ matchCount: 1, truncated: true })
  })

  test('exactly 64 matches of eight entries each are not too many', () => {
    const known = Array.from({ length: 64 }, (_, n) =>
      Array.from({ length: 8 }, (_unused, list) =>
        entry('pdq', flipped(PDQ, 1, n), { source: `list-${list}` }),
      ),
    ).flat()
    expect(sureHitOf(setOf(...known), reportOf([GOOD_PDQ]))).toMatchObject({
      matchCount: 64,
      truncated: false,
    })
  })
})

describe('expectedByChance', () => {
  test('grows with the number of known values and of orientations searched', () => {
    const strangers = Array.from({ length: 9 }, (_, n) => entry('pdq', flipped(OTHER_PDQ, 1, n)))
    const set = setOf(entry('pdq', PDQ), ...strangers)
    const report = reportOf([reported('pdq', flipped(PDQ, 20), 90)])
    expect(sureHitOf(set, report).expectedByChance).toBeCloseTo(chanceOfPair('pdq', 20) * 10 * 8, 20)
    const asIs = withRule('pdq', { part: 'hit', maxDistanceBits: 31 })
    expect(sureHitOf(set, report, asIs).expectedByChance).toBeCloseTo(chanceOfPair('pdq', 20) * 10, 20)
  })

  test('is that of the best match', () => {
    const set = setOf(entry('pdq', PDQ), entry('md5', MD5))
    const { expectedByChance } = sureHitOf(set, reportOf([GOOD_PDQ, reported('md5', MD5)]))
    expect(expectedByChance).toBe(2 ** -128)
  })

  test('is no business of a hash that only corroborates', () => {
    const set = setOf(entry('pdq', PDQ), entry('blockhash', BLOCKHASH))
    const near = reported('pdq', flipped(PDQ, 30), 90)
    const alone = sureHitOf(set, reportOf([near])).expectedByChance
    expect(sureHitOf(set, reportOf([near, reported('blockhash', BLOCKHASH)])).expectedByChance).toBe(alone)
  })
})

test('the origin of a source is that of the policy, and copies count once', () => {
  const set = setOf(entry('md5', MD5), entry('md5', MD5, { source: 'mirror' }))
  const policy = { ...POLICY, origins: { mirror: 'ncmec' } }
  const hit = sureHitOf(set, reportOf([reported('md5', MD5)]), policy)
  expect(hit.matches[0].known.map(({ origin }) => origin)).toEqual(['ncmec', 'ncmec'])
  expect(hit.support.origins).toBe(1)
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
