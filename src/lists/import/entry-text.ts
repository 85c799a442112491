// The canonical bytes of entries, written as text: an import encodes each entry of a list.
import { canonicalJson } from '../../contract/json.ts'
import type { Entry } from '../../contract/known-hash.ts'
import type { Provenance } from './terms.ts'

/** How canonical bytes say that an entry is a match, and that it is held back. Quotation marks within texts are escaped. */
const MATCH_FIELD = '"role":"match"'
const HELD_FIELD = '"held":'

/** Whether the entry of these canonical bytes is a match that is not held back. */
export const isSearchedText = (bytes: string | Buffer): boolean =>
  bytes.includes(MATCH_FIELD) && !bytes.includes(HELD_FIELD)

/** The texts of classifications and handlings: a list has a few, and millions of files that share them. */
const textsOfObjects = new WeakMap<object, string>()

function textOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  let text = textsOfObjects.get(value)
  if (text === undefined) {
    text = canonicalJson(value)
    textsOfObjects.set(value, text)
  }
  return text
}

const field = (name: string, value: unknown): string =>
  value === undefined ? '' : `,"${name}":${textOf(value)}`

/** What an entry doesn't share with the others of its file. */
interface EntryOwn extends Pick<Entry, 'type' | 'value' | 'addedAt'> {
  readonly held: Entry['held'] | undefined
}

/**
 * Gives what contract/known-hash.ts's encodeKnownHash gives, which a test compares. That sorts the fields of each entry;
 * here their order is written down, and what the entries of a file share is encoded once..
 */
export class EntryText {
  readonly #beforeHeld: string
  readonly #beforeType: string
  readonly #beforeValue: string
  readonly #end: string

  constructor(shared: Provenance) {
    const { purpose, role, schema, series, source, sourceId, tags } = shared
    this.#beforeHeld = `"${field('classification', shared.classification)}${field('handling', shared.handling)}`
    this.#beforeType = `${field('purpose', purpose)}${field('role', role)}${field('schema', schema)}${field('series', series)}${field('source', source)}${field('sourceId', sourceId)}${field('tags', tags)},"type":"`
    this.#beforeValue = `"${field('validUntil', shared.validUntil)},"value":"`
    this.#end = `"${field('victimIdentified', shared.victimIdentified)}}`
  }

  /** `addedAt` is an RFC 3339 time, `type` and `value` are canonical: none of them needs escaping. */
  of({ type, value, addedAt, held }: EntryOwn): string {
    return `{"addedAt":"${addedAt}${this.#beforeHeld}${field('held', held)}${this.#beforeType}${type}${this.#beforeValue}${value}${this.#end}`
  }
}
