// What a person may do to entries of known hashes: hold them back, release them, suppress a value. Pure.
import { CURATION_SOURCE, type Entry, type KnownHash } from '../../contract/known-hash.ts'
import type { HashType } from '../../hash/hash-type.ts'
import type { HashValue } from '../../hash/hash-value.ts'

/** What became of an entry. `degenerate`: its value says nothing of a file, so it stays held back. */
export type Curated = { readonly entry: Entry } | 'unchanged' | 'degenerate'

/** The entry held back by a person, until a time or for good; whatever its list says of it later. */
export function disabled(entry: Entry, until: string | undefined): Curated {
  if (entry.held?.why === 'degenerate') return 'degenerate'
  const held = { why: 'disabled' as const, ...(until === undefined ? {} : { until }) }
  const isSo = entry.held?.why === held.why && entry.held.until === until && entry.held.by === undefined
  if (isSo) return 'unchanged'
  return { entry: { ...entry, held } }
}

/** The entry as it is searched. */
export function enabled(entry: Entry): Curated {
  if (entry.held === undefined) return 'unchanged'
  if (entry.held.why === 'degenerate') return 'degenerate'
  const { held: _held, ...searched } = entry
  return { entry: searched }
}

/** Why such a suppression is refused: matchers would refuse its entry. It doesn't quote the value. */
export const DEGENERATE_SUPPRESSION =
  'A value that says nothing of a file is held back already, in every list: there is nothing to suppress'

export interface Suppression {
  readonly type: HashType
  readonly value: HashValue
  /** Random: what says who did it and why names it. */
  readonly id: string
  readonly at: string
  /** When it ends; undefined: for good. */
  readonly until?: string | undefined
}

/** The entry that keeps a value from matching, whatever lists have it. */
export const suppressionOf = ({ type, value, id, at, until }: Suppression): KnownHash => ({
  schema: 'known-hash/1',
  type,
  value,
  source: CURATION_SOURCE,
  sourceId: id,
  classification: { scheme: CURATION_SOURCE, code: 'suppressed' },
  role: 'suppress',
  // It says nothing of the file; the field has to have a value.
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: at,
  ...(until === undefined ? {} : { validUntil: until }),
})
