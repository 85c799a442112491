// Generated messages that keep the contract: what property tests of every room start from.
import fc, { type Arbitrary } from 'fast-check'
import { GRADES, type Hit, type KnownEntry, type Match } from '../../src/contract/hit.ts'
import { isSourceId, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report, ReportedHash } from '../../src/contract/report.ts'
import { degeneracyOf } from '../../src/hash/degenerate.ts'
import { hexDigits, HASH_TYPE_NAMES, isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'

/** A value that must be there: fails the test otherwise. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('The test itself is wrong: a value is missing.')
  return value
}

/** The canonical hash value that `text` prints. */
export const hashValue = (type: HashType, text: string): HashValue => required(parseHashValue(type, text))

const textOf = (alphabet: string, minLength: number, maxLength: number): Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength })

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
const REF_ALPHABET = `ABCXYZ${LOWER}._:-`

const reference = textOf(REF_ALPHABET, 1, 256)
const sourceName = textOf(`${LOWER}-`, 1, 32)
const platformName = fc
  .tuple(textOf(LOWER, 1, 1), textOf(`${LOWER}._-`, 0, 63))
  .map(([first, rest]) => first + rest)

/** RFC 3339, UTC, with and without a fraction. */
const timestamp = fc
  .tuple(
    fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    }),
    fc.boolean(),
  )
  .map(([date, withFraction]) =>
    withFraction ? date.toISOString() : date.toISOString().replace(/\.\d+Z$/, 'Z'),
  )

const hexValue = (type: HashType): Arbitrary<string> =>
  textOf('0123456789abcdef', hexDigits(type), hexDigits(type))

/** A value that can be known: not a degenerate one. */
const canonicalValue = (type: HashType): Arbitrary<HashValue> =>
  hexValue(type)
    .map((text) => hashValue(type, text))
    .filter((value) => degeneracyOf(type, value) === undefined)

/** A value in either case, as platforms write them. */
const printedValue = (type: HashType): Arbitrary<string> =>
  fc.tuple(hexValue(type), fc.boolean()).map(([text, upper]) => (upper ? text.toUpperCase() : text))

/** For records whose fields may each be absent (never undefined). */
const ANY_OF_THEM = { requiredKeys: [] } satisfies { requiredKeys: [] }

const reportedHash = (type: HashType): Arbitrary<ReportedHash> =>
  isPerceptual(type)
    ? fc
        .tuple(printedValue(type), fc.record({ quality: fc.integer({ min: 0, max: 100 }) }, ANY_OF_THEM))
        .map(([value, quality]) => ({ type, value, ...quality }))
    : printedValue(type).map((value) => ({ type, value }))

const hashType = fc.constantFrom(...HASH_TYPE_NAMES)
const imageHashes = fc
  .subarray([...HASH_TYPE_NAMES], { minLength: 1 })
  .chain((types) => fc.tuple(...types.map(reportedHash)))
const videoHashes = fc.array(hashType.chain(reportedHash), { minLength: 1, maxLength: 16 })

const basis = fc
  .tuple(
    fc.constantFrom<Hit['report']['basis']['kind'][]>(
      'own-terms',
      'cybertip',
      'legal-process',
      'seized',
      'emergency',
    ),
    fc.record({ ref: reference }, ANY_OF_THEM),
  )
  .map(([kind, rest]) => ({ kind, ...rest }))

const viewed = fc
  .tuple(
    fc.constantFrom<Hit['report']['viewed']['thisFile'][]>('yes', 'no', 'unknown'),
    fc.record({ by: fc.constantFrom<('human' | 'automated')[]>('human', 'automated') }, ANY_OF_THEM),
  )
  .map(([thisFile, rest]) => ({ thisFile, ...rest }))

const optionalReportFields = {
  actorRef: reference,
  collectionRef: reference,
  byteLength: fc.maxSafeNat(),
  cybertipId: textOf('0123456789', 1, 20),
  jurisdictions: fc.array(fc.constantFrom('US', 'US-CA', 'DE-BY', 'GB'), { minLength: 1, maxLength: 16 }),
  annotations: fc.array(
    fc.constantFrom<NonNullable<Report['annotations']>[number][]>('viral', 'infant', 'generativeAi'),
    { minLength: 1, maxLength: 10 },
  ),
}

const reportFields = fc
  .tuple(
    fc.record({
      reportId: textOf(REF_ALPHABET, 1, 128),
      platform: platformName,
      observedAt: timestamp,
      contentRef: reference,
    }),
    fc.record(optionalReportFields, ANY_OF_THEM),
  )
  .map(([fields, optional]) => ({ ...fields, ...optional }))

