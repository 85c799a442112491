// The metrics of a process's threads, kept so that no counter of the process ever falls.
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgeGauge } from './age-gauge.ts'

/** A metric with its values, as prom-client's registries exchange them. */
export interface MeasuredMetric {
  readonly name: string
  /** `counter`, `gauge`, `histogram`. */
  readonly type: unknown
  readonly values: readonly MeasuredValue[]
}

interface MeasuredValue {
  readonly value: number
  readonly labels: Readonly<Partial<Record<string, string | number>>>
  /** Of a histogram: the series, for example `…_bucket`. */
  readonly metricName?: string
}

/** A thread that can be asked for its metrics. */
export interface MeasuredThread {
  metrics(): Promise<readonly MeasuredMetric[]>
}

/** How long a scrape waits for a thread's answer. */
const ANSWER_WITHIN_MS = 1_000
/** Gauges of a thread that has not answered for longer than this say nothing about now. */
const GAUGES_LAST_MS = 15_000

/** What a thread answered last. */
interface Answer {
  /** Counts the scrapes: an answer that comes after a later one's is dropped. */
  readonly scrape: number
  readonly atMs: number
  readonly metrics: readonly MeasuredMetric[]
}

interface Running {
  readonly number: number
  answer: Answer | undefined
}

export interface ThreadTotalsOptions {
  /** Shows how long ago each running thread answered. */
  readonly answerAge?: AgeGauge<'thread'>
  /** Milliseconds, of a clock that never goes back. */
  readonly clock?: () => number
  readonly answerWithinMs?: number
}

/**
 * Prometheus takes a counter that falls for one that began again at 0, and adds all of it once more. So a thread that
 * answers too late for a scrape counts with its last answer, and what a thread had counted stays when it has ended.
 * What it counted between its last answer and its death is lost.
 */
export class ThreadTotals {
  readonly #answerAge: AgeGauge<'thread'> | undefined
  readonly #clock: () => number
  readonly #answerWithinMs: number
  readonly #running = new Map<MeasuredThread, Running>()
  /** Counters and histograms of the threads that have ended, added up. */
  #ended: readonly MeasuredMetric[] = []
  #scrapes = 0

  constructor({
    answerAge,
    clock = () => performance.now(),
    answerWithinMs = ANSWER_WITHIN_MS,
  }: ThreadTotalsOptions = {}) {
    this.#answerAge = answerAge
    this.#clock = clock
    this.#answerWithinMs = answerWithinMs
  }

  begun(number: number, thread: MeasuredThread): void {
    this.#running.set(thread, { number, answer: undefined })
    this.#tellAge(number, this.#clock())
  }

  ended(thread: MeasuredThread): void {
    const running = this.#running.get(thread)
    if (!running) return
    this.#running.delete(thread)
    this.#answerAge?.remove({ thread: running.number })
    this.#ended = addUp(this.#ended, accumulating(running.answer?.metrics ?? []))
  }

  /** Asks all threads, and resolves with one list of metrics for each, and one for all that have ended. */
  async ask(): Promise<readonly (readonly MeasuredMetric[])[]> {
    const scrape = ++this.#scrapes
    const answers = [...this.#running].map(([thread, running]) => this.#ask(scrape, thread, running))
    await Promise.race([Promise.all(answers), sleep(this.#answerWithinMs, undefined, { ref: false })])
    const nowMs = this.#clock()
    const running = [...this.#running.values()].map(({ answer }) =>
      answer && nowMs - answer.atMs > GAUGES_LAST_MS ? accumulating(answer.metrics) : (answer?.metrics ?? []),
    )
    return [this.#ended, ...running]
  }

  async #ask(scrape: number, thread: MeasuredThread, running: Running): Promise<void> {
    try {
      const metrics = await thread.metrics()
      if (running.answer && running.answer.scrape > scrape) return
      const atMs = this.#clock()
      running.answer = { scrape, atMs, metrics }
      if (this.#running.has(thread)) this.#tellAge(running.number, atMs)
    } catch {
      // It has ended, or is about to: its supervisor says so.
    }
  }

  #tellAge(thread: number, sinceMs: number): void {
    this.#answerAge?.set({ labels: { thread }, clock: this.#clock, sinceMs })
  }
}

/** All but the gauges: what a thread is, as opposed to what it has done, ends with it. */
const accumulating = (metrics: readonly MeasuredMetric[]): readonly MeasuredMetric[] =>
  metrics.filter(({ type }) => type === 'counter' || type === 'histogram')

/** The sums of metrics of the same name, value by value. */
function addUp(some: readonly MeasuredMetric[], more: readonly MeasuredMetric[]): readonly MeasuredMetric[] {
  const sums = new Map(some.map((metric) => [metric.name, metric]))
  for (const metric of more) {
    const values = new Map<string, MeasuredValue>()
    for (const value of [...(sums.get(metric.name)?.values ?? []), ...metric.values]) {
      const series = JSON.stringify([value.metricName, value.labels])
      values.set(series, { ...value, value: value.value + (values.get(series)?.value ?? 0) })
    }
    sums.set(metric.name, { ...metric, values: [...values.values()] })
  }
  return [...sums.values()]
}
