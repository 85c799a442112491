// The tree as RFC 6962 defines it, by recursion over all leaves: the oracle of the one that only keeps its edge.
import { leafHash, nodeHash } from '../../../src/review/audit/merkle.ts'

/** MTH(D[n]) of at least one entry. */
export function plainRoot(entries: readonly string[]): Buffer {
  const [only] = entries
  if (only !== undefined && entries.length === 1) return leafHash(only)
  const half = halfOf(entries.length)
  return nodeHash(plainRoot(entries.slice(0, half)), plainRoot(entries.slice(half)))
}

/** PATH(m, D[n]) */
export function plainPath(index: number, entries: readonly string[]): readonly Buffer[] {
  if (entries.length === 1) return []
  const half = halfOf(entries.length)
  const [left, right] = [entries.slice(0, half), entries.slice(half)]
  return index < half
    ? [...plainPath(index, left), plainRoot(right)]
    : [...plainPath(index - half, right), plainRoot(left)]
}

function halfOf(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}
