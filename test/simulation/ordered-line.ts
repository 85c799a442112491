import type { Actor, Scheduler } from './scheduler.ts'

/** What is sent to an actor this way comes in its order, each after a while. */
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
