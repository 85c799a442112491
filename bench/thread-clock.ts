// Processor time of the calling thread.
/**
 * Milliseconds that this thread has computed so far. On a machine that others use, too, the clock on the wall
 * measures the neighbours.
 */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** What many like steps take of this thread's time. */
export class StepTimes {
  #steps = 0
  #ms = 0
  #longestMs = 0
  #blocks = 0

  /**
   * Takes the steps, and the time of all of them together or, every other time, of each: to ask the time takes about
   * as long as a step.
   */
  block<T>(items: readonly T[], step: (item: T) => void): void {
    if (this.#blocks++ % 2 === 0) {
      const started = threadMs()
      for (const item of items) step(item)
      this.#ms += threadMs() - started
      this.#steps += items.length
      return
    }
    for (const item of items) {
      const started = threadMs()
      step(item)
      this.#longestMs = Math.max(this.#longestMs, threadMs() - started)
    }
  }

  get micros(): number {
    return (this.#ms / this.#steps) * 1000
  }

  get longestMs(): number {
    return this.#longestMs
  }
}
