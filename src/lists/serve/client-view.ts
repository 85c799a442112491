// What one reader may see.
import { mayBePassedOn } from '../../contract/handling.ts'
import type { SharingClient } from '../../settings/sharing-settings.ts'
import { UNKNOWN_TERMS, type Terms, type TermsTable } from './terms.ts'

export type Permissions = Pick<SharingClient, 'sources' | 'classifications' | 'audiences'>

const mayPass = (
  { classifications, audiences }: Permissions,
  { classification: { scheme, code }, handling }: Terms,
): boolean => mayBePassedOn(handling, audiences) && (classifications?.includes(`${scheme}:${code}`) ?? true)

/** The permissions of one reader, answered once for each of the terms. */
export class ClientView {
  readonly #permissions: Permissions
  readonly #table: TermsTable
  readonly #passes: boolean[] = []
  readonly #sets: boolean[] = []
  readonly #wholes: boolean[] = []

  constructor(permissions: Permissions, table: TermsTable) {
    this.#permissions = permissions
    this.#table = table
  }

  maySeeSource(source: string): boolean {
    return this.#permissions.sources.includes(source)
  }

  /** Whether it sees entries on these terms. */
  sees(number: number): boolean {
    return this.#passesTerms(number) && this.#table.get(number)?.isMatched === true
  }

  /**
   * Whether it may have seen a file that has been on these terms, and so has to hear that the file is gone. If all terms
   * that are known kept the file from it, a removal on unknown terms doesn't count; if none are known, it counts where all
   * that its source has had may be passed on to this reader (`ofSource`: the set of those terms).
   */
  mayHaveSeen(set: number, ofSource: number): boolean {
    const known = this.#table.set(set).filter((number) => number !== UNKNOWN_TERMS)
    if (known.length > 0) return (this.#sets[set] ??= known.some((number) => this.#maySeeOrSaw(number)))
    return (this.#wholes[ofSource] ??= this.#table.set(ofSource).every((number) => this.#passesTerms(number)))
  }

  #maySeeOrSaw(number: number): boolean {
    return this.#passesTerms(number) && this.#table.get(number)?.mayHaveMatched === true
  }

  #passesTerms(number: number): boolean {
    const terms = this.#table.get(number)
    return (this.#passes[number] ??= terms !== undefined && mayPass(this.#permissions, terms))
  }
}
