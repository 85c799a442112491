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
    const { elapsedMs } = this.#scheduler
    this.#lastMs = Math.max(this.#lastMs, elapsedMs + this.#delayMs())
    this.#scheduler.after(this.#lastMs - elapsedMs, to, what, arrive)
  }
}
