// Counts by platform, or by credential, with a bounded number of series: the first ones of a process have one each, the others
// one together.
import type { Counter } from 'prom-client'

/** Names that have a series of their own, at most. */
const MOST_NAMES = 100
const OTHER_NAMES = 'other'

export class PlatformCounter<Label extends 'platform' | 'credential' = 'platform'> {
  readonly #counter: Counter<Label>
  readonly #label: Label
  readonly #named = new Set<string>()

  constructor(counter: Counter<Label>, label: Label) {
    this.#counter = counter
    this.#label = label
    this.#inc(OTHER_NAMES, 0)
  }

  /** Its series begins, at 0, unless it has one. */
  seen(name: string): void {
    if (this.#named.has(name) || this.#named.size >= MOST_NAMES) return
    this.#named.add(name)
    this.#inc(name, 0)
  }

  inc(name: string): void {
    this.seen(name)
    this.#inc(this.#named.has(name) ? name : OTHER_NAMES, 1)
  }

  #inc(name: string, count: number): void {
    // The one label that the counter has.
    this.#counter.inc({ [this.#label]: name } as Record<Label, string>, count)
  }
}
