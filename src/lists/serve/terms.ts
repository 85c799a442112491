// On which terms an entry is shared: what decides who may see it, numbered, because millions of entries share a few terms.
import type { Entry } from '../../contract/known-hash.ts'

export type MediaKind = 'image' | 'video'

/** What decides whether a reader may see an entry, and where a page shows it. */
export interface Terms {
  readonly classification: Entry['classification']
  readonly handling: Entry['handling']
  /** It takes part in matching: its role is match, and it isn't held back. */
  readonly isMatched: boolean
  /**
   * It may have taken part before: it is no canary, and not degenerate, which a value is for good. One that suppresses now
   * may have been a match until its list called it harmless, and readers who were given it would accuse for ever.
   */
  readonly mayHaveMatched: boolean
  /** As a tag of the list says. */
  readonly media: MediaKind | undefined
}

/** The terms of an entry that is gone and whose record has been compacted away. */
export const UNKNOWN_TERMS = 0
/** The set of terms that has none. */
export const NO_TERMS = 0

const mediaOf = (tags: readonly string[] = []): MediaKind | undefined =>
  tags.includes('media:video') ? 'video' : tags.includes('media:image') ? 'image' : undefined

/** Gives equal terms, and equal sets of terms, the same number. Both are few, and are never given up. */
export class TermsTable {
  readonly #terms: (Terms | undefined)[] = [undefined]
  readonly #numbers = new Map<string, number>()
  readonly #sets: (readonly number[])[] = [[]]
  readonly #setNumbers = new Map<string, number>([['', NO_TERMS]])

  numberOf({ classification, handling, role, held, tags }: Entry): number {
    const isMatched = role === 'match' && held === undefined
    const mayHaveMatched = role !== 'canary' && held?.why !== 'degenerate'
    const media = mediaOf(tags)
    const { scheme, code } = classification
    const { audience, onward } = handling
    const name = JSON.stringify([scheme, code, audience, onward, isMatched, mayHaveMatched, media])
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number =
        this.#terms.push({
          classification: { scheme, code },
          handling: { audience, onward },
          isMatched,
          mayHaveMatched,
          media,
        }) - 1
      this.#numbers.set(name, number)
    }
    return number
  }

  /** Undefined for UNKNOWN_TERMS. */
  get(number: number): Terms | undefined {
    return this.#terms[number]
  }

  /** The number of the set with these terms, too. */
  setWith(set: number, terms: number): number {
    const members = this.#sets[set]
    if (members.includes(terms)) return set
    const more = [...members, terms].toSorted((a, b) => a - b)
    const name = more.join()
    let number = this.#setNumbers.get(name)
    if (number === undefined) {
      number = this.#sets.push(more) - 1
      this.#setNumbers.set(name, number)
    }
    return number
  }

  set(number: number): readonly number[] {
    return this.#sets[number]
  }
}
