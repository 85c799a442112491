import { canaryEntry } from '../../src/contract/canary.ts'
import {
  decodeKnownHash,
  knownHashKey,
  type KnownHash,
  type KnownHashChange,
} from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import type { Report } from '../../src/contract/report.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import type { LogRecord } from '../../src/log/event-log.ts'
import type { NaiveHit, NaiveMatcher } from '../matcher/naive-matcher.ts'

/** The known set as it was at a position, and what it says of reports. */
export class KnownState {
  readonly entries: readonly KnownHash[]
  readonly digest: string
  readonly #naive: NaiveMatcher
  readonly #hits = new Map<Report, NaiveHit | undefined>()

  constructor(naive: NaiveMatcher, entries: readonly KnownHash[], digest: string) {
    this.#naive = naive
    this.entries = entries
    this.digest = digest
  }

  hitOf(report: Report): NaiveHit | undefined {
    if (!this.#hits.has(report)) this.#hits.set(report, this.#naive.hitOf(this.entries, report))
    return this.#hits.get(report)
  }
}

/** All states that known-hashes has been through, by position: the next offset to apply. */
export class KnownHistory {
  readonly #naive: NaiveMatcher
  readonly #set = new PlainKnownSet({ index: 'flat' })
  readonly #entries = new Map<string, KnownHash>()
  readonly #states: KnownState[]
  readonly #touching: boolean[] = []

  constructor(naive: NaiveMatcher) {
    this.#naive = naive
    this.#states = [new KnownState(naive, [], this.#set.digest)]
  }

  /** The position of the newest state. */
  get end(): number {
    return this.#states.length - 1
  }

  get newest(): KnownState {
    return this.at(this.end)
  }

  at(position: number): KnownState {
    const state = this.#states.at(position)
    if (position < 0 || !state) throw new Error(`There was never a known set at position ${position}.`)
    return state
  }

  /** Whether a record at these offsets changed the searched values: not the topic's name, nor a canary. */
  hasChanged(from: number, to: number): boolean {
    return this.#touching.slice(from, to).includes(true)
  }

  /** Offsets before this one that held no record leave the set as it is. */
  skipTo(position: number): void {
    while (this.end < position) this.#states.push(this.newest)
  }

  apply({ key, value, offset }: LogRecord): void {
    this.skipTo(offset)
    const change = decodeKnownHash(key, value)
    this.#touching[offset] = change !== 'not-searched' && !(change instanceof Rejection) && !isCanary(change)
    if (change === 'not-searched' || change instanceof Rejection) {
      this.#states.push(this.newest)
      return
    }
    this.#set.apply(change, offset)
    if (change.entry) this.#entries.set(change.key, change.entry)
    else this.#entries.delete(change.key)
    this.#states.push(new KnownState(this.#naive, [...this.#entries.values()], this.#set.digest))
  }
}

const isCanary = ({ key, identity: { type } }: KnownHashChange): boolean =>
  key === knownHashKey(canaryEntry(type))
