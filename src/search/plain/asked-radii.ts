// The radius of each orientation of a query.
import { ORIENTATIONS } from '../../hash/orientation.ts'
import type { RadiusQuery } from '../hamming-index.ts'

/** Marks an orientation that the query does not ask for; below every distance. */
export const NOT_ASKED = -1

/** The radius of each orientation, by its index; {@link NOT_ASKED} where the query doesn't ask for it. */
export function askedRadii(query: RadiusQuery): Int16Array {
  const radii = new Int16Array(ORIENTATIONS.length).fill(NOT_ASKED)
  radii[0] = asRadius(query.maxDistanceBits)
  const { orientations } = query
  if (orientations) {
    for (let index = 1; index < radii.length; index++) {
      if ((orientations.mask >>> index) & 1) radii[index] = asRadius(orientations.maxDistanceBits)
    }
  }
  return radii
}

/** Distances are 0 to 256, so this changes no answer, but keeps `Infinity` representable. */
const asRadius = (distanceBits: number): number =>
  Math.max(NOT_ASKED, Math.min(256, Math.floor(distanceBits)))
