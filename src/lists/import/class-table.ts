// The classes that a list names, each once, with the counts of its files until the whole list is read.
import { Tally } from './tally.ts'
import type { ListedClass, ListJudge, Verdict } from './terms.ts'

/** Different classes of a list. A list that names a million of them names none that a scheme has. */
const MOST_CLASSES = 1_000
const OTHERS = '(one of very many)'

/** Places of files that are kept one by one, for a class that is refused. */
const KEPT_PLACES = 20

interface Counted extends ListedClass {
  files: number
  readonly places: string[]
  /** Of the hashes of its files. */
  readonly tally: Tally
}

/**
 * A list may declare its scheme after its records, and only the scheme says what a code means: so files are counted by
 * class, and judged when the list has ended.
 */
export class ClassTable {
  readonly #classes: Counted[] = []
  readonly #numbers = new Map<string, number>()
  #verdicts: readonly Verdict[] = []

  /** The number of a file's class, and the tally of its hashes. */
  take(listed: ListedClass): { readonly number: number; readonly tally: Tally } {
    const number = this.#numberOf(listed)
    const counted = this.#classes[number]
    if (counted.files++ < KEPT_PLACES) counted.places.push(listed.place)
    return { number, tally: counted.tally }
  }

  /** Judges all classes, and adds to the list's tally. `declared`: the scheme that the whole list declares. */
  judge(judge: ListJudge, declared: string | undefined, tally: Tally): void {
    judge.checkCodes(this.#classes)
    this.#verdicts = this.#classes.map((counted) => {
      const verdict = judge.judge({ ...counted, scheme: counted.scheme ?? declared })
      if (verdict.kind === 'entries') tally.add(counted.tally)
      else if (verdict.kind === 'skipped') tally.count('skipped', verdict.why, counted.files)
      else {
        tally.reject(counted.places, verdict.reason, counted.files)
        tally.useless += counted.files
        if (verdict.isUnknownClass) tally.unknownClass += counted.files
      }
      return verdict
    })
  }

  verdict(number: number): Verdict {
    return this.#verdicts[number]
  }

  /** The names of the schemes that entries carry. */
  get schemes(): readonly string[] {
    const names = this.#verdicts.flatMap((verdict) =>
      verdict.kind === 'entries' ? [verdict.provenance.classification.scheme] : [],
    )
    return [...new Set(names)]
  }

  #numberOf({ scheme, code, place }: ListedClass): number {
    // Neither can hold a line feed that stands for something else: such a code is in no scheme.
    const name = `${scheme ?? ''}\n${code ?? ''}\n${code === undefined}`
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const isMany = this.#classes.length >= MOST_CLASSES
    const own = isMany ? { scheme, code: OTHERS, place } : { scheme, code, place }
    const number = isMany ? MOST_CLASSES : this.#classes.length
    this.#classes[number] ??= { ...own, files: 0, places: [], tally: new Tally() }
    if (!isMany) this.#numbers.set(name, number)
    return number
  }
}
