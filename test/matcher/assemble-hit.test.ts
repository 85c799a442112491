import { describe, expect, test } from 'vitest'
import { decodeHit, encodeHit, hitId } from '../../src/contract/hit.ts'
import { type KnownHash } from '../../src/contract/known-hash.ts'
import { reportDigest, type Report } from '../../src/contract/report.ts'
import { chanceOfPair } from '../../src/hash/chance.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { policyDigest } from '../../src/policy/policy.ts'
import { flipped } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import {
  BLOCKHASH,
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
  SHA1,
  SHA256,
} from './fixtures.ts'

describe('a hit', () => {
  test.each([-(2 ** 63), -1, Date.UTC(10_000, 0), 8.64e15, 2 ** 63])(
    'of a report whose record has the time %d is made, and can be read',
    (receivedAtMs) => {
      const hit = sureHitOf(setOf(entry('pdq', PDQ)), { ...reportOf([GOOD_PDQ]), receivedAtMs })
      expect(decodeHit(Buffer.from(encodeHit(hit)))).toEqual(hit)
    },
  )

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
          quality: 90,
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
      priority: 2,
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
    expect(hits[0]).toMatchObject({ grade: 'exact', priority: 4, support: { origins: 1, hashTypes: 4 } })
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
