// The rules that fired, as sentences.
import { HASH_TYPE_NAMES, type HashType } from '../../hash/hash-type.ts'
import { ORIENTATIONS, type Orientation } from '../../hash/orientation.ts'
import { HASH_NAMES, ORIENTATION_WORDS } from './report.ts'

const nameOf = (type: string): string =>
  // Checked by the line itself: a type that this console does not know is shown as it is.
  HASH_TYPE_NAMES.includes(type as HashType) ? HASH_NAMES[type as HashType] : type

/** One rule of a hit's `why` (`near-turned-180:pdq`) in a sentence; one that is not known here stays as it is. */
export function whySentence(rule: string): string {
  const [name = '', type = ''] = rule.split(':')
  const hash = nameOf(type)
  if (name === 'equal') return `The reported ${hash} is equal to a known one.`
  if (name === 'near') return `The reported ${hash} lies within its threshold of a known one.`
  if (name === 'corroborates')
    return `A ${hash} also points to a list entry that the match above points to; it supports the hit, but would not make one alone.`
  if (name === 'quality-absent')
    return `The policy asks for a quality with a ${hash}, and the platform gave none: the picture may be nearly blank.`
  if (name === 'degenerate')
    return `The report also has a ${hash} that says nothing of its file (a blank picture, an empty file); it was not searched.`
  const turned = name.startsWith('near-') ? orientationOf(name.slice('near-'.length)) : undefined
  if (turned)
    return `The reported ${hash} lies within its threshold of a known one once the picture is taken as changed: ${ORIENTATION_WORDS[turned].toLowerCase()}.`
  return rule
}

/** What makes the hit first, then what supports it, then what speaks against trusting it. */
const rank = (rule: string): number =>
  rule.startsWith('equal') ? 0 : rule.startsWith('near') ? 1 : rule.startsWith('corroborates') ? 2 : 3

export const inOrder = (why: readonly string[]): readonly string[] =>
  why.toSorted((a, b) => rank(a) - rank(b))

const orientationOf = (name: string): Orientation | undefined => ORIENTATIONS.find((one) => one === name)
