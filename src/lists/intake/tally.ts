// What was counted while a list was read.

/** Rejections that are kept one by one; the rest is counted. */
const KEPT_REJECTIONS = 20
/** Different reasons and types that are counted by name. A list could have a million. */
const KEPT_NAMES = 100
const OTHERS = 'others'

export interface Rejected {
  readonly where: string
  readonly reason: string
}

type Counts = Readonly<Record<string, number>>

export class Tally {
  /** Records, of all kinds. */
  read = 0
  /** Records that can't be used and say of no file that they are its. */
  unplaced = 0
  rejectedCount = 0
  readonly rejected: Rejected[] = []
  readonly #counts = {
    accepted: new Map<string, number>(),
    notMatched: new Map<string, number>(),
    quarantined: new Map<string, number>(),
    skipped: new Map<string, number>(),
  }

  count(what: 'accepted' | 'notMatched' | 'quarantined' | 'skipped', name: string): void {
    const counts = this.#counts[what]
    const own = counts.has(name) || counts.size < KEPT_NAMES ? name : OTHERS
    counts.set(own, (counts.get(own) ?? 0) + 1)
  }

  skip(why: string): void {
    this.count('skipped', why)
  }

  reject(where: string, reason: string): void {
    if (this.rejectedCount++ < KEPT_REJECTIONS) this.rejected.push({ where, reason })
  }

  counts(what: 'accepted' | 'notMatched' | 'quarantined' | 'skipped'): Counts {
    return Object.fromEntries(this.#counts[what])
  }
}
