// Which decisions are about an entry: looked up, because the topic has millions of entries and thousands of decisions may wait.
import { knownHashKey, type EntryIdentity } from '../../contract/known-hash.ts'
import type { EntriesTarget } from './curations.ts'

export class TargetIndex<Decision extends { readonly target: EntriesTarget }> {
  readonly #decisions: readonly Decision[]
  /** Their numbers, by what they name. */
  readonly #byName = new Map<string, number[]>()

  constructor(decisions: readonly Decision[]) {
    this.#decisions = decisions
    for (const [number, { target }] of decisions.entries()) {
      const name = nameOf(target)
      const numbers = this.#byName.get(name)
      if (numbers) numbers.push(number)
      else this.#byName.set(name, [number])
    }
  }

  /** Whether one of them is about the entry. */
  has(entry: EntryIdentity): boolean {
    return namesOf(entry).some((name) => this.#byName.has(name))
  }

  /** Those about the entry, in their order. */
  of(entry: EntryIdentity): readonly Decision[] {
    return namesOf(entry)
      .flatMap((name) => this.#byName.get(name) ?? [])
      .toSorted((a, b) => a - b)
      .map((number) => this.#decisions[number])
  }
}

const valueName = ({ type, value }: Pick<EntryIdentity, 'type' | 'value'>): string => `value ${type}:${value}`
const fileName = ({ source, sourceId }: Pick<EntryIdentity, 'source' | 'sourceId'>): string =>
  `file ${source}:${sourceId}`

function nameOf(target: EntriesTarget): string {
  if (!('value' in target)) return fileName(target)
  return 'source' in target ? knownHashKey(target) : valueName(target)
}

/** All names that a decision about the entry may have. */
const namesOf = (entry: EntryIdentity): readonly string[] => [
  valueName(entry),
  fileName(entry),
  knownHashKey(entry),
]
