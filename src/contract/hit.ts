// Hits: reports that match known hashes, for people to review.
import { createHash } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { HASH_TYPES, HASH_TYPE_NAMES } from '../hash/hash-type.ts'
import { ORIENTATIONS, type Orientation } from '../hash/orientation.ts'
import { decodeMessage } from './decode.ts'
import { canonicalJson } from './json.ts'
import { Classification, Count, Offset, Sha256Hex, ShortText, SourceName, Timestamp } from './primitives.ts'
import { Basis, Quality, reportFields, Viewed } from './report.ts'
import type { Rejection } from './rejection.ts'

/** A hit names its best matches, up to this number, and counts the others. */
export const MAX_MATCHES = 64
/** A match names its known entries up to this number. */
export const MAX_KNOWN_ENTRIES = 8
/** The bounds above keep every hit below this size, so that no hit can stall a partition. */
export const HIT_MAX_BYTES = 256 * 1024

/** Weakest first; grade.ts says what each means. */
export const GRADES = ['perceptual-weak', 'perceptual', 'exact-weak', 'exact'] as const
export type Grade = (typeof GRADES)[number]

const KnownEntry = Type.Object(
  {
    source: SourceName,
    sourceId: ShortText,
    origin: SourceName,
    classification: Classification,
    addedAt: Timestamp,
  },
  { additionalProperties: false },
)
export type KnownEntry = Static<typeof KnownEntry>

const Match = Type.Object(
  {
    reportDigest: Sha256Hex,
    type: Type.Enum([...HASH_TYPE_NAMES]),
    value: Type.String({ pattern: '^[0-9a-fA-F]{32,64}$', description: 'As reported.' }),
    quality: Type.Optional({
      ...Quality,
      description:
        'As reported. Absent: the report gave none, so nothing says how much detail the picture has.',
    }),
    knownValue: Type.String({ pattern: '^[0-9a-f]{32,64}$' }),
    distance: Type.Integer({ minimum: 0, maximum: 256, description: 'In bits; 0 for equality.' }),
    threshold: Type.Integer({
      minimum: 0,
      maximum: 256,
      description: 'The greatest distance that would have matched.',
    }),
    orientation: Type.Optional(
      Type.Enum(ORIENTATIONS.slice(1), {
        description: 'What was done to the known picture to get this one; absent: nothing.',
      }),
    ),
    known: Type.Array(KnownEntry, { minItems: 1, maxItems: MAX_KNOWN_ENTRIES }),
  },
  { additionalProperties: false },
)
export type Match = Static<typeof Match>

export const Hit = Type.Object(
  {
    schema: Type.Literal('hit/1'),
    hitId: {
      ...Sha256Hex,
      description:
        'SHA-256 of four parts in a row: the length of `platform` in bytes (4 bytes, big-endian), `platform` in UTF-8, the length of `reportId`, `reportId`. One report has one hitId, however often it is sent or matched.',
    },
    report: Type.Object({ ...reportFields, viewed: Viewed, basis: Basis }, { additionalProperties: false }),
    receivedAt: {
      ...Timestamp,
      description:
        "Time of the report's record in the log; of one outside of the years 0 to 9999 the nearest within them.",
    },
    reportDigest: Sha256Hex,
    matches: Type.Array(Match, { minItems: 1, maxItems: MAX_MATCHES }),
    matchCount: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'All matches that make this hit, and the named ones that corroborate it.',
    }),
    truncated: Type.Boolean(),
    grade: Type.Enum([...GRADES], {
      description:
        'How strong the matches are together. exact: a SHA-256, or a SHA-1 and an MD5 of one entry. exact-weak: a SHA-1 or an MD5 alone, which can be forged. perceptual: at least one perceptual match whose reported hash came with a quality. perceptual-weak: perceptual matches of hashes without a quality alone; the picture may be nearly blank, and its hash then matches by chance.',
    }),
    support: Type.Object(
      { origins: Type.Integer({ minimum: 1 }), hashTypes: Type.Integer({ minimum: 1 }) },
      { additionalProperties: false, description: 'How many independent sources, and kinds of hash, agree.' },
    ),
    priority: Type.Integer({ minimum: 1, description: 'The higher, the sooner to be reviewed.' }),
    expectedByChance: Type.Number({
      minimum: 0,
      description:
        'Matches as near as the best one to expect if the picture were unrelated to every known one (measured tail, extrapolated below 66 bits for PDQ).',
    }),
    knownSet: Type.Object(
      { offset: Offset, digest: Sha256Hex, entries: Count },
      { additionalProperties: false, description: 'The state of the known-hash set that was searched.' },
    ),
    policy: Sha256Hex,
    retroactive: Type.Boolean(),
    why: Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 32,
      description:
        'The rules that fired, as rule:type. equal, near, near-<orientation>: a match that makes the hit. corroborates: a match that supports it. quality-absent: the policy asks for a quality, and the matched hash came without one. degenerate: the report has a hash of this type that says nothing of its file (one byte repeated, a blank picture, an empty file); it was not searched.',
    }),
    reportsDiffer: Type.Optional(
      Type.Literal(true, {
        description:
          'Set by merging: the hits are of different reports under one id. Never in the topic (see hit-merge.ts).',
      }),
    ),
  },
  { additionalProperties: false, description: 'A report that matches known hashes, for a person to review.' },
)
export type Hit = Static<typeof Hit>

const hit = Compile(Hit)

/** SHA-256 over platform and reportId, each preceded by its length in bytes (u32, big-endian). */
export function hitId(platform: string, reportId: string): string {
  const hash = createHash('sha256')
  for (const part of [platform, reportId]) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  return hash.digest('hex')
}

/** The canonical bytes of a hit: equal hits have equal bytes. */
export const encodeHit = (value: Hit): string => canonicalJson(value)

/** Reads a hit from a record's bytes, or says why it is none. */
export const decodeHit = (bytes: Uint8Array | null): Hit | Rejection =>
  decodeMessage(hit, bytes, HIT_MAX_BYTES)

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const orientationRank = (orientation: Orientation | undefined): number =>
  ORIENTATIONS.indexOf(orientation ?? 'as-is')

/** Orders the matches of a hit, best first. */
export function compareMatches(a: Match, b: Match): number {
  return (
    HASH_TYPES[a.type].rank - HASH_TYPES[b.type].rank ||
    a.distance - b.distance ||
    compareText(a.type, b.type) ||
    compareText(a.value, b.value) ||
    compareText(a.knownValue, b.knownValue) ||
    orientationRank(a.orientation) - orientationRank(b.orientation) ||
    compareText(a.reportDigest, b.reportDigest)
  )
}

/** Orders the known entries of a match. */
export function compareEntries(
  a: { readonly source: string; readonly sourceId: string },
  b: { readonly source: string; readonly sourceId: string },
): number {
  return compareText(a.source, b.source) || compareText(a.sourceId, b.sourceId)
}
