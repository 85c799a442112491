// The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, and the right edge of a tree that only grows.
import { createHash } from 'node:crypto'

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
export const EMPTY_ROOT = sha256()

/** A tree by its size and the roots of its complete subtrees, the largest first: one for each bit of its size. */
export interface Edge {
  readonly size: number
  readonly hashes: readonly Uint8Array[]
}

/** The tree with one more leaf. */
export function withLeaf({ size, hashes }: Edge, leaf: Uint8Array): Edge {
  const left = [...hashes]
  let hash = leaf
  // A subtree is complete with each low bit of the size that is set: numbers may be larger than 32 bits.
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2))
    hash = nodeHash(left.pop() ?? EMPTY_ROOT, hash)
  return { size: size + 1, hashes: [...left, hash] }
}

/** 32 bytes. */
export function rootOf({ hashes }: Edge): Uint8Array {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right))
}
