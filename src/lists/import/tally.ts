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

const COUNTED = ['accepted', 'notMatched', 'quarantined', 'skipped'] as const
type Counted = (typeof COUNTED)[number]

export class Tally {
  /** Records, of all kinds. */
  read = 0
  /** Records that can't be used and say of no file that they are its. */
  unplaced = 0
  /** Records without a value that can be used, where others were expected. */
  useless = 0
  rejectedCount = 0
  /** Those of them that have a class, and no scheme that is known says what it means. */
  unknownClass = 0
  readonly rejected: Rejected[] = []
  readonly #counts: Readonly<Record<Counted, Map<string, number>>> = {
    accepted: new Map(),
    notMatched: new Map(),
    quarantined: new Map(),
    skipped: new Map(),
  }

  count(what: Counted, name: string, by = 1): void {
    const counts = this.#counts[what]
    const own = counts.has(name) || counts.size < KEPT_NAMES ? name : OTHERS
    counts.set(own, (counts.get(own) ?? 0) + by)
  }

  /** Adds what another one has counted. */
  add(other: Tally): void {
    this.useless += other.useless
    for (const what of COUNTED)
      for (const [name, count] of Object.entries(other.counts(what))) this.count(what, name, count)
  }

  /** Records that are refused for one reason; of some of them the places. */
  reject(places: readonly string[], reason: string, count = places.length): void {
    const room = Math.max(0, KEPT_REJECTIONS - this.rejected.length)
    for (const where of places.slice(0, room)) this.rejected.push({ where, reason })
    this.rejectedCount += count
  }

  counts(what: Counted): Counts {
    return Object.fromEntries(this.#counts[what])
  }
}
