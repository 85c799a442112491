// Known hashes: the entries of lists, as records of the compacted topic known-hashes.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { degeneracyOf } from '../hash/degenerate.ts'
import { HASH_TYPE_NAMES, hexDigits, isHashType, type HashType } from '../hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../hash/hash-value.ts'
import { canonicalJson, parseJson } from './json.ts'
import { Classification, ShortText, SourceName, Timestamp } from './primitives.ts'
import { explain, Rejection } from './rejection.ts'

/** No record of the topic is larger. */
export const KNOWN_HASH_MAX_BYTES = 16 * 1024
const SOURCE_ID_MAX_BYTES = 64

const ROLES = ['match', 'suppress', 'canary'] as const
const PURPOSES = ['csam', 'self-submitted', 'ncii', 'terrorism'] as const

export const KnownHash = Type.Object(
  {
    schema: Type.Literal('known-hash/1'),
    type: Type.Enum([...HASH_TYPE_NAMES]),
    value: Type.String({
      pattern: `^(${[...new Set(HASH_TYPE_NAMES.map(hexDigits))].map((n) => `[0-9a-f]{${n}}`).join('|')})$`,
    }),
    source: SourceName,
    sourceId: ShortText,
    classification: Classification,
    role: Type.Enum([...ROLES]),
    purpose: Type.Enum([...PURPOSES]),
    series: Type.Optional(ShortText),
    victimIdentified: Type.Optional(Type.Boolean()),
    handling: Type.Object(
      {
        audience: Type.Enum(['this-deployment', 'law-enforcement', 'members']),
        onward: Type.Enum(['none', 'same-audience']),
      },
      {
        additionalProperties: false,
        description:
          'Who may see this entry, and whether it may be passed on. The matcher keeps it and enforces nothing of it: a hit names the entry by source and sourceId, and who hands a hit on must look both up.',
      },
    ),
    addedAt: Timestamp,
    tags: Type.Optional(Type.Array(ShortText, { minItems: 1, maxItems: 16 })),
  },
  {
    additionalProperties: false,
    description:
      'One entry of one source for one known value. The record key is type:value:source:sourceId; a record without a value removes it. An entry of a degenerate value (see src/hash/degenerate.ts) is refused: one repeated byte, the digest of an empty file, a PDQ hash with fewer than 97 or more than 159 set bits, a blockhash with hardly any edges or with edges along one axis only.',
  },
)

/** An entry of the known-hash set, its value canonical. */
export interface KnownHash extends Omit<Static<typeof KnownHash>, 'value'> {
  readonly value: HashValue
}

declare const brand: unique symbol
/** `type:value:source:sourceId`, the sourceId percent-encoded. */
export type KnownHashKey = string & { readonly [brand]: 'KnownHashKey' }

/** The parts of an entry that identify it. */
export interface KnownHashIdentity {
  readonly type: HashType
  readonly value: HashValue
  readonly source: string
  readonly sourceId: string
}

/** The record key of an entry. */
export function knownHashKey({ type, value, source, sourceId }: KnownHashIdentity): KnownHashKey {
  // The brand stands for keys made here, the one place that makes them.
  return `${type}:${value}:${source}:${encodeURIComponent(sourceId)}` as KnownHashKey
}

/** Reads a record key back, or undefined if it is not the canonical key of any entry. */
export function parseKnownHashKey(text: string): KnownHashIdentity | undefined {
  const [type, printed, source, encodedId, ...more] = text.split(':')
  if (more.length > 0 || encodedId === undefined || !isHashType(type)) return undefined
  const value = parseHashValue(type, printed)
  const sourceId = decodePercent(encodedId)
  if (value === undefined || sourceId === undefined || !isSourceId(sourceId)) return undefined
  if (!sourceName.Check(source)) return undefined
  const identity = { type, value, source, sourceId }
  return knownHashKey(identity) === text ? identity : undefined
}

/** What a record of the topic known-hashes says: an entry was added or changed, or it was removed. */
export interface KnownHashChange {
  readonly identity: KnownHashIdentity
  /** The record's key. */
  readonly key: KnownHashKey
  readonly entry: KnownHash | null
}

const knownHash = Compile(KnownHash)
const sourceName = Compile(SourceName)
const shortText = Compile(ShortText)

/** Whether a text can be a source's id of a file: at most 64 bytes, no control characters, no half of a surrogate pair. */
export const isSourceId = (text: string): boolean =>
  shortText.Check(text) && text.isWellFormed() && Buffer.byteLength(text) <= SOURCE_ID_MAX_BYTES

/** Reads a record of the topic known-hashes, or says why it is no entry. */
export function decodeKnownHash(
  key: Uint8Array | null,
  bytes: Uint8Array | null,
): KnownHashChange | Rejection {
  const identity = key === null ? undefined : parseKnownHashKey(Buffer.from(key).toString('utf8'))
  if (identity === undefined) return new Rejection('key-mismatch')
  if (bytes === null) return { identity, key: knownHashKey(identity), entry: null }
  const value = parseJson(bytes, KNOWN_HASH_MAX_BYTES)
  const entry = value instanceof Rejection ? value : checkKnownHash(value)
  if (entry instanceof Rejection) return entry
  const ownKey = knownHashKey(entry)
  return ownKey === knownHashKey(identity) ? { identity, key: ownKey, entry } : new Rejection('key-mismatch')
}

/** Checks a parsed entry, or says why it is refused. */
export function checkKnownHash(value: unknown): KnownHash | Rejection {
  if (!knownHash.Check(value)) {
    const isOther =
      value !== null && typeof value === 'object' && 'schema' in value && value.schema !== 'known-hash/1'
    return isOther ? new Rejection('unknown-schema', '/schema') : explain(knownHash, value)
  }
  const canonical = parseHashValue(value.type, value.value)
  if (canonical === undefined) return new Rejection('wrong-hash-length', '/value')
  if (!isSourceId(value.sourceId)) return new Rejection('malformed-value', '/sourceId')
  if (degeneracyOf(value.type, canonical)) return new Rejection('degenerate-hash', '/value')
  return { ...value, value: canonical }
}

/** The canonical JSON of an entry: equal entries have equal bytes, so changes are noticed and the digest is defined. */
export const encodeKnownHash = (entry: KnownHash): string => canonicalJson(entry)

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
