// A gauge of ages, which grow between two events without being set.
import { Gauge, type GaugeConfiguration } from 'prom-client'

/** One series: where its age counts from. */
interface Aged<Label extends string> {
  readonly labels: Readonly<Record<Label, string | number>>
  /** The time now, by the clock that `sinceMs` was read from. Milliseconds. */
  readonly clock: () => number
  /** Undefined: nothing has an age now, which reads as 0. An unknown age has no series: see `remove` and `reset`. */
  readonly sinceMs: number | undefined
}

/** A gauge of ages in seconds. They are computed when they are read, so they grow while nothing happens. */
export class AgeGauge<Label extends string> {
  readonly #gauge: Gauge<Label>
  readonly #series = new Map<string, Aged<Label>>()

  constructor(configuration: Omit<GaugeConfiguration<Label>, 'collect'>) {
    const series = this.#series
    this.#gauge = new Gauge({
      ...configuration,
      collect() {
        for (const { labels, clock, sinceMs } of series.values())
          this.set(labels, sinceMs === undefined ? 0 : Math.max(0, clock() - sinceMs) / 1000)
      },
    })
  }

  set(aged: Aged<Label>): void {
    this.#series.set(JSON.stringify(aged.labels), aged)
  }

  /** Drops all series. */
  reset(): void {
    this.#series.clear()
    this.#gauge.reset()
  }

  /** Drops a series. */
  remove(labels: Aged<Label>['labels']): void {
    this.#series.delete(JSON.stringify(labels))
    this.#gauge.remove(labels)
  }
}
