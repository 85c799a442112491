// What a range changes of a source in the end: an entry that comes and goes in it again and again counts once, or not at all.
import type { Change } from '../import/comparison.ts'

/** A source that changes more entries than this in one range: what it takes back of the others counts as removed. */
const MOST_NOTED = 500_000

export interface ChangeCounts {
  readonly adds: number
  readonly changes: number
  /** With matches that become none: they are as good as gone. */
  readonly removes: number
}

type Fate = Change['fate']

export class NetChanges {
  /** By key of an entry. */
  readonly #fates = new Map<string, Fate>()
  readonly #counts: Record<Fate, number> = { added: 0, changed: 0, stopped: 0, removed: 0 }

  get counts(): ChangeCounts {
    const { added, changed, stopped, removed } = this.#counts
    return { adds: added, changes: changed, removes: removed + stopped }
  }

  get isNothing(): boolean {
    return Object.values(this.#counts).every((count) => count === 0)
  }

  /** The same change a second time, as after a page that broke off, adds nothing. */
  add(changes: readonly Pick<Change, 'key' | 'fate'>[]): void {
    for (const { key, fate } of changes) {
      const before = this.#fates.get(key)
      const after = together(before, fate)
      if (before === after) continue
      if (before !== undefined) this.#counts[before]--
      if (after !== undefined) this.#counts[after]++
      if (after === undefined) this.#fates.delete(key)
      else if (before !== undefined || this.#fates.size < MOST_NOTED) this.#fates.set(key, after)
    }
  }

  copy(): NetChanges {
    const copy = new NetChanges()
    for (const [key, fate] of this.#fates) copy.#fates.set(key, fate)
    Object.assign(copy.#counts, this.#counts)
    return copy
  }
}

/** Undefined: the range leaves the entry as it was. */
function together(before: Fate | undefined, fate: Fate): Fate | undefined {
  if (before === 'added') return fate === 'removed' ? undefined : 'added'
  // It is back, maybe with other words.
  if (before === 'removed' && fate === 'added') return 'changed'
  return fate
}
