// Which pointers of dead letters are shown after each answer. Pure.
import type { DeadLettersPage } from '../../../contract/review.ts'
import { Refusal } from '../../client/refusal.ts'

export type LettersShown = DeadLettersPage | Refusal | 'loading' | undefined

/** After the answer to `Show more`: a refusal leaves them as they are. */
export function withMore(shown: LettersShown, answer: DeadLettersPage | Refusal): LettersShown {
  if (typeof shown !== 'object' || shown instanceof Refusal || answer instanceof Refusal) return shown
  return { ...answer, letters: [...shown.letters, ...answer.letters] }
}

/** Stands where a page has no letters: the search for a code may have more to read. */
export const noLetters = ({ next }: DeadLettersPage): string =>
  next === undefined
    ? 'There is no such dead letter.'
    : 'None was found among the dead letters read so far. “Show more” reads on.'
