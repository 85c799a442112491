// How fast looking back goes: it spends a share of the main thread's time, and rests while live matching lags.
import { setTimeout as sleep } from 'node:timers/promises'

/** Rests shorter than this are added up, in milliseconds. */
const LEAST_REST_MS = 10
/** Between two heartbeats, in milliseconds. */
const LONGEST_REST_MS = 500
/** How often the lag of live matching is asked for, in milliseconds. */
const LAG_EVERY_MS = 1_000

export interface PaceOptions {
  /** Share of the time that may be spent on work: above 0, up to 1. */
  readonly share: number
  /** While live matching lags by more records than this, the work waits. */
  readonly maxLagRecords: number
  readonly liveLagRecords: () => Promise<number>
}

/** Keeps background work to its share of the time, and makes it wait while live matching lags. */
export class Pace {
  readonly #options: PaceOptions
  #owedMs = 0
  #lagSeenAtMs = -Infinity

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** Notes how long some work took. */
  worked(ms: number): void {
    this.#owedMs += ms * (1 / this.#options.share - 1)
  }

  /** Resolves when the next piece of work may begin. Sends heartbeats meanwhile, and throws what they throw. */
  async turn(stillHere: () => Promise<void>): Promise<void> {
    await stillHere()
    while (this.#owedMs >= LEAST_REST_MS) {
      const startedMs = performance.now()
      await sleep(Math.min(this.#owedMs, LONGEST_REST_MS))
      this.#owedMs = Math.max(0, this.#owedMs - (performance.now() - startedMs))
      await stillHere()
    }
    while (performance.now() - this.#lagSeenAtMs >= LAG_EVERY_MS) {
      const isBehind = (await this.#options.liveLagRecords()) > this.#options.maxLagRecords
      if (!isBehind) this.#lagSeenAtMs = performance.now()
      else await sleep(LONGEST_REST_MS)
      await stillHere()
    }
  }
}
