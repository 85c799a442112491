// The words for how sure a hit is.
import type { Grade } from '../../contract/hit.ts'

interface GradeWords {
  /** Bars of four that are filled: the shape beside the word. */
  readonly bars: 1 | 2 | 3 | 4
  readonly name: string
  /** The sentence that a reviewer reads first. */
  readonly headline: string
  readonly meaning: string
}

export const GRADE_WORDS: Readonly<Record<Grade, GradeWords>> = {
  exact: {
    bars: 4,
    name: 'Exact',
    headline: 'The same file, bit for bit',
    meaning:
      'A SHA-256 is equal to a known one, or a SHA-1 and an MD5 of one list entry are equal together. Two different files with equal hashes of this kind have never been found.',
  },
  'exact-weak': {
    bars: 3,
    name: 'Exact, one weak hash',
    headline: 'Almost surely the same file',
    meaning:
      'A SHA-1 or an MD5 alone is equal. That does not happen by accident, but a person can make two files with equal values on purpose.',
  },
  perceptual: {
    bars: 2,
    name: 'Looks alike',
    headline: 'The picture looks like a known one',
    meaning:
      'A perceptual hash lies within its threshold of a known one, and the platform measured how much detail the picture has. The files are different; the picture may be a copy.',
  },
  'perceptual-weak': {
    bars: 1,
    name: 'May look alike',
    headline: 'The picture may look like a known one',
    meaning:
      'A perceptual hash lies within its threshold, but the platform gave no quality for it. A nearly blank picture matches other blank ones, so look for more before you refer it.',
  },
}

export const strongestFirst = (grades: readonly Grade[]): readonly Grade[] =>
  grades.toSorted((a, b) => GRADE_WORDS[b].bars - GRADE_WORDS[a].bars)
