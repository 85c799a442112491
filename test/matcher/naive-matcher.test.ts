// The matcher against a second one, written for the eye: no index, no batch, no limit before the end.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareEntries, compareMatches, encodeHit, type Hit, type Match } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { reportDigest, type ReportedHash } from '../../src/contract/report.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { HASH_TYPES, isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import type { HashRule, Policy } from '../../src/policy/policy.ts'
import { hashValue } from '../contract/arbitraries.ts'
import {
  BLOCKHASH,
  entry,
  flipped,
  MD5,
  oriented,
  OTHER_PDQ,
  PDQ,
  reportOf,
  SHA1,
  SHA256,
} from './fixtures.ts'

interface Found {
  readonly rule: HashRule
  readonly match: Match
  readonly entries: readonly KnownHash[]
}

const distance = (a: HashValue, b: HashValue): number =>
  hammingDistance(packed(a), 0, packed(b), 0, a.length / 8)

/** The nearest orientation that the rule permits, or undefined. */
function nearest(
  rule: HashRule,
  type: HashType,
  known: HashValue,
  value: HashValue,
): [number, number] | undefined {
  if (!isPerceptual(type)) return known === value ? [0, 0] : undefined
  const forms = rule.orientations?.forms ?? []
  const candidates = ORIENTATIONS.flatMap((name, index): [number, number][] => {
    if (index !== 0 && !forms.some((form) => form === name)) return []
    const bits = distance(index === 0 ? known : oriented(known, index), value)
    const maxBits = index === 0 ? rule.maxDistanceBits : rule.orientations?.maxDistanceBits
    return bits <= (maxBits ?? 0) ? [[bits, index]] : []
  })
  return candidates.sort(([a, i], [b, j]) => a - b || i - j)[0]
}

/** What the design promises of a hit, from the entries alone. */
function naiveMatches(
  entries: readonly KnownHash[],
  { report }: ReceivedReport,
  policy: Policy,
): readonly Found[] {
  const found = new Map<string, Found>()
  const valuesOf = (type: HashType, role: KnownHash['role']): ReadonlySet<HashValue> =>
    new Set(entries.filter((one) => one.type === type && one.role === role).map((one) => one.value))
  for (const { type, value: printed, quality } of report.hashes) {
    const rule = policy.hashes[type]
    const value = hashValue(type, printed)
    const suppressed = valuesOf(type, 'suppress')
    if (!rule || suppressed.has(value)) continue
    if (rule.minQuality !== undefined && quality !== undefined && quality < rule.minQuality) continue
    for (const known of valuesOf(type, 'match')) {
      const best = suppressed.has(known) ? undefined : nearest(rule, type, known, value)
      const key = `${type}:${value}:${known}`
      if (!best || found.has(key)) continue
      const [bits, orientation] = best
      const itsEntries = entries
        .filter((one) => one.type === type && one.value === known && one.role === 'match')
        .sort(compareEntries)
      const match: Match = {
        reportDigest: reportDigest(report),
        type,
        value: printed,
        knownValue: known,
        distance: bits,
        threshold: (orientation === 0 ? rule.maxDistanceBits : rule.orientations?.maxDistanceBits) ?? 0,
        ...(orientation === 0 ? {} : { orientation: ORIENTATIONS[orientation] }),
        known: itsEntries.slice(0, 8).map(({ source, sourceId, classification, addedAt }) => ({
          source,
          sourceId,
          origin: policy.origins[source] ?? source,
          classification,
          addedAt,
        })),
      }
      found.set(key, { rule, match, entries: itsEntries })
    }
  }
  return [...found.values()]
}

const sharesEntry = (a: Found, b: Found): boolean =>
  a.entries.some((one) => b.entries.some((other) => compareEntries(one, other) === 0))

function expectAsNaive(hit: Hit | undefined, all: readonly Found[]): void {
  const making = all.filter(({ rule }) => rule.part === 'hit')
  if (making.length === 0) {
    expect(hit).toBeUndefined()
    return
  }
  const named = all.filter(
    ({ rule }, at) => rule.part === 'hit' || making.some((one) => sharesEntry(one, all[at])),
  )
  // Support is that of the matches named, so that it can be worked out again from the hit.
  const matches = named
    .map(({ match }) => match)
    .sort(compareMatches)
    .slice(0, 64)
  expect(hit?.matches).toEqual(matches)
  expect(hit?.matchCount).toBe(named.length)
  expect(hit?.truncated).toBe(named.length > 64 || named.some(({ entries }) => entries.length > 8))
  expect(hit?.support).toEqual({
    origins: new Set(matches.flatMap(({ known }) => known.map(({ origin }) => origin))).size,
    hashTypes: new Set(matches.map(({ type }) => type)).size,
  })
}

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
        const set = new PackedKnownSet(indexKind)
        for (const [key, one] of byKey) set.apply({ identity: one, key, entry: one }, 0)
        const matcher = new Matcher(set, policy)
        const hits = matcher.match(reports)
        for (const [at, report] of reports.entries()) {
          expectAsNaive(hits[at], naiveMatches([...byKey.values()], report, policy))
          const alone = matcher.match([report])[0]
          expect(alone && encodeHit(alone)).toBe(hits[at] && encodeHit(hits[at]))
        }
      },
    ),
    // A counterexample is made smaller for so long, not for minutes.
    { numRuns: 300, interruptAfterTimeLimit: 30_000 },
  )
})
