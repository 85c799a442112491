// How much of a batch is matched at a time.
import type { HashType, PerceptualType } from '../hash/hash-type.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import type { ReceivedReport } from './received-report.ts'
import type { SimilarityQueries } from './similarity-queries.ts'

/** About how long this number of queries of one type takes, asked together, in microseconds. */
type EstimateMicros = (type: PerceptualType, queryCount: number, query: RadiusQuery) => number

/**
 * How many of the reports take about `budgetMicros` to match together: at least one. They are estimated together, because
 * a query among many takes a fraction of the time that it takes alone.
 */
export function sliceLength(
  reports: readonly ReceivedReport[],
  budgetMicros: number,
  queries: SimilarityQueries,
  estimateMicros: EstimateMicros,
): number {
  const counts = new Map([...queries.keys()].map((type) => [type as HashType, 0]))
  const count = (report: ReceivedReport, by: number): void => {
    for (const { type } of report.report.hashes) {
      const before = counts.get(type)
      if (before !== undefined) counts.set(type, before + by)
    }
  }
  for (const report of reports) count(report, 1)
  let { length } = reports
  for (;;) {
    let micros = 0
    for (const [type, query] of queries) micros += estimateMicros(type, counts.get(type) ?? 0, query)
    if (micros <= budgetMicros || length <= 1) return Math.max(1, length)
    // Fewer take longer each: the rest may still be too many.
    const shorter = Math.max(1, Math.min(length - 1, Math.floor((length * budgetMicros) / micros)))
    for (let at = shorter; at < length; at++) count(reports[at], -1)
    length = shorter
  }
}
