// What one reader may see.
import type { SharingClient } from '../../settings/sharing-settings.ts'
import { UNKNOWN_TERMS, type Terms, type TermsTable } from './terms.ts'

export type Permissions = Pick<SharingClient, 'sources' | 'classifications' | 'audiences'>

const mayPass = (
  { classifications, audiences }: Permissions,
  { classification: { scheme, code }, handling: { audience, onward } }: Terms,
): boolean =>
  // An entry that must stay here never leaves, whatever a client's permissions are.
  onward === 'same-audience' &&
  audiences.some((one) => one === audience) &&
  (classifications?.includes(`${scheme}:${code}`) ?? true)

/** The permissions of one reader, answered once for each of the terms. */
export class ClientView {
  readonly #permissions: Permissions
  readonly #table: TermsTable
  readonly #passes: boolean[] = []
  readonly #sets: boolean[] = []

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
   * that are known kept the file from it, a removal on unknown terms doesn't count.
   */
  mayHaveSeen(set: number): boolean {
    return (this.#sets[set] ??= this.#mayHaveSeen(this.#table.set(set)))
  }

  #mayHaveSeen(all: readonly number[]): boolean {
    const known = all.filter((number) => number !== UNKNOWN_TERMS)
    return known.length === 0 ? all.length > 0 : known.some((number) => this.#passesTerms(number))
  }

  #passesTerms(number: number): boolean {
    const terms = this.#table.get(number)
    return (this.#passes[number] ??= terms !== undefined && mayPass(this.#permissions, terms))
  }
}
