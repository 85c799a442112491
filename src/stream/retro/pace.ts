import { setTimeout as sleep } from 'node:timers/promises'

/** Shorter rests than this are saved up. */
const LEAST_REST_MS = 10
/** Between two signs of life. */
const LONGEST_REST_MS = 500
const LAG_EVERY_MS = 1_000

export interface PaceOptions {
  /** Of the time, how much may be spent on work: above 0, up to 1. */
  readonly share: number
  /** Records that live matching is behind at most while there is work. */
  readonly maxLagRecords: number
  readonly liveLagRecords: () => Promise<number>
}

/** Keeps work in the background to its share of the time, and lets it wait while live matching is behind. */
export class Pace {
  readonly #options: PaceOptions
  #owedMs = 0
  #lagSeenAtMs = -Infinity

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** Notes that work took so long. */
  worked(ms: number): void {
    this.#owedMs += ms * (1 / this.#options.share - 1)
  }

  /** Resolves when the next piece of work may begin; until then it gives signs of life, whose errors it throws. */
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
