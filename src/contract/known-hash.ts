// Known hashes: the entries of lists, as records of the compacted topic known-hashes.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { degeneracyOf } from '../hash/degenerate.ts'
import { HASH_TYPE_NAMES, hexDigits, isHashType, type HashType } from '../hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../hash/hash-value.ts'
import {
  isKeptType,
  KEPT_TEXT_MAX_LENGTH,
  KEPT_TYPE_NAMES,
  parseKeptValue,
  type KeptType,
  type KeptValue,
} from '../hash/kept-type.ts'
import { canonicalJson, parseJson } from './json.ts'
import { Classification, ShortText, SourceName, Timestamp } from './primitives.ts'
import { explain, Rejection } from './rejection.ts'

/** No record of the topic is larger. */
export const KNOWN_HASH_MAX_BYTES = 16 * 1024
const SOURCE_ID_MAX_BYTES = 64

const ROLES = ['match', 'suppress', 'canary'] as const
/** Why hashes are listed. */
export const PURPOSES = ['csam', 'self-submitted', 'ncii', 'terrorism'] as const

/** The source of what people put in themselves. No list may have this name. */
export const CURATION_SOURCE = 'curation'

/** Why an entry is held back from matching. */
export const HOLD_REASONS = ['degenerate', 'disabled', 'quarantined'] as const

const provenance = {
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
  held: Type.Optional(
    Type.Object(
      {
        why: Type.Enum([...HOLD_REASONS]),
        until: Type.Optional(Timestamp),
        by: Type.Optional(Type.Literal('list')),
      },
      {
        additionalProperties: false,
        description:
          'Set while the entry is held back: it is no part of the known set that matchers search. degenerate: the value says nothing of a file. disabled, quarantined: a person decided so, for a time or for good; with `by` list the entry’s own list did, and its next version says whether it still does. `until` is when it may be released; a matcher never goes by its own clock, so the entry is held until a record without this field follows.',
      },
    ),
  ),
  validUntil: Type.Optional({
    ...Timestamp,
    description: 'When the entry ends. A record that removes it follows then; until that the entry counts.',
  }),
}

export const KnownHash = Type.Object(
  {
    schema: Type.Literal('known-hash/1'),
    type: Type.Enum([...HASH_TYPE_NAMES]),
    value: Type.String({
      pattern: `^(${[...new Set(HASH_TYPE_NAMES.map(hexDigits))].map((n) => `[0-9a-f]{${n}}`).join('|')})$`,
    }),
    ...provenance,
  },
  {
    additionalProperties: false,
    description:
      'One entry of one source for one known value. The record key is type:value:source:sourceId; a record without a value removes it. An entry of a degenerate value (see src/hash/degenerate.ts) is refused unless it is held for that: one repeated byte, the digest of an empty file, a PDQ hash with fewer than 97 or more than 159 set bits, a blockhash with hardly any edges or with edges along one axis only.',
  },
)

/** An entry of the known-hash set, its value canonical. */
export interface KnownHash extends Omit<Static<typeof KnownHash>, 'value'> {
  readonly value: HashValue
}

const KeptHash = Type.Object(
  {
    schema: Type.Literal('known-hash/1'),
    type: Type.Enum([...KEPT_TYPE_NAMES]),
    value: Type.String({ pattern: `^[A-Za-z0-9+/=_-]{1,${KEPT_TEXT_MAX_LENGTH}}$` }),
    ...provenance,
  },
  {
    additionalProperties: false,
    description:
      'An entry of a kind of hash that is not searched yet. It lies in the same topic, by the same key, so that a later version matches it without a new import.',
  },
)

/** An entry that is kept and not searched, its value canonical. */
interface KeptHash extends Omit<Static<typeof KeptHash>, 'value'> {
  readonly value: KeptValue
}

/** An entry of topic known-hashes of any type. */
export type Entry = KnownHash | KeptHash

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

/** The parts that identify an entry of any type. */
export interface EntryIdentity {
  readonly type: HashType | KeptType
  readonly value: HashValue | KeptValue
  readonly source: string
  readonly sourceId: string
}

/** The record key of an entry. */
export function knownHashKey({ type, value, source, sourceId }: EntryIdentity): KnownHashKey {
  // The brand stands for keys made here, the one place that makes them.
  return `${type}:${value}:${source}:${encodeURIComponent(sourceId)}` as KnownHashKey
}

/** Reads a record key back, or undefined if it is not the canonical key of any entry that is searched. */
export function parseKnownHashKey(text: string): KnownHashIdentity | undefined {
  const identity = parseEntryKey(text)
  return identity && isSearched(identity) ? identity : undefined
}

/** Reads a record key back, or undefined if it is not the canonical key of an entry of any type. */
export function parseEntryKey(text: string): EntryIdentity | undefined {
  const [type, printed, source, encodedId, ...more] = text.split(':')
  if (more.length > 0 || encodedId === undefined) return undefined
  const hash = parseTypedValue(type, printed)
  const sourceId = decodePercent(encodedId)
  if (hash === undefined || sourceId === undefined || !isSourceId(sourceId)) return undefined
  if (!sourceName.Check(source)) return undefined
  const identity = { ...hash, source, sourceId }
  return knownHashKey(identity) === text ? identity : undefined
}

