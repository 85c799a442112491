// Whatever is changed in stored entries, the check finds it, and names the first broken entry as exactly as what is left
// allows.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  EMPTY_TREE,
  HASH_BYTES,
  leafHash,
  rootOf,
  withLeaf,
  type Edge,
} from '../../../src/review/audit/merkle.ts'
import {
  TreeCheck,
  type Claim,
  type StoredEntry,
  type TreeState,
} from '../../../src/review/audit/tree-check.ts'

interface Tree {
  readonly rows: readonly StoredEntry[]
  readonly head: Edge
}

const textOf = (index: number, actor: string): string =>
  JSON.stringify({ index, at: '2026-11-30T00:00:00.000Z', action: 'searched', actor, details: {} })

const rowOf = (index: number, actor = `person-${index % 7}`): Omit<StoredEntry, 'subtrees'> => ({
  index,
  entry: textOf(index, actor),
  at: new Date('2026-11-30T00:00:00.000Z'),
  action: 'searched',
  actor,
  caseId: null,
})

/** Hashes the rows as appendAudit does. */
function hashed(rows: readonly Omit<StoredEntry, 'subtrees'>[]): Tree {
  let edge = EMPTY_TREE
  const all = rows.map((row) => {
    const grown = withLeaf(edge, leafHash(row.entry))
    edge = grown.edge
    return { ...row, subtrees: Buffer.concat(grown.completed) }
  })
  return { rows: all, head: edge }
}

const treeOf = (size: number): Tree => hashed(Array.from({ length: size }, (_, index) => rowOf(index)))

const claimOf = (size: number, isSigned = true, tree = treeOf(size)): Claim => ({
  size,
  root: rootOf(tree.head),
  isSigned: () => isSigned,
})

function check({ rows, head }: Tree, claims: readonly Claim[]): TreeState {
  const tree = new TreeCheck(claims)
  for (const row of rows) if (!tree.take(row)) break
  return tree.finish(head)
}

/** The tree after somebody wrote another entry at `index`, and hashed nothing again. */
const withText = ({ rows, head }: Tree, index: number): Tree => ({
  rows: rows.map((row) => (row.index === index ? { ...row, ...rowOf(index, 'another') } : row)),
  head,
})

/** The same, and that entry's own hash fits the new text. */
const withTextAndHash = (tree: Tree, index: number): Tree => {
  const { rows, head } = withText(tree, index)
  return { rows: rows.map((row) => (row.index === index ? withOwnHash(row) : row)), head }
}

const withOwnHash = (row: StoredEntry): StoredEntry => ({
  ...row,
  subtrees: Buffer.concat([leafHash(row.entry), row.subtrees.subarray(HASH_BYTES)]),
})

/** The same, and everything is hashed again: the work of somebody who owns the tables and knows the tree. */
const rehashed = (size: number, index: number): Tree =>
  hashed(Array.from({ length: size }, (_, at) => (at === index ? rowOf(at, 'another') : rowOf(at))))

test('an untouched audit is intact, of every size', () => {
  for (let size = 0; size <= 70; size++) {
    const claims = [1, 2, 16, 33, 64].filter((one) => one <= size).map((one) => claimOf(one))
    const state = check(treeOf(size), claims)
    expect(state).toMatchObject({ size, fault: undefined, headDiffers: false, foreign: 0 })
    expect(state.held).toHaveLength(claims.length)
  }
})

test('an entry whose text was changed is named exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, a, b) => {
      const index = a % size
      const { fault } = check(withText(treeOf(size), index), [claimOf(1 + (b % size))])
      expect(fault).toMatchObject({ from: index, to: index })
    }),
    { numRuns: 200 },
  )
})

test('an entry that was changed together with its hash is one of the smallest subtree whose stored root no longer fits', () => {
  const changed = withTextAndHash(treeOf(20), 6)
  expect(check(changed, [claimOf(16)]).fault).toMatchObject({ from: 6, to: 7 })
  expect(check(withTextAndHash(treeOf(20), 7), [claimOf(16)]).fault).toMatchObject({ from: 6, to: 7 })
})

test('an entry that was changed with all hashes above it lies between the last checkpoint that holds and the next', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 70 }),
      fc.nat(),
      fc.uniqueArray(fc.nat(), { minLength: 1 }),
      (size, a, b) => {
        const index = a % size
        const sizes = [...new Set(b.map((one) => 1 + (one % size)))].sort((x, y) => x - y)
        const { fault, held } = check(
          rehashed(size, index),
          sizes.map((one) => claimOf(one)),
        )
        const next = sizes.find((one) => one > index)
        const before = sizes.findLast((one) => one <= index) ?? 0
        expect(held.map((claim) => claim.size)).toEqual(sizes.filter((one) => one <= index))
        if (next === undefined) expect(fault).toBeUndefined()
        else expect(fault).toMatchObject({ from: before, to: next - 1 })
      },
    ),
    { numRuns: 200 },
  )
})

