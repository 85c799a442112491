// In a matcher thread: searches together what a fetch brought of several partitions, in one turn of the event loop. In a small
// batch a report takes several times as long as in a large one.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { Prefiltered } from '../../matcher/prefilter.ts'

/** Above this number of reports, a larger batch hardly saves time. */
const ENOUGH_REPORTS = 1_024

export type Prefilter = (reports: readonly ReceivedReport[], budgetMicros: number) => Prefiltered

interface Asked {
  readonly reports: readonly ReceivedReport[]
  readonly budgetMicros: number
  readonly answer: PromiseWithResolvers<Prefiltered>
}

export class PrefilterBatcher {
  readonly #prefilter: Prefilter
  #waiting: Asked[] = []
  #isAwake = false

  constructor(prefilter: Prefilter) {
    this.#prefilter = prefilter
  }

  /** As `prefilter`, soon. */
  prefilter(reports: readonly ReceivedReport[], budgetMicros: number): Promise<Prefiltered> {
    const answer = Promise.withResolvers<Prefiltered>()
    this.#waiting.push({ reports, budgetMicros, answer })
    if (!this.#isAwake) void this.#work()
    return answer.promise
  }

  async #work(): Promise<void> {
    this.#isAwake = true
    while (this.#waiting.length > 0) {
      // Other work has its turn between two searches.
      await nextTurn()
      this.#prefilterSome()
    }
    this.#isAwake = false
  }

  #prefilterSome(): void {
    const some: Asked[] = []
    let count = 0
    for (const asked of this.#waiting) {
      if (some.length > 0 && count + asked.reports.length > ENOUGH_REPORTS) break
      some.push(asked)
      count += asked.reports.length
    }
    this.#waiting = this.#waiting.slice(some.length)
    try {
      const { done: prefiltered, candidates } = this.#prefilter(
        some.flatMap(({ reports }) => reports),
        Math.min(...some.map(({ budgetMicros }) => budgetMicros)),
      )
      this.#answer(some, prefiltered, candidates)
    } catch (error) {
      for (const { answer } of some) answer.reject(error)
    }
  }

  /** Gives each caller its own results. A caller that got none, because the time was up, is first in the next turn. */
  #answer(some: readonly Asked[], prefiltered: number, candidates: readonly number[]): void {
    const unanswered: Asked[] = []
    let from = 0
    for (const asked of some) {
      const to = from + asked.reports.length
      const own = candidates.filter((place) => place >= from && place < to).map((place) => place - from)
      if (prefiltered > from)
        asked.answer.resolve({ done: Math.min(prefiltered, to) - from, candidates: own })
      else unanswered.push(asked)
      from = to
    }
    this.#waiting.unshift(...unanswered)
  }
}
