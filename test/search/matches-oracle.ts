import { hammingDistance } from '../../src/hash/distance.ts'
import { inverseOrientation, orient } from '../../src/hash/orientation.ts'
import type { Matches, RadiusQuery } from '../../src/search/hamming-index.ts'

/** One match as a line of numbers: [query, id, distance, orientation]. */
export type MatchLine = readonly [number, number, number, number]

/**
 * Brute force, as the interface words it: every known value against every query in every orientation asked for.
 * `live` says which values count.
 */
export function bruteForce(
  values: Uint32Array,
  queries: Uint32Array,
  query: RadiusQuery,
  live: (id: number) => boolean = () => true,
): { counts: number[]; lines: MatchLine[] } {
  const counts: number[] = []
  const lines: MatchLine[] = []
  const turned = new Uint32Array(8)
  for (let at = 0; at < queries.length; at += 8) {
    const best = new Map<number, readonly [number, number]>()
    for (let orientation = 0; orientation < 8; orientation++) {
      const asked = orientation === 0 || (((query.orientations?.mask ?? 0) >> orientation) & 1) === 1
      const within = orientation === 0 ? query.maxDistanceBits : (query.orientations?.maxDistanceBits ?? -1)
      if (!asked) continue
      // Turning is a rearrangement and complement of bits, so undoing it on the query keeps every distance.
      orient(queries, at, inverseOrientation(orientation), turned, 0)
      for (let id = 0; id < values.length / 8; id++) {
        if (!live(id)) continue
        const distance = hammingDistance(values, id * 8, turned, 0)
        const known = best.get(id)
        if (distance <= within && (known === undefined || distance < known[0])) {
          best.set(id, [distance, orientation])
        }
      }
    }
    const own = [...best].map(([id, [distance, orientation]]) => [at / 8, id, distance, orientation] as const)
    own.sort((a, b) => a[2] - b[2] || compareValues(values, a[1], b[1]))
    counts.push(own.length)
    lines.push(...own.slice(0, Math.min(query.limit, own.length)))
  }
  return { counts, lines }
}

function compareValues(values: Uint32Array, a: number, b: number): number {
  for (let word = 0; word < 8; word++) {
    const difference = values[a * 8 + word] - values[b * 8 + word]
    if (difference !== 0) return difference
  }
  return 0
}

/** An index's answer in the oracle's form. */
export function matchLines(matches: Matches): { counts: number[]; lines: MatchLine[] } {
  const lines: MatchLine[] = []
  for (let query = 0; query + 1 < matches.starts.length; query++) {
    for (let n = matches.starts[query]; n < matches.starts[query + 1]; n++) {
      lines.push([query, matches.ids[n], matches.distances[n], matches.orientations[n]])
    }
  }
  return { counts: [...matches.counts], lines }
}
