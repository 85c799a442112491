// Proofs about the tree of RFC 6962: that it holds an entry (2.1.1), and that it has only grown (2.1.2). Pure.
import { nodeHash } from './merkle.ts'

/** Leaves from `from` up to, not including, `to`. */
export interface LeafRange {
  readonly from: number
  readonly to: number
}

/** A subtree of 2^level leaves, from leaf index · 2^level on. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The largest power of two below `size`: where the RFC splits a tree of 2 leaves or more. */
function splitOf(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

/** The subtrees whose roots prove that leaf `index` is in a tree of `size` leaves: the smallest first. */
export function inclusionRanges(index: number, size: number, first = 0): readonly LeafRange[] {
  if (size <= 1) return []
  const half = splitOf(size)
  return index < half
    ? [...inclusionRanges(index, half, first), { from: first + half, to: first + size }]
    : [...inclusionRanges(index - half, size - half, first + half), { from: first, to: first + half }]
}

/** The subtrees whose roots prove that the tree of `older` leaves is the beginning of the one of `newer`. */
export const consistencyRanges = (older: number, newer: number): readonly LeafRange[] =>
  rangesBetween(older, { from: 0, to: newer }, true)

/** `isWhole`: the older tree is all that lies left of here, so that its root is known and not part of the proof. */
function rangesBetween(older: number, { from, to }: LeafRange, isWhole: boolean): readonly LeafRange[] {
  const size = to - from
  if (older === size) return isWhole ? [] : [{ from, to }]
  const half = splitOf(size)
  return older <= half
    ? [...rangesBetween(older, { from, to: from + half }, isWhole), { from: from + half, to }]
    : [...rangesBetween(older - half, { from: from + half, to }, false), { from, to: from + half }]
}

/** The complete subtrees that make up a range of a proof, from left to right, the largest first. */
export function subtreesIn({ from, to }: LeafRange): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let next = from; next < to;) {
    let level = 0
    let width = 1
    while (next % (2 * width) === 0 && next + 2 * width <= to) {
      level += 1
      width *= 2
    }
    subtrees.push({ level, index: next / width })
    next += width
  }
  return subtrees
}

/** Whether `proof` shows that the tree of `size` leaves and this root has the leaf at `index`. */
export function isIncluded(
  { index, size, root }: { readonly index: number; readonly size: number; readonly root: Uint8Array },
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (index < 0 || index >= size) return false
  const shown = rootAbove(index, size, leaf, proof)
  return shown !== undefined && equal(shown, root)
}

function rootAbove(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  const sibling = proof.at(-1)
  if (size === 1 || !sibling) return size === 1 && !sibling ? leaf : undefined
  const half = splitOf(size)
  const isLeft = index < half
  const below = isLeft
    ? rootAbove(index, half, leaf, proof.slice(0, -1))
    : rootAbove(index - half, size - half, leaf, proof.slice(0, -1))
  return below && (isLeft ? nodeHash(below, sibling) : nodeHash(sibling, below))
}

/** A tree by what a checkpoint says of it. */
export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

/** Whether `proof` shows that the older tree, of at least one leaf, is the beginning of the newer one. */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (older.size < 1 || older.size > newer.size) return false
  const shown = rootsAbove(older, newer.size, proof, true)
  return shown !== undefined && equal(shown.older, older.root) && equal(shown.newer, newer.root)
}

function rootsAbove(
  older: TreeHead,
  size: number,
  proof: readonly Uint8Array[],
  isWhole: boolean,
): { readonly older: Uint8Array; readonly newer: Uint8Array } | undefined {
  const last = proof.at(-1)
  if (older.size === size) {
    if (isWhole) return last ? undefined : { older: older.root, newer: older.root }
    return last && proof.length === 1 ? { older: last, newer: last } : undefined
  }
  if (!last) return undefined
  const half = splitOf(size)
  const rest = proof.slice(0, -1)
  if (older.size <= half) {
    const below = rootsAbove(older, half, rest, isWhole)
    return below && { older: below.older, newer: nodeHash(below.newer, last) }
  }
  const below = rootsAbove({ ...older, size: older.size - half }, size - half, rest, false)
  return below && { older: nodeHash(last, below.older), newer: nodeHash(last, below.newer) }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
