// Where metrics are registered, and two kinds of them that say what they know from the start.
import { Counter, Gauge, type Registry } from 'prom-client'

/** Seconds, from a millisecond to a minute. */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

/**
 * All values that the labels of closed sets can have. Their series exist from the start, at 0: a series that appears at
 * its first event appears at 1, and Prometheus's `increase()` of that is 0, so that no alert fires.
 */
export interface LabelValues {
  readonly grades: readonly string[]
  readonly hashTypes: readonly string[]
  readonly rejections: readonly string[]
  readonly snapshotRefusals: readonly string[]
  readonly gatewayProblems: readonly string[]
}

/** Where metrics are registered, and which label values they begin with. */
export interface Place {
  readonly registers: Registry[]
  readonly labelValues: LabelValues
}

/** A counter with one label, of a closed set: every series exists from the start. */
export function closedCounter<Label extends string>(
  registers: Registry[],
  [name, help, label]: readonly [name: string, help: string, label: Label],
  values: readonly string[],
): Counter<Label> {
  const counter = new Counter({ name, help, labelNames: [label], registers })
  for (const value of values) counter.labels(value).inc(0)
  return counter
}

/** A gauge without labels that has no series until it is set: prom-client's would begin at 0, which says something. */
export function gaugeOnceKnown(configuration: { name: string; help: string; registers: Registry[] }): Gauge {
  const gauge = new Gauge(configuration)
  gauge.remove()
  return gauge
}
