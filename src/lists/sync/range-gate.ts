// The gate over a whole range: a hundred pages that each remove one percent remove everything.
import { sha256Hex } from '../../contract/json.ts'
import type { PendingChange } from '../../contract/list-state.ts'
import type { Change } from '../import/comparison.ts'
import { gate, type GateLimits } from '../import/gate.ts'
import { NetChanges, type ChangeCounts } from './net-changes.ts'

/** A change that is more than this many times the one that a person has seen is another change. */
const SEEN_TIMES = 1.25
/** Entries that a change may always add or change beyond what was seen: removals have no such allowance. */
const SEEN_MORE = 1_000
const ID_DIGITS = 32

/** What an unfinished range has published so far, over all tries to read it. A restart forgets it. */
export interface AppliedPart {
  /** Entries that the source had when the range began. */
  readonly before: number
  readonly changes: NetChanges
}

/** Nothing yet, of a source with this number of entries. */
export const nothingApplied = (before: number): AppliedPart => ({ before, changes: new NetChanges() })

export interface GateOptions {
  readonly source: string
  readonly checkpoint: string | undefined
  /** What earlier tries have published counts too: else each try could remove a tenth. */
  readonly applied: AppliedPart
  readonly limits: GateLimits
  /** A first synchronisation, even one that was interrupted, adds all there is. What it removes is held to the gate. */
  readonly isFirst: boolean
  /** The change that waits already, from the same checkpoint. */
  readonly pending: PendingChange | undefined
  readonly now: () => Date
}

/** Adds up the pages of one range, and what earlier tries have published of it. */
export class RangeGate {
  readonly #options: GateOptions
  readonly #sum: NetChanges
  /** Removals of this try alone, also of entries that it brings back. */
  #removesNow = 0

  constructor(options: GateOptions) {
    this.#options = options
    this.#sum = options.applied.changes.copy()
  }

  /** Whether nothing that comes can have to wait. */
  get isOpen(): boolean {
    const { isFirst, applied } = this.#options
    return isFirst && applied.before === 0
  }

  /** A page that would do this was read. */
  add(changes: readonly Change[]): void {
    this.#sum.add(changes)
    for (const { fate } of changes) if (fate === 'removed' || fate === 'stopped') this.#removesNow++
  }

  /** This is being published. */
  publish(changes: readonly Change[]): void {
    this.#options.applied.changes.add(changes)
  }

  /** Why the range so far must wait; undefined: it may pass. */
  get why(): PendingChange['why'] | undefined {
    const { applied, limits, isFirst } = this.#options
    const { before } = applied
    const { adds, removes } = this.#sum.counts
    // It may take back what it has added itself.
    return isFirst
      ? gate({ before: before + adds, adds: 0, removes }, limits)
      : gate({ before, adds, removes }, limits)
  }

  /**
   * Why a range that waits already must go on waiting: its part that may pass has been published, so that little by little
   * all of it would. Undefined: the source has taken it back.
   */
  whyStill({ why, before }: PendingChange): PendingChange['why'] | undefined {
    const { limits } = this.#options
    const lasts =
      why === 'removes-much'
        ? this.#removesNow > 0
        : gate({ ...this.#sum.counts, before, removes: 0 }, limits)
    return lasts ? why : this.why
  }

  /** The change for a person to look at: the one that waits already, if it covers this one. */
  pendingFor(why: PendingChange['why']): PendingChange {
    const { source, checkpoint = '', applied, pending, now } = this.#options
    const { before } = applied
    const { counts } = this.#sum
    if (pending?.why === why && covers(pending, counts)) return pending
    const id = sha256Hex(JSON.stringify([source, checkpoint, why, before, counts])).slice(0, ID_DIGITS)
    return { id, why, before, ...counts, since: pending?.since ?? now().toISOString() }
  }
}

/** An approval holds for a change of about this size: a list moves while a person thinks. */
const covers = (seen: ChangeCounts, now: ChangeCounts): boolean =>
  now.removes <= SEEN_TIMES * seen.removes &&
  now.adds <= mostOf(seen.adds) &&
  now.changes <= mostOf(seen.changes)

const mostOf = (seen: number): number => Math.max(SEEN_TIMES * seen, seen + SEEN_MORE)
