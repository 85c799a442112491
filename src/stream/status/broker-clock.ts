// The brokers' time now, from the times that they put on records: the clock of this machine may be another.

export class BrokerClock {
  readonly #clock: () => number
  readonly #wallClock: () => number
  /** Of the record that came soonest after the broker had stamped it: its time minus ours. */
  #aheadMs: number | undefined

  /** Milliseconds: of a clock that is never set; since 1970, while no record has come yet. */
  constructor(clock = () => performance.now(), wallClock = Date.now) {
    this.#clock = clock
    this.#wallClock = wallClock
  }

  /** A record with this time has come just now. */
  heard(recordMs: number): void {
    this.#aheadMs = Math.max(this.#aheadMs ?? -Infinity, recordMs - this.#clock())
  }

  now(): number {
    return this.#aheadMs === undefined ? this.#wallClock() : this.#clock() + this.#aheadMs
  }
}
