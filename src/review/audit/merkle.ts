// The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, and the right edge of a tree that only grows.
import { createHash } from 'node:crypto'

export const HASH_BYTES = 32

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const LEAF = Buffer.of(0)
const NODE = Buffer.of(1)

/** 32 bytes. */
export const leafHash = (entry: string): Buffer => sha256(LEAF, Buffer.from(entry, 'utf8'))
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right)
/** The root of a tree without a leaf. */
const EMPTY_ROOT = sha256()

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
  let hash = leaf
  while (completed.length < subtreesCompletedBy(size)) {
    const sibling = left.pop()
    if (!sibling) throw new RangeError(`The edge of a tree of ${size} leaves has too few hashes`)
    hash = nodeHash(sibling, hash)
    completed.push(hash)
  }
  return { edge: { size: size + 1, hashes: [...left, hash] }, completed }
}

/** The root over subtrees that follow each other, the largest first. 32 bytes. */
export const foldRoots = (roots: readonly Uint8Array[]): Uint8Array =>
  roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right))

/** 32 bytes. */
export const rootOf = ({ hashes }: Edge): Uint8Array => foldRoots(hashes)