test('between two checkpoints of neighbouring sizes the entry is named, whatever was hashed again', () => {
  const { fault } = check(rehashed(40, 20), [claimOf(20), claimOf(21), claimOf(40)])
  expect(fault).toEqual({
    from: 20,
    to: 20,
    why: 'Entry 20 was changed together with the stored hashes: checkpoint 21 was signed over other entries',
  })
})

test('a missing entry, an entry in the place of another, and one that was added by hand are named', () => {
  const tree = treeOf(30)
  const without = { ...tree, rows: tree.rows.filter(({ index }) => index !== 17) }
  expect(check(without, [claimOf(30)]).fault).toMatchObject({ from: 17, to: 17, why: 'Entry 17 is missing' })
  const swapped = hashed(tree.rows.map((row) => (row.index === 4 ? { ...row, ...rowOf(5), index: 4 } : row)))
  expect(check(swapped, []).fault).toMatchObject({
    from: 4,
    to: 4,
    why: 'In the place of entry 4 is entry 5',
  })
  const added = { ...treeOf(31), head: tree.head }
  expect(check(added, [claimOf(30)]).fault).toMatchObject({ from: 30, to: 30 })
})

test('entries that were cut off at the end are missing, whether the head was set back or not', () => {
  const tree = treeOf(30)
  const rows = tree.rows.slice(0, 20)
  expect(check({ rows, head: tree.head }, []).fault).toMatchObject({ from: 20, to: 20 })
  const setBack = check(treeOf(20), [claimOf(10), claimOf(20), claimOf(30)])
  expect(setBack.fault).toEqual({
    from: 20,
    to: 20,
    why: 'Entry 20 is missing: checkpoint 30 was signed over it',
  })
  expect(check(treeOf(20), [claimOf(10), claimOf(20)]).fault).toBeUndefined()
})

test.each([
  ['actor', { actor: 'somebody-else' }],
  ['action', { action: 'decided' }],
  ['case', { caseId: '7' }],
  ['time', { at: new Date(0) }],
])('a column that says otherwise than the text is found: the %s', (_, column) => {
  const tree = treeOf(9)
  const rows = tree.rows.map((row) => (row.index === 3 ? { ...row, ...column } : row))
  expect(check({ ...tree, rows }, [claimOf(9)]).fault).toMatchObject({ from: 3, to: 3 })
})

test('a stored hash that was changed or cut is found', () => {
  const tree = treeOf(16)
  const withSubtrees = (index: number, change: (bytes: Buffer) => Buffer): Tree => ({
    ...tree,
    rows: tree.rows.map((row) =>
      row.index === index ? { ...row, subtrees: change(Buffer.from(row.subtrees)) } : row,
    ),
  })
  const flipped = withSubtrees(11, (bytes) => bytes.fill(0, HASH_BYTES))
  expect(check(flipped, [claimOf(8), claimOf(16)]).fault).toMatchObject({ from: 10, to: 11 })
  const cut = withSubtrees(11, (bytes) => bytes.subarray(1))
  expect(check(cut, [claimOf(8), claimOf(16)]).fault).toMatchObject({ from: 11, to: 11 })
})

test('a head that was changed alone breaks no entry, and is told', () => {
  const tree = treeOf(8)
  const state = check({ ...tree, head: { size: 8, hashes: [Buffer.alloc(HASH_BYTES)] } }, [claimOf(8)])
  expect(state).toMatchObject({ fault: undefined, headDiffers: true })
})

test('a checkpoint that no key has signed accuses no entry, and is counted', () => {
  const forged = claimOf(12, false, rehashed(12, 3))
  const state = check(treeOf(20), [claimOf(8), forged, claimOf(25, false)])
  expect(state).toMatchObject({ fault: undefined, foreign: 2 })
  expect(state.held.map(({ size }) => size)).toEqual([8])
})

test('two signed checkpoints of one size that differ are found: somebody signed two histories', () => {
  const { fault } = check(treeOf(20), [claimOf(8), claimOf(16), claimOf(16, true, rehashed(16, 9))])
  expect(fault).toMatchObject({ from: 8, to: 15 })
})
