// Counts by platform, with a bounded number of series: the first platforms of a process have one each, the others one together.
import type { Counter } from 'prom-client'

/** Platforms that have a series of their own, at most. */
const MOST_PLATFORMS = 100
const OTHER_PLATFORMS = 'other'

export class PlatformCounter {
  readonly #counter: Counter<'platform'>
  readonly #named = new Set<string>()

  constructor(counter: Counter<'platform'>) {
    this.#counter = counter
    counter.inc({ platform: OTHER_PLATFORMS }, 0)
  }

  /** Its series begins, at 0, unless it has one. */
  seen(platform: string): void {
    if (this.#named.has(platform) || this.#named.size >= MOST_PLATFORMS) return
    this.#named.add(platform)
    this.#counter.inc({ platform }, 0)
  }

  inc(platform: string): void {
    this.seen(platform)
    this.#counter.inc({ platform: this.#named.has(platform) ? platform : OTHER_PLATFORMS })
  }
}
