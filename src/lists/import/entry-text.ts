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

const field = (name: string, value: unknown): string =>
  value === undefined ? '' : `,"${name}":${canonicalJson(value)}`

type ClassProvenance = Pick<
  Provenance,
  'classification' | 'handling' | 'purpose' | 'role' | 'schema' | 'source'
>

/** The texts of what the files of a class share. */
interface ClassText extends ClassProvenance {
  readonly beforeHeld: string
  readonly beforeSeries: string
  readonly sourceText: string
}

/** Of the class that was met last: a list has a few, and millions of files that share them. */
let lastClass: ClassText | undefined

function classTextOf({
  classification,
  handling,
  purpose,
  role,
  schema,
  source,
}: ClassProvenance): ClassText {
  if (
    lastClass?.classification === classification &&
    lastClass.handling === handling &&
    lastClass.purpose === purpose &&
    lastClass.role === role &&
    lastClass.schema === schema &&
    lastClass.source === source
  )
    return lastClass
  lastClass = {
    classification,
    handling,
    purpose,
    role,
    schema,
    source,
    beforeHeld: `"${field('classification', classification)}${field('handling', handling)}`,
    beforeSeries: `${field('purpose', purpose)}${field('role', role)}${field('schema', schema)}`,
    sourceText: field('source', source),
  }
  return lastClass
}

/** What an entry doesn't share with the others of its file. */
interface EntryOwn extends Pick<Entry, 'type' | 'value' | 'addedAt'> {
  readonly held: Entry['held'] | undefined
}

/**
 * Gives what contract/known-hash.ts's encodeKnownHash gives, which a test compares. That sorts the fields of each entry;
 * here their order is written down, and what the entries of a file share is encoded once.
 */
export class EntryText {
  readonly #beforeHeld: string
  readonly #beforeType: string
  readonly #beforeValue: string
  readonly #end: string

  constructor(shared: Provenance) {
    const { beforeHeld, beforeSeries, sourceText } = classTextOf(shared)
    const { series, sourceId, tags, validUntil, victimIdentified } = shared
    this.#beforeHeld = beforeHeld
    this.#beforeType = `${beforeSeries}${field('series', series)}${sourceText},"sourceId":${JSON.stringify(sourceId)}${field('tags', tags)},"type":"`
    this.#beforeValue = `"${field('validUntil', validUntil)},"value":"`
    this.#end = `"${field('victimIdentified', victimIdentified)}}`
  }

  /** `addedAt` is an RFC 3339 time, `type` and `value` are canonical: none of them needs escaping. */
  of({ type, value, addedAt, held }: EntryOwn): string {
    return `{"addedAt":"${addedAt}${this.#beforeHeld}${field('held', held)}${this.#beforeType}${type}${this.#beforeValue}${value}${this.#end}`
  }
}
