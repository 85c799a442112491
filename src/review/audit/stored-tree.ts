// Proofs from the stored tree. Each entry's row has the roots of the subtrees that the entry completes, so a proof in a tree
// of n entries reads about log2(n) rows.
import type { ReviewDatabase } from '../store/connect.ts'
import { foldRoots, HASH_BYTES } from './merkle.ts'
import { consistencyRanges, inclusionRanges, subtreesIn, type LeafRange, type Subtree } from './proofs.ts'

/** The row that holds a subtree's root: that of its last leaf. */
const rowOf = ({ level, index }: Subtree): number => (index + 1) * 2 ** level - 1

/** The proofs that these entries are in the tree of `size` entries, in their order. */
export async function proveInclusion(
  db: ReviewDatabase,
  indexes: readonly number[],
  size: number,
): Promise<readonly (readonly Uint8Array[])[]> {
  const ranges = indexes.map((index) => inclusionRanges(index, size))
  const roots = await rootsOf(db, ranges.flat())
  return ranges.map((all) => all.map(roots))
}

/** The proof that the tree of `older` entries, at least one, is the beginning of the tree of `newer`. */
export async function proveConsistency(
  db: ReviewDatabase,
  older: number,
  newer: number,
): Promise<readonly Uint8Array[]> {
  const ranges = consistencyRanges(older, newer)
  return ranges.map(await rootsOf(db, ranges))
}

async function rootsOf(
  db: ReviewDatabase,
  ranges: readonly LeafRange[],
): Promise<(range: LeafRange) => Uint8Array> {
  const wanted = [
    ...new Set(ranges.flatMap((range) => subtreesIn(range).map((subtree) => String(rowOf(subtree))))),
  ]
  const rows =
    wanted.length === 0
      ? []
      : await db
          .selectFrom('audit_entries')
          .select(['leaf_index', 'subtrees'])
          .where('leaf_index', 'in', wanted)
          .execute()
  const stored = new Map(rows.map(({ leaf_index, subtrees }) => [Number(leaf_index), subtrees]))
  return (range) =>
    foldRoots(
      subtreesIn(range).map((subtree) => {
        const index = rowOf(subtree)
        const root = stored.get(index)?.subarray(subtree.level * HASH_BYTES, (subtree.level + 1) * HASH_BYTES)
        if (root?.length === HASH_BYTES) return root
        throw new StoredTreeError(index)
      }),
    )
}

/** The stored tree has a hole: run `hashwarden review audit verify`. */
class StoredTreeError extends Error {
  readonly code = 'STORED_TREE'
  override readonly name = 'StoredTreeError'
  constructor(index: number) {
    super(`Entry ${index} of the audit is missing or damaged: run \`hashwarden review audit verify\``)
  }
}
