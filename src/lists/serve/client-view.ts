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
  /** By set of terms. */
  readonly #seen: boolean[] = []
  readonly #isWholeHandedOn: boolean[] = []

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
   * Whether it may have seen a file that has been on these terms, and so has to hear that the file is gone. A removal on
   * unknown terms counts where the handling of all that its source has had lets it pass to this reader (`termsOfSource`), whatever its class was: a bare id leaves, and a withdrawal that is lost accuses for good.
   */
  mayHaveSeen(termsOfFile: number, termsOfSource: number): boolean {
    const members = this.#table.set(termsOfFile)
    if ((this.#seen[termsOfFile] ??= members.some((number) => this.#seesOrSaw(number)))) return true
    if (!members.includes(UNKNOWN_TERMS)) return false
    return (this.#isWholeHandedOn[termsOfSource] ??= this.#table
      .set(termsOfSource)
      .every((number) => this.#isHandedOn(number)))
  }

  #seesOrSaw(number: number): boolean {
    return this.#passesTerms(number) && this.#table.get(number)?.mayHaveMatched === true
  }

  #passesTerms(number: number): boolean {
    const terms = this.#table.get(number)
    return (this.#passes[number] ??= terms !== undefined && mayPass(this.#permissions, terms))
  }

  #isHandedOn(number: number): boolean {
    const terms = this.#table.get(number)
    return terms !== undefined && mayBePassedOn(terms.handling, this.#permissions.audiences)
  }
}
