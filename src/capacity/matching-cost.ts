// What matching one report costs, by the number of known hashes.
import type { PlannedLoad } from './figure.ts'
import { MEASURED, type MeasuredCost } from './measured.ts'

/**
 * Microseconds of a core for each report, the broker's share of the machine included. Between two measured sizes it is a
 * power of the size; below the least it is that of the least. Beyond the largest it grows in proportion to the size, which
 * is more than was measured (`search.exponent`). It never falls where the set grows: a smaller set that was measured as
 * dearer, as happens between neighbours, counts for the larger one, too.
 */
export function reportMicros(known: number, orientations: 1 | 8): number {
  const points = withoutFalls(MEASURED.pipeline.points[orientations])
  const [first] = points
  const above = points.findIndex((point) => point.known >= known)
  if (above === 0) return first.micros
  if (above === -1) {
    const last = points[points.length - 1]
    return (last.micros * known) / last.known
  }
  const [low, high] = [points[above - 1], points[above]]
  const share = Math.log(known / low.known) / Math.log(high.known / low.known)
  return low.micros * (high.micros / low.micros) ** share
}

function withoutFalls(points: readonly MeasuredCost[]): readonly MeasuredCost[] {
  let dearest = 0
  return points.map(({ known, micros }) => ({ known, micros: (dearest = Math.max(dearest, micros)) }))
}

/** Cores that are busy all the time with this load. */
export const coresFor = ({
  reports,
  known,
  orientations,
}: Pick<PlannedLoad, 'reports' | 'known' | 'orientations'>): number =>
  (reports * reportMicros(known, orientations)) / 1e6
