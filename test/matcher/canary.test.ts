import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CANARY_ENTRIES,
  CANARY_PLATFORM,
  canaryEntry,
  canaryValue,
  canaryValues,
  isCanaryReport,
} from '../../src/contract/canary.ts'
import type { Hit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { decodeReport, type ReportedHash } from '../../src/contract/report.ts'
import { HASH_TYPE_NAMES, isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import type { KnownSet } from '../../src/known/known-set.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import { SetReader } from '../../src/known/set-reader.ts'
import { canaryReport, canaryTypes } from '../../src/matcher/canary-report.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import { ThreadPrefilter } from '../../src/matcher/thread-prefilter.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import type { HashRule, Policy } from '../../src/policy/policy.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import { PDQ, POLICY, reported, reportOf } from './fixtures.ts'

const CANARIES = HASH_TYPE_NAMES.map(canaryEntry)
/** Enough to try every type in every orientation. */
const ROUNDS = 4 * ORIENTATIONS.length

function fill<Set extends KnownSet>(set: Set, entries: readonly KnownHash[]): Set {
  for (const [offset, one] of entries.entries())
    set.apply({ identity: one, key: knownHashKey(one), entry: one }, offset)
  set.publish()
  return set
}

/** A canary report as a matcher gets it: from bytes. */
function received(policy: Policy, round: number): ReceivedReport & { readonly types: readonly HashType[] } {
  const sent = canaryReport(policy, round, `canary-${round}`, new Date(0))
  const report = decodeReport(Buffer.from(JSON.stringify(sent.report)))
  if (!('reportId' in report)) throw new Error('A canary report breaks the contract.')
  return { report, receivedAtMs: 0, types: sent.types }
}

const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    pdqBits: fc.integer({ min: 0, max: 64 }),
    orientedBits: fc.integer({ min: 0, max: 64 }),
    forms: fc.subarray(ORIENTATIONS.slice(1), { minLength: 1 }),
    blockhashBits: fc.integer({ min: 0, max: 64 }),
    blockhash: fc.constantFrom<HashRule['part'][]>('corroborate', 'hit'),
    md5: fc.constantFrom<HashRule['part'][]>('corroborate', 'hit'),
  })
  .map(({ pdqBits, orientedBits, forms, blockhashBits, blockhash, md5 }) => ({
    hashes: {
      md5: { part: md5 },
      sha1: { part: 'hit' },
      pdq: {
        part: 'hit',
        maxDistanceBits: pdqBits,
        minQuality: 50,
        orientations: { forms, maxDistanceBits: orientedBits },
      },
      blockhash: { part: blockhash, maxDistanceBits: blockhashBits },
    },
    origins: {},
  }))

describe('a canary report', () => {
  test('finds the canaries of its types by any policy, and in turn every type has one', () => {
    const set = fill(new PlainKnownSet({ index: 'flat' }), CANARIES)
    fc.assert(
      fc.property(anyPolicy, fc.nat(1_000), (policy, firstRound) => {
        const matcher = new Matcher(set, policy)
        const tried = new Set<HashType>()
        for (let round = firstRound; round < firstRound + 4; round++) {
          const { types, ...one } = received(policy, round)
          expect(isCanaryReport(one.report)).toBe(true)
          const [outcome] = matcher.matchWithCanaries([one])
          expect(outcome).toMatchObject({ schema: 'canary' })
          expect(outcome?.schema === 'canary' && new Set(outcome.types)).toEqual(new Set(types))
          for (const type of types) tried.add(type)
        }
        expect(tried).toEqual(new Set(canaryTypes(policy)))
      }),
      { numRuns: 50 },
    )
  })

  test('is found in the set that threads share, by the prefilter too, in every round', () => {
    const set = fill(new PackedKnownSet({ readers: 1 }), CANARIES)
    const reader = new SetReader(set.openReader(), 0)
    const reports = Array.from({ length: ROUNDS }, (_, round) => received(POLICY, round))
    const { candidates } = new ThreadPrefilter(reader, POLICY).prefilter(
      reader.newestFrame(),
      reports,
      Infinity,
    )
    expect(candidates).toEqual([...reports.keys()])
    for (const [round, outcome] of new Matcher(set, POLICY).matchWithCanaries(reports).entries())
      expect(outcome?.schema === 'canary' && new Set(outcome.types)).toEqual(new Set(reports[round].types))
  })

  test.each(HASH_TYPE_NAMES)('tells when the canary of %s is gone, or silenced', (type) => {
    const left = CANARIES.filter((one) => one.type !== type)
    const silenced = [...CANARIES, entry(type, canaryValue(type), { role: 'suppress' })]
    for (const entries of [left, silenced]) {
      const matcher = new Matcher(fill(new PackedKnownSet({ index: 'flat' }), entries), POLICY)
      const reports = Array.from({ length: 4 }, (_, round) => received(POLICY, round))
      for (const [round, outcome] of matcher.matchWithCanaries(reports).entries()) {
        const found = outcome?.schema === 'canary' ? outcome.types : []
        expect(new Set(found)).toEqual(new Set(reports[round].types.filter((one) => one !== type)))
      }
    }
  })

  test('makes no hit, even if a list has the very value', () => {
    const listed = HASH_TYPE_NAMES.map((type) => entry(type, canaryValue(type)))
    const matcher = new Matcher(fill(new PlainKnownSet(), [...CANARIES, ...listed]), POLICY)
    const reports = Array.from({ length: ROUNDS }, (_, round) => received(POLICY, round))
    expect(matcher.match(reports)).toEqual(reports.map(() => undefined))
    expect(matcher.matchWithCanaries(reports).every((outcome) => outcome?.schema === 'canary')).toBe(true)
  })
})

