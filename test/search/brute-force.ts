import { orient } from '../../src/hash/orientation.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import type { Matches, RadiusQuery } from '../../src/search/hamming-index.ts'

interface Found {
  readonly id: number
  readonly distance: number
  readonly orientation: number
}

const text = (words: Uint32Array): string =>
  [...words].map((word) => word.toString(16).padStart(8, '0')).join('')

/** What `query` must find among the known values, straight from the definition. */
function findAll(query: Uint32Array, known: ReadonlyMap<number, Uint32Array>, asked: RadiusQuery): Found[] {
  const found: Found[] = []
  for (const [id, value] of known) {
    let best: Found | undefined
    for (let orientation = 0; orientation < 8; orientation++) {
      const wanted = orientation === 0 || ((asked.orientations?.mask ?? 0) & (1 << orientation)) !== 0
      const radius = orientation === 0 ? asked.maxDistanceBits : (asked.orientations?.maxDistanceBits ?? -1)
      const oriented = new Uint32Array(8)
      orient(value, 0, orientation, oriented, 0)
      const distance = hammingDistance(query, 0, oriented, 0)
      if (wanted && distance <= radius && (!best || distance < best.distance))
        best = { id, distance, orientation }
    }
    if (best) found.push(best)
  }
  const textOf = (id: number): string => text(known.get(id) ?? new Uint32Array(8))
  return found.sort((a, b) => a.distance - b.distance || (textOf(a.id) < textOf(b.id) ? -1 : 1))
}

/** The oracle: the answer of every index, computed in the plainest way from a map of id to value. */
export function bruteForce(
  queries: Uint32Array,
  known: ReadonlyMap<number, Uint32Array>,
  asked: RadiusQuery,
): Matches {
  const counts: number[] = []
  const starts = [0]
  const kept: Found[] = []
  for (let at = 0; at < queries.length; at += 8) {
    const found = findAll(queries.subarray(at, at + 8), known, asked)
    counts.push(found.length)
    kept.push(...found.slice(0, asked.limit))
    starts.push(kept.length)
  }
  return {
    counts: Uint32Array.from(counts),
    starts: Uint32Array.from(starts),
    ids: Uint32Array.from(kept, (match) => match.id),
    distances: Uint16Array.from(kept, (match) => match.distance),
    orientations: Uint8Array.from(kept, (match) => match.orientation),
  }
}