/** A hash of this type, its value canonical, of a type that is searched or kept; undefined if it is neither, or no value. */
export function parseTypedValue(
  type: string,
  printed: string,
): Pick<EntryIdentity, 'type' | 'value'> | undefined {
  if (isHashType(type)) {
    const value = parseHashValue(type, printed)
    return value === undefined ? undefined : { type, value }
  }
  if (!isKeptType(type)) return undefined
  const value = parseKeptValue(type, printed)
  return value === undefined ? undefined : { type, value }
}

const isSearched = (identity: EntryIdentity): identity is KnownHashIdentity => isHashType(identity.type)

/** What a record of the topic known-hashes says to a known set: an entry was added or changed, or it was removed. */
export interface KnownHashChange {
  readonly identity: KnownHashIdentity
  /** The record's key. */
  readonly key: KnownHashKey
  /** null: removed, or held back. */
  readonly entry: KnownHash | null
}

/** What a record of the topic known-hashes says, of any type, held back or not. */
export interface EntryChange {
  readonly identity: EntryIdentity
  readonly key: KnownHashKey
  readonly entry: Entry | null
}

const FileFields = Type.Pick(Type.Object(provenance), [
  'sourceId',
  'series',
  'victimIdentified',
  'tags',
  'validUntil',
])

/** What the entries of a file share that their class doesn't say. */
export type FileFields = Static<typeof FileFields>

const knownHash = Compile(KnownHash)
const keptHash = Compile(KeptHash)
const fileFields = Compile(FileFields)
const sourceName = Compile(SourceName)
const shortText = Compile(ShortText)

/** Whether a text can be a source's id of a file: at most 64 bytes, no control characters, no half of a surrogate pair. */
export const isSourceId = (text: string): boolean =>
  shortText.Check(text) && text.isWellFormed() && Buffer.byteLength(text) <= SOURCE_ID_MAX_BYTES

/**
 * Reads a record of the topic known-hashes for a known set, or says why it is no entry. An entry that is held back is a
 * removal: the set doesn't have it. 'not-searched': the record is of a type that no set holds.
 */
export function decodeKnownHash(
  key: Uint8Array | null,
  bytes: Uint8Array | null,
): KnownHashChange | 'not-searched' | Rejection {
  const change = decodeEntry(key, bytes)
  if (change instanceof Rejection) return change
  const { identity, entry } = change
  if (!isSearched(identity)) return 'not-searched'
  const searched = entry === null || entry.held || !isKnownHash(entry) ? null : entry
  return { identity, key: change.key, entry: searched }
}

/** Reads a record of the topic known-hashes, of any type, or says why it is no entry. */
export function decodeEntry(key: Uint8Array | null, bytes: Uint8Array | null): EntryChange | Rejection {
  const identity = key === null ? undefined : parseEntryKey(Buffer.from(key).toString('utf8'))
  if (identity === undefined) return new Rejection('key-mismatch')
  if (bytes === null) return { identity, key: knownHashKey(identity), entry: null }
  const value = parseJson(bytes, KNOWN_HASH_MAX_BYTES)
  const entry = value instanceof Rejection ? value : checkEntry(value)
  if (entry instanceof Rejection) return entry
  const ownKey = knownHashKey(entry)
  return ownKey === knownHashKey(identity) ? { identity, key: ownKey, entry } : new Rejection('key-mismatch')
}

/** Why every entry with these fields would be refused, whatever its value and class; undefined if it would not. */
export function fileFieldsProblem(fields: FileFields): Rejection | undefined {
  if (!fileFields.Check(fields)) return explain(fileFields, fields)
  return isSourceId(fields.sourceId) ? undefined : new Rejection('malformed-value', '/sourceId')
}

const isKnownHash = (entry: Entry): entry is KnownHash => isHashType(entry.type)

/** Checks a parsed entry of any type, or says why it is refused. */
export function checkEntry(value: unknown): Entry | Rejection {
  if (!keptHash.Check(value)) return checkKnownHash(value)
  const canonical = parseKeptValue(value.type, value.value)
  if (canonical === undefined) return new Rejection('wrong-hash-length', '/value')
  if (!isSourceId(value.sourceId)) return new Rejection('malformed-value', '/sourceId')
  return { ...value, value: canonical }
}

/** Checks a parsed entry of a type that is searched, or says why it is refused. */
export function checkKnownHash(value: unknown): KnownHash | Rejection {
  if (!knownHash.Check(value)) {
    const isOther =
      value !== null && typeof value === 'object' && 'schema' in value && value.schema !== 'known-hash/1'
    return isOther ? new Rejection('unknown-schema', '/schema') : explain(knownHash, value)
  }
  const canonical = parseHashValue(value.type, value.value)
  if (canonical === undefined) return new Rejection('wrong-hash-length', '/value')
  if (!isSourceId(value.sourceId)) return new Rejection('malformed-value', '/sourceId')
  if (degeneracyOf(value.type, canonical) && value.held?.why !== 'degenerate')
    return new Rejection('degenerate-hash', '/value')
  return { ...value, value: canonical }
}

/** The canonical JSON of an entry: equal entries have equal bytes, so changes are noticed and the digest is defined. */
export const encodeKnownHash = (entry: Entry): string => canonicalJson(entry)

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