test('nobody hides behind the name: a known hash that is reported as a canary makes a hit', () => {
  const matcher = new Matcher(fill(new PlainKnownSet(), [...CANARIES, entry('pdq', PDQ)]), POLICY)
  const hidden = reportOf([reported('pdq', flipped(PDQ, 9), 90), reported('md5', canaryValue('md5'))], {
    platform: CANARY_PLATFORM,
  })
  const [hit] = matcher.match([hidden])
  expect(hit?.matches.map(({ type, distance }) => [type, distance])).toEqual([['pdq', 9]])
})

// Reports and entries around the canaries, as nobody sends or lists them, unless to disturb.

const nearCanary = fc
  .tuple(fc.nat(7), fc.integer({ min: 0, max: 40 }), fc.nat(255))
  .map(([orientation, bits, from]) => flipped(oriented(canaryValue('pdq'), orientation), bits, from))
const typedValue = fc.oneof(
  { weight: 6, arbitrary: nearCanary.map((value) => ['pdq', value] as const) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...HASH_TYPE_NAMES)
      .chain((type) => fc.constantFrom(...canaryValues(type)).map((value) => [type, value] as const)),
  },
)
const anyHash: fc.Arbitrary<ReportedHash> = fc
  .tuple(typedValue, fc.option(fc.integer({ min: 45, max: 55 }), { nil: undefined }))
  .map(([[type, value], quality]) => reported(type, value, isPerceptual(type) ? quality : undefined))
const anyReport = fc
  .array(anyHash, { minLength: 1, maxLength: 4 })
  .map((hashes) => reportOf(hashes, { mediaType: 'video' }))
const anyEntry = fc
  .tuple(typedValue, fc.constantFrom<KnownHash['role'][]>('match', 'match', 'match', 'suppress', 'canary'))
  .map(([[type, value], role]) => entry(type, value, { role, sourceId: value.slice(0, 8) }))
/** More than a hit names, so that the canary is now among the best of them and now beyond. */
const crowd = fc
  .tuple(fc.integer({ min: 55, max: 75 }), fc.nat(31))
  .map(([count, bits]) =>
    Array.from({ length: count }, (_, n) =>
      entry('pdq', flipped(flipped(canaryValue('pdq'), bits), 2, 40 + 2 * n), { sourceId: `crowd-${n}` }),
    ),
  )

const withoutState = (hit: Hit | undefined): unknown => hit && { ...hit, knownSet: undefined }

test('hits are the same with the canaries in the set and without them', () => {
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 20 }),
      fc.oneof(fc.constant([]), crowd),
      fc.array(anyReport, { minLength: 1, maxLength: 5 }),
      anyPolicy,
      (entries, many, reports, policy) => {
        const listed = [...entries, ...many]
        const bare = new Matcher(fill(new PlainKnownSet({ index: 'flat' }), listed), policy)
        const watched = new Matcher(
          fill(new PackedKnownSet({ index: 'flat' }), [...listed, ...CANARY_ENTRIES]),
          policy,
        )
        expect(watched.match(reports).map(withoutState)).toEqual(bare.match(reports).map(withoutState))
      },
    ),
    // A counterexample is made smaller for so long, not for minutes.
    { numRuns: 400, interruptAfterTimeLimit: 30_000 },
  )
})
