// Percentiles of latencies.
import type { Percentiles } from './jobs.ts'

/** Of milliseconds; to a tenth. */
export function percentilesOf(samples: readonly number[]): Percentiles {
  const sorted = Float64Array.from(samples).sort()
  // The least value that is not under this share of the samples.
  const at = (share: number): number =>
    Math.round(10 * sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]) / 10
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), greatest: at(1) }
}
