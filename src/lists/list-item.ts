// What a list says, as every parser gives it to the intake: hashes and provenance, and nothing of a file's content.
import type { HashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import type { KeptType, KeptValue } from '../hash/kept-type.ts'

/** One hash of a file, in canonical form: of a type that is matched, or of one that is kept for a later release. */
export type ListedHash =
  | { readonly type: HashType; readonly value: HashValue }
  | { readonly type: KeptType; readonly value: KeptValue }

export type UnreadTypes = readonly (HashType | KeptType)[] | 'all'

/** A file as a list describes it now. What the source said of this `sourceId` before holds no more. */
export interface ListedFile {
  readonly kind: 'file'
  /** Where it stands, for a person: 'line 12', 'record 5'. */
  readonly place: string
  /** The list's own name of the file: at most 64 bytes of UTF-8 without control characters. */
  readonly sourceId: string
  /** Set where the list names no file, so that the sourceId is made of a value. */
  readonly isBare?: boolean | undefined
  /** Empty where it lists the file without a hash that can be used. */
  readonly hashes: readonly ListedHash[]
  /** Types with a value that can't be read, or 'all': hashes of these types that the source had of the file stay. */
  readonly unread?: UnreadTypes | undefined
  /** The class in the source's own words; undefined where the list gives none. The scheme says what it means. */
  readonly code?: string | undefined
  /** Name of the scheme that the record itself declares (VICS: the path element of its context). */
  readonly scheme?: string | undefined
  readonly series?: string | undefined
  readonly victimIdentified?: boolean | undefined
  readonly tags?: readonly string[] | undefined
  /** When the source added or last changed it; RFC 3339, UTC. */
  readonly changedAt?: string | undefined
  /** Kinds of hash that it has and that are neither matched nor kept. They are counted. */
  readonly unkept?: readonly string[] | undefined
  /** When the source lets it end; RFC 3339, UTC. */
  readonly validUntil?: string | undefined
  /** Set where the source has switched it off: for good, or until a time (RFC 3339, UTC). */
  readonly disabled?: { readonly until?: string | undefined } | undefined
}

/** The source no longer lists a file, or no longer these hashes of it. */
export interface Withdrawal {
  readonly kind: 'withdrawal'
  readonly place: string
  readonly sourceId: string
  /** Set where the list names no file: then every entry of the source with one of these values goes. */
  readonly isBare?: boolean | undefined
  /** Only these; undefined: the file with all of its hashes. */
  readonly hashes?: readonly ListedHash[] | undefined
  /** When the source withdrew it; RFC 3339, UTC. */
  readonly changedAt?: string | undefined
}

/** A value or a record that can't be used. The reason never quotes it. */
export interface Refused {
  readonly kind: 'refused'
  readonly place: string
  readonly reason: string
  /** The file that it is of, if that much can be read: what the source said of it before stays. */
  readonly sourceId?: string | undefined
}

/** Left out on purpose, by why: a benign class, a kind of signal that holds content. */
interface PassedOver {
  readonly kind: 'passed-over'
  readonly place: string
  readonly why: string
}

/** The scheme of all files of this list that name none themselves. It may come before them or after them. */
interface DeclaredScheme {
  readonly kind: 'scheme'
  readonly place: string
  readonly scheme: string
}

export type ListItem = ListedFile | Withdrawal | Refused | PassedOver | DeclaredScheme

/**
 * A list that can't be trusted as a whole: cut off, not well-formed, of another form, or beyond a bound. Nothing of it is
 * used. The message says where and what to do, and never quotes the list.
 */
export class DamagedListError extends Error {
  readonly code = 'DAMAGED_LIST'
  override readonly name = 'DamagedListError'
}

/** Reads one format. Arrays, because a promise for each of a million records would cost more than parsing them. */
export type ReadItems = (text: AsyncIterable<Buffer>) => AsyncIterable<readonly ListItem[]>
