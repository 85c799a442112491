// Canaries: made-up known values, one for each hash type, and made-up reports near them. They take the whole way that real
// ones take, so a matcher that finds nothing any more shows within seconds. They make no hit and are in no count.
import { hammingDistance } from '../hash/distance.ts'
import {
  HASH_TYPE_NAMES,
  HASH_TYPES,
  hexDigits,
  isPerceptual,
  type CryptographicType,
  type HashType,
} from '../hash/hash-type.ts'
import { packed, type HashValue } from '../hash/hash-value.ts'
import { orient, ORIENTATIONS } from '../hash/orientation.ts'
import { sha256Hex } from './json.ts'
import type { KnownHash } from './known-hash.ts'
import type { Report } from './report.ts'

/** The source of the canaries among the known hashes. */
const CANARY_SOURCE = 'hashwarden-canary'
/** The platform that canary reports name. */
export const CANARY_PLATFORM = 'hashwarden-canary'
/** No policy searches further than this. */
const NEAR_BITS = 64

/**
 * The canary of each type: the first bits of a SHA-256 over its name. No file has such a digest, and a perceptual canary
 * differs from the hash of any picture in about half of its bits.
 */
const VALUES = Object.fromEntries(
  // Hexadecimal of the type's own length: canonical by construction.
  HASH_TYPE_NAMES.map((type) => [
    type,
    sha256Hex(`hashwarden canary ${type}`).slice(0, hexDigits(type)) as HashValue,
  ]),
) as Readonly<Record<HashType, HashValue>>

export const canaryValue = (type: HashType): HashValue => VALUES[type]

/**
 * The digests of the canary file, src/sample/canary.png. Any platform may report it, to see that its reports are matched. Its
 * PDQ hash lies near the canary of that type, so these digests alone are canaries of their own.
 */
const FILE_DIGESTS = {
  // Hexadecimal of the types' own lengths: a test compares them with the file.
  sha256: '9d764bdaf84cf1925c62b5063a97e1e79ee843633baf68b8976cfb704cdb0bee' as HashValue,
  sha1: 'dcbac65c5fdbf4afa6dcf1d707d49496ad467c91' as HashValue,
  md5: '19f43edf0dda95b429db60aedb33d0e2' as HashValue,
} as const satisfies Record<CryptographicType, HashValue>

/** All values of a type that are canaries: its own, and that of the canary file. */
export const canaryValues = (type: HashType): readonly HashValue[] =>
  isPerceptual(type) ? [VALUES[type]] : [VALUES[type], FILE_DIGESTS[type]]

export const isCanaryValue = (type: HashType, value: HashValue): boolean =>
  value === VALUES[type] || (!isPerceptual(type) && value === FILE_DIGESTS[type])

/** The entry of known-hashes of a type's canary: always the same bytes. */
export const canaryEntry = (type: HashType): KnownHash => entryOf(type, VALUES[type], type)

/** All entries of canaries, those of the canary file the last ones. */
export const CANARY_ENTRIES: readonly KnownHash[] = [
  ...HASH_TYPE_NAMES.map(canaryEntry),
  ...HASH_TYPE_NAMES.filter((type) => !isPerceptual(type)).map((type) =>
    entryOf(type, FILE_DIGESTS[type], 'file'),
  ),
]

function entryOf(type: HashType, value: HashValue, sourceId: string): KnownHash {
  return {
    schema: 'known-hash/1',
    type,
    value,
    source: CANARY_SOURCE,
    sourceId,
    classification: { scheme: 'hashwarden', code: 'canary' },
    role: 'canary',
    // The contract requires the field. Nothing reads it in a canary.
    purpose: 'csam',
    handling: { audience: 'this-deployment', onward: 'none' },
    addedAt: '2020-01-31T00:00:00Z',
  }
}

/**
 * The distance in bits from a type's canary to a packed value: one for each orientation of the canary if the type is
 * orientable, otherwise one.
 */
export function distancesToCanary(type: HashType, words: Uint32Array): readonly number[] {
  const canary = packed(VALUES[type])
  if (!HASH_TYPES[type].orientable) return [hammingDistance(canary, 0, words, 0, canary.length)]
  const turned = new Uint32Array(canary.length)
  return ORIENTATIONS.map((_, orientation) => {
    orient(canary, 0, orientation, turned, 0)
    return hammingDistance(turned, 0, words, 0)
  })
}

/**
 * Whether a report is a canary report: it names the canary platform, and each of its hashes is a canary or near one. A
 * report that only names the platform is matched like any other, so that no upload can hide behind the name.
 */
export const isCanaryReport = ({ platform, hashes }: Pick<Report, 'platform' | 'hashes'>): boolean =>
  platform === CANARY_PLATFORM &&
  hashes.every(({ type, value }) => {
    // The report's check has proved length and alphabet: lower-cased, the value is canonical.
    const canonical = value.toLowerCase() as HashValue
    if (!isPerceptual(type)) return canonical === VALUES[type]
    return distancesToCanary(type, packed(canonical)).some((distanceBits) => distanceBits <= NEAR_BITS)
  })
