import type { Actor, Scheduler } from './scheduler.ts'

/** Messages to an actor this way arrive in order, each after a while. */
export class OrderedLine {
  readonly #scheduler: Scheduler
  readonly #delayMs: () => number
  #lastMs = 0

  constructor(scheduler: Scheduler, delayMs: () => number) {
    this.#scheduler = scheduler
    this.#delayMs = delayMs
  }

  send(to: Actor, what: string, arrive: () => void): void {
    this.#lastMs = Math.max(this.#lastMs, this.#scheduler.elapsedMs + this.#delayMs())
    this.#scheduler.at(this.#lastMs, to, what, arrive)
  }
}
