// The text that many entries have in common.
import type { KnownHash } from '../../contract/known-hash.ts'

/**
 * What many entries have in common: their canonical JSON without `addedAt`, `sourceId` and `value`. (So it holds the
 * type, source, classification, role, purpose, handling, series, tags, and whatever field the contract gets.)
 */
export interface Term {
  /** The text behind the value of `addedAt`, up to that of `sourceId`. */
  readonly before: string
  /** The text between `sourceId` and `value`. */
  readonly between: string
  /** The text behind `value`. */
  readonly after: string
  readonly source: string
  readonly role: KnownHash['role']
}

// Canonical JSON has its fields in alphabetic order. Within a string every quotation mark is escaped, so these
// texts are found nowhere but where the fields begin.
const ADDED_AT = '{"addedAt":"'
const SOURCE_ID = ',"sourceId":'
const VALUE = ',"value":"'

/** The term of an entry; `encoded` is its canonical JSON. */
export function termOf(encoded: string, entry: KnownHash): Term {
  const addedAtEnd = ADDED_AT.length + entry.addedAt.length
  const sourceId = encoded.indexOf(SOURCE_ID, addedAtEnd) + SOURCE_ID.length
  const sourceIdEnd = sourceId + JSON.stringify(entry.sourceId).length
  const value = encoded.indexOf(VALUE, sourceIdEnd) + VALUE.length
  return {
    before: encoded.slice(addedAtEnd, sourceId),
    between: encoded.slice(sourceIdEnd, value),
    after: encoded.slice(value + entry.value.length),
    source: entry.source,
    role: entry.role,
  }
}

/** A text that terms share only if they are equal. */
export const termKey = ({ before, between, after }: Term): string => `${before}\n${between}\n${after}`

/** The canonical JSON of the entry of this term that has these fields. */
export const encodeWith = (term: Term, addedAt: string, sourceId: string, value: string): string =>
  `${ADDED_AT}${addedAt}${term.before}${JSON.stringify(sourceId)}${term.between}${value}${term.after}`
