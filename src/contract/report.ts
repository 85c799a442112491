// Reports: the hashes of one file that a platform saw.
import { Type, type Static } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import {
  HASH_TYPES,
  HASH_TYPE_NAMES,
  hexDigits,
  isHashType,
  isPerceptual,
  type HashType,
} from '../hash/hash-type.ts'
import { isPrintedHash } from '../hash/hash-value.ts'
import { canonicalJson, parseJson, sha256Hex } from './json.ts'
import { OpaqueRef, PlatformName, Timestamp } from './primitives.ts'
import { explain, Rejection } from './rejection.ts'

/** A larger report is refused. 16 hashes and every optional field take about a third of this. */
export const REPORT_MAX_BYTES = 16 * 1024
export const REPORT_MAX_HASHES = 16

export const Quality = Type.Integer({
  minimum: 0,
  maximum: 100,
  description:
    'How much detail the picture has, as the hash algorithm measured it (PDQ: below 50 is discarded).',
})

const hashSchema = (type: HashType) =>
  Type.Object(
    {
      type: Type.Literal(type),
      value: Type.String({ pattern: `^[0-9a-fA-F]{${hexDigits(type)}}$` }),
      ...(isPerceptual(type) ? { quality: Type.Optional(Quality) } : {}),
    },
    { additionalProperties: false, title: type },
  )

export const ReportedHash = Type.Union(HASH_TYPE_NAMES.map(hashSchema))

/** One hash of a reported file. Its value is as the platform wrote it, in either case. */
export interface ReportedHash {
  readonly type: HashType
  readonly value: string
  readonly quality?: number
}

export const Viewed = Type.Object(
  {
    thisFile: Type.Enum(['yes', 'no', 'unknown']),
    by: Type.Optional(Type.Enum(['human', 'automated'])),
  },
  {
    additionalProperties: false,
    description:
      'Whether the platform viewed this very file. Unknown never becomes yes (United States v. Wilson, 9th Cir. 2021).',
  },
)

export const Basis = Type.Object(
  {
    kind: Type.Enum(['own-terms', 'cybertip', 'legal-process', 'seized', 'emergency']),
    ref: Type.Optional(OpaqueRef),
  },
  { additionalProperties: false, description: 'On what basis the hashes may be compared.' },
)

/** The names of the file annotations of NCMEC's CyberTipline, in the order of its schema. */
export const ANNOTATIONS = [
  'animeDrawingVirtualHentai',
  'potentialMeme',
  'viral',
  'possibleSelfProduction',
  'physicalHarm',
  'violenceGore',
  'bestiality',
  'liveStreaming',
  'infant',
  'generativeAi',
] as const
const Annotation = Type.Enum([...ANNOTATIONS])

/** What a report says of its file besides the hashes. A hit repeats it, so that it can be read alone. */
export const reportFields = {
  reportId: Type.String({ pattern: '^[A-Za-z0-9._:-]{1,128}$' }),
  platform: PlatformName,
  observedAt: Timestamp,
  mediaType: Type.Enum(['image', 'video']),
  contentRef: OpaqueRef,
  actorRef: Type.Optional(OpaqueRef),
  collectionRef: Type.Optional(OpaqueRef),
  byteLength: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  cybertipId: Type.Optional(Type.String({ pattern: '^[0-9]{1,20}$' })),
  jurisdictions: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Z]{2}(-[A-Z0-9]{1,3})?$', description: 'ISO 3166-1 or -2' }), {
      minItems: 1,
      maxItems: 16,
    }),
  ),
  annotations: Type.Optional(Type.Array(Annotation, { minItems: 1, maxItems: 10 })),
}

export const Report = Type.Object(
  {
    schema: Type.Literal('report/1'),
    ...reportFields,
    hashes: Type.Array(ReportedHash, { minItems: 1, maxItems: REPORT_MAX_HASHES }),
    viewed: Type.Optional(Viewed),
    basis: Type.Optional(Basis),
  },
  {
    additionalProperties: false,
    description:
      'The hashes of one file that a platform saw. No media, thumbnail or link. Of an image at most one hash of each type.',
  },
)

export interface Report extends Omit<Static<typeof Report>, 'hashes'> {
  readonly hashes: readonly ReportedHash[]
}

