// The matcher against a second one, written for the eye.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeHit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { ReportedHash } from '../../src/contract/report.ts'
import { HASH_TYPES, type HashType } from '../../src/hash/hash-type.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { HashRule, Policy } from '../../src/policy/policy.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import { BLOCKHASH, MD5, OTHER_PDQ, PDQ, reportOf, SHA1, SHA256 } from './fixtures.ts'
import { NaiveMatcher, naivePartOf } from './naive-matcher.ts'

const pdqs = fc
  .tuple(
    fc.constantFrom(PDQ, OTHER_PDQ),
    fc.constantFrom(0, 0, 0, 1, 3, 5, 6),
    fc.integer({ min: 0, max: 34 }),
    fc.nat(40),
  )
  .map(([value, orientation, bits, from]) =>
    flipped(orientation === 0 ? value : oriented(value, orientation), bits, from),
  )

const typedValue: fc.Arbitrary<readonly [HashType, HashValue]> = fc.oneof(
  { weight: 6, arbitrary: pdqs.map((value) => ['pdq', value] as const) },
  { weight: 2, arbitrary: fc.nat(14).map((bits) => ['blockhash', flipped(BLOCKHASH, bits)] as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<(readonly [HashType, HashValue])[]>(
      ['md5', MD5],
      ['sha1', SHA1],
      ['sha256', SHA256],
    ),
  },
)

const anyEntry = fc
  .record({
    typed: typedValue,
    source: fc.constantFrom('a', 'b', 'c'),
    sourceId: fc.constantFrom('1', '2', '3', '4', '5'),
    role: fc.oneof(
      { weight: 12, arbitrary: fc.constant('match' as const) },
      { weight: 1, arbitrary: fc.constantFrom<KnownHash['role'][]>('suppress', 'canary') },
    ),
  })
  .map(({ typed: [type, value], ...fields }) => entry(type, value, fields))

const anyHash: fc.Arbitrary<ReportedHash> = fc
  .tuple(typedValue, fc.option(fc.integer({ min: 45, max: 55 }), { nil: undefined }), fc.boolean())
  .map(([[type, value], quality, isUpper]) => ({
    type,
    value: isUpper ? value.toUpperCase() : value,
    ...(quality === undefined || HASH_TYPES[type].kind === 'cryptographic' ? {} : { quality }),
  }))

/** A report of distinct values: repeats have a promise of their own. */
const anyReport = fc
  .uniqueArray(anyHash, {
    minLength: 1,
    maxLength: 6,
    selector: ({ type, value }) => `${type}:${value.toLowerCase()}`,
  })
  .map((hashes) => reportOf(hashes, { mediaType: 'video' }))

const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    pdqBits: fc.constantFrom(0, 8, 31),
    orientedBits: fc.constantFrom(0, 20, 44),
    forms: fc.subarray(ORIENTATIONS.slice(1)),
    minQuality: fc.constantFrom(undefined, 50),
    blockhash: fc.constantFrom<HashRule['part'][]>('corroborate', 'hit'),
    md5: fc.constantFrom<HashRule['part'][]>('corroborate', 'hit'),
    origins: fc.constantFrom<Policy['origins'][]>({}, { b: 'a' }),
  })
  .map(({ pdqBits, orientedBits, forms, minQuality, blockhash, md5, origins }) => ({
    hashes: {
      sha256: { part: 'hit' },
      sha1: { part: 'hit' },
      md5: { part: md5 },
      pdq: {
        part: 'hit',
        maxDistanceBits: pdqBits,
        ...(minQuality === undefined ? {} : { minQuality }),
        ...(forms.length === 0 ? {} : { orientations: { forms, maxDistanceBits: orientedBits } }),
      },
      blockhash: { part: blockhash, maxDistanceBits: 10 },
    },
    origins,
  }))

test.each(['flat', 'bk-tree'] as const)('with the index %s, hits are those of brute force', (indexKind) => {
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 60, size: 'max' }),
      fc.array(anyReport, { minLength: 1, maxLength: 4 }),
      anyPolicy,
      (entries, reports, policy) => {
        const byKey = new Map(entries.map((one) => [knownHashKey(one), one]))
        const set = new PackedKnownSet({ index: indexKind })
        for (const [key, one] of byKey) set.apply({ identity: one, key, entry: one }, 0)
        const matcher = new Matcher(set, policy)
        const naive = new NaiveMatcher(policy)
        const hits = matcher.match(reports)
        for (const [at, report] of reports.entries()) {
          const hit = hits[at]
          expect(hit && naivePartOf(hit)).toEqual(naive.hitOf([...byKey.values()], report.report))
          const alone = matcher.match([report])[0]
          expect(alone && encodeHit(alone)).toBe(hits[at] && encodeHit(hits[at]))
        }
      },
    ),
    // A counterexample is made smaller for so long, not for minutes.
    { numRuns: 300, interruptAfterTimeLimit: 30_000 },
  )
})