/** Any report that keeps the contract. */
export const report: Arbitrary<Report> = fc
  .tuple(
    reportFields,
    fc.record({ viewed, basis }, ANY_OF_THEM),
    fc.oneof(
      imageHashes.map((hashes) => ({ mediaType: 'image' as const, hashes })),
      videoHashes.map((hashes) => ({ mediaType: 'video' as const, hashes })),
    ),
  )
  .map(([fields, optional, media]) => ({ schema: 'report/1', ...fields, ...optional, ...media }))

const classification = fc.record({
  scheme: textOf(`${LOWER}._-`, 1, 16),
  code: textOf(`ABC${LOWER} ._-`, 1, 32),
})

/** Texts that a source may use as its id of a file: at most 64 bytes, no control characters. */
const sourceId = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'abc019%:/ "\\{}é€'.split('')),
      fc.constantFrom('😀', '\u2028'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 64,
  })
  .filter(isSourceId)

/** Any entry of the known-hash set. */
export const knownHash: Arbitrary<KnownHash> = hashType.chain((type) =>
  fc
    .tuple(
      fc.record({
        value: canonicalValue(type),
        source: sourceName,
        sourceId,
        classification,
        role: fc.constantFrom<KnownHash['role'][]>('match', 'suppress', 'canary'),
        purpose: fc.constantFrom<KnownHash['purpose'][]>('csam', 'self-submitted', 'ncii', 'terrorism'),
        handling: fc.record({
          audience: fc.constantFrom<KnownHash['handling']['audience'][]>(
            'this-deployment',
            'law-enforcement',
            'members',
          ),
          onward: fc.constantFrom<KnownHash['handling']['onward'][]>('none', 'same-audience'),
        }),
        addedAt: timestamp,
      }),
      fc.record(
        {
          series: sourceId,
          victimIdentified: fc.boolean(),
          tags: fc.array(sourceId, { minLength: 1, maxLength: 4 }),
        },
        ANY_OF_THEM,
      ),
    )
    .map(([entry, optional]) => ({ schema: 'known-hash/1', type, ...entry, ...optional })),
)

const sha256 = hexValue('sha256')

const knownEntry: Arbitrary<KnownEntry> = fc.record({
  source: sourceName,
  sourceId,
  origin: sourceName,
  classification,
  addedAt: timestamp,
})

/** Any match of a hit; few values, so that ties come up. */
export const match: Arbitrary<Match> = hashType.chain((type) =>
  fc
    .tuple(
      fc.record({
        reportDigest: fc.constantFrom('0'.repeat(64), '1'.repeat(64)),
        value: fc.constantFrom('a', 'b', 'A').map((digit) => digit.repeat(hexDigits(type))),
        knownValue: fc.constantFrom('a', 'b').map((digit) => digit.repeat(hexDigits(type))),
        distance: fc.integer({ min: 0, max: 2 }),
        threshold: fc.integer({ min: 0, max: 256 }),
        known: fc.array(knownEntry, { minLength: 1, maxLength: 3 }),
      }),
      fc.record(
        { orientation: fc.constantFrom(...ORIENTATIONS.slice(1)), quality: fc.integer({ min: 0, max: 100 }) },
        ANY_OF_THEM,
      ),
    )
    .map(([fields, optional]) => ({ type, ...fields, ...optional })),
)

/** Any hit that keeps the contract (what its fields say of each other may be made up). */
export const hit: Arbitrary<Hit> = fc
  .tuple(reportFields, viewed, basis, fc.constantFrom<Report['mediaType'][]>('image', 'video'))
  .chain(([fields, view, ground, mediaType]) =>
    fc.record({
      schema: fc.constant('hit/1' as const),
      hitId: sha256,
      report: fc.constant({ ...fields, mediaType, viewed: view, basis: ground }),
      receivedAt: timestamp,
      reportDigest: sha256,
      matches: fc.array(match, { minLength: 1, maxLength: 5 }),
      matchCount: fc.integer({ min: 1, max: 1_000 }),
      truncated: fc.boolean(),
      grade: fc.constantFrom<Hit['grade'][]>(...GRADES),
      support: fc.record({
        origins: fc.integer({ min: 1, max: 9 }),
        hashTypes: fc.integer({ min: 1, max: 5 }),
      }),
      priority: fc.integer({ min: 1, max: 3 }),
      expectedByChance: fc.double({ min: 0, max: 1e9, noNaN: true }),
      knownSet: fc.record({ offset: fc.maxSafeNat(), digest: sha256, entries: fc.maxSafeNat() }),
      policy: sha256,
      retroactive: fc.boolean(),
      why: fc.array(fc.constantFrom('equal:sha256', 'near:pdq', 'quality-absent:pdq'), { maxLength: 3 }),
    }),
  )