const report = Compile(Report)
// hasOnly and isHash below replace the two checks that took half of the time of all.
const aroundHashes = Compile(
  Type.Object({
    ...Report.properties,
    hashes: Type.Array(Type.Unknown(), { minItems: 1, maxItems: REPORT_MAX_HASHES }),
  }),
)
const REPORT_FIELDS: ReadonlySet<string> = new Set(Object.keys(Report.properties))
const HASH_FIELDS: ReadonlySet<string> = new Set<keyof ReportedHash>(['type', 'value', 'quality'])
const qualityCheck = Compile(Quality)
const hashes = new Map<unknown, Validator>(HASH_TYPE_NAMES.map((type) => [type, Compile(hashSchema(type))]))

/** Reads a report from a record's bytes, or says why it is refused. */
export function decodeReport(bytes: Uint8Array | null): Report | Rejection {
  const value = parseJson(bytes, REPORT_MAX_BYTES)
  return value instanceof Rejection ? value : checkReport(value)
}

/** Checks a parsed report, or says why it is refused. */
export function checkReport(value: unknown): Report | Rejection {
  if (!aroundHashes.Check(value) || !hasOnly(value, REPORT_FIELDS) || !value.hashes.every(isHash))
    return explainReport(value)
  // Both checks together have just proved the static type of the schema; the union of hash schemas, built from
  // a list, is only known to TypeScript as an array of them.
  const checked = value as Report
  if (checked.mediaType === 'image') {
    const repeated = checked.hashes.findIndex((hash, at) => isRepeated(checked.hashes, hash, at))
    if (repeated !== -1) return new Rejection('repeated-hash-type', `/hashes/${repeated}`)
  }
  return checked
}

const isRepeated = (all: readonly ReportedHash[], { type }: ReportedHash, at: number): boolean =>
  all.findIndex((other) => other.type === type) < at

/** Whether the object has no fields but these. (The compiled schema would match each against a regular expression.) */
function hasOnly(value: object, fields: ReadonlySet<string>): boolean {
  for (const field in value) if (!fields.has(field)) return false
  return true
}

/** Checks a hash by the type that it names. (The schema, a union, would try one type after the other.) */
function isHash(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  if (!hasOnly(value, HASH_FIELDS)) return false
  const { type, value: printed, quality }: { type?: unknown; value?: unknown; quality?: unknown } = value
  if (typeof type !== 'string' || !isHashType(type)) return false
  if (typeof printed !== 'string' || !isPrintedHash(type, printed)) return false
  return quality === undefined || (isPerceptual(type) && qualityCheck.Check(quality))
}

/** SHA-256 of a report's canonical form. Two reports under one id are different if their digests are. */
export const reportDigest = (value: Report): string => sha256Hex(canonicalJson(value))

function explainReport(value: unknown): Rejection {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return new Rejection('malformed-value')
  if ('schema' in value && value.schema !== 'report/1') return new Rejection('unknown-schema', '/schema')
  if ('hashes' in value && Array.isArray(value.hashes)) {
    for (const [at, hash] of value.hashes.entries()) {
      const rejection = explainHash(hash, `/hashes/${at}`)
      if (rejection) return rejection
    }
  }
  return explain(report, value)
}

/** Explains one hash by the type that it names: the union would only say that no member fits. */
function explainHash(hash: unknown, at: string): Rejection | undefined {
  if (hash === null || typeof hash !== 'object' || Array.isArray(hash))
    return new Rejection('malformed-value', at)
  if (!('type' in hash)) return new Rejection('missing-field', `${at}/type`)
  if (typeof hash.type !== 'string' || !isHashType(hash.type))
    return new Rejection('unknown-hash-type', `${at}/type`)
  const validator = hashes.get(hash.type)
  if (!validator || isHash(hash)) return undefined
  const isHex = 'value' in hash && typeof hash.value === 'string' && /^[0-9a-fA-F]+$/.test(hash.value)
  if (isHex && String(hash.value).length * 4 !== HASH_TYPES[hash.type].bits) {
    return new Rejection('wrong-hash-length', `${at}/value`)
  }
  return explain(validator, hash, at)
}
