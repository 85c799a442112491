// How entries are written into a format of lists.
import type { Entry } from '../../contract/known-hash.ts'

/** Text before the entries, of each entry, and after them. */
export interface EntryFormat {
  readonly begin: string
  /** undefined: the format can't hold the entry, or would say something else of it. */
  readonly entry: (entry: Entry) => string | undefined
  readonly end: string
}
