// The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, and the right edge of a tree that only grows.
import { hash } from 'node:crypto'

export const HASH_BYTES = 32

// One call a hash: half the time of an object that is fed in parts.
const sha256 = (data: string | Uint8Array): Buffer => hash('sha256', data, 'buffer')

/** The first byte tells leaves from nodes. */
const LEAF = '\u0000'
/** Written anew for each node. */
const node = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1)

/** 32 bytes. */
export const leafHash = (entry: string): Buffer => sha256(LEAF + entry)
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}
/** The root of a tree without a leaf. */
const EMPTY_ROOT = sha256('')

/** A tree by its size and the roots of its complete subtrees, the largest first: one for each bit of its size. */
export interface Edge {
  readonly size: number
  readonly hashes: readonly Uint8Array[]
}

export const EMPTY_TREE: Edge = { size: 0, hashes: [] }

/** How many subtrees the leaf of this index completes; itself, of one leaf, is the first. */
export function subtreesCompletedBy(index: number): number {
  let count = 1
  // By division: an index may be larger than 32 bits.
  for (let rest = index; rest % 2 === 1; rest = Math.floor(rest / 2)) count += 1
  return count
}

/** The tree with one more leaf, and the roots of the subtrees that the leaf completes: the leaf itself first. */
export function withLeaf(
  { size, hashes }: Edge,
  leaf: Uint8Array,
): { readonly edge: Edge; readonly completed: readonly Uint8Array[] } {
  const left = [...hashes]
  const completed = [leaf]
  let top = leaf
  while (completed.length < subtreesCompletedBy(size)) {
    const sibling = left.pop()
    if (!sibling) throw new RangeError(`The edge of a tree of ${size} leaves has too few hashes`)
    top = nodeHash(sibling, top)
    completed.push(top)
  }
  return { edge: { size: size + 1, hashes: [...left, top] }, completed }
}

/** The root over subtrees that follow each other, the largest first. 32 bytes. */
export const foldRoots = (roots: readonly Uint8Array[]): Uint8Array =>
  roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right))

/** 32 bytes. */
export const rootOf = ({ hashes }: Edge): Uint8Array => foldRoots(hashes)
