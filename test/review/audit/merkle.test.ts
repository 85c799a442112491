// The audit's tree against the definition of RFC 6962 and against Go's library.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  EMPTY_TREE,
  leafHash,
  rootOf,
  subtreesCompletedBy,
  withLeaf,
  type Edge,
} from '../../../src/review/audit/merkle.ts'
import { plainRoot } from './plain-tree.ts'
import { fromBase64, VECTORS } from './vectors.ts'

const grow = (entries: readonly string[]): Edge =>
  entries.reduce((edge, entry) => withLeaf(edge, leafHash(entry)).edge, EMPTY_TREE)

const numbered = (size: number): readonly string[] => Array.from({ length: size }, (_, i) => `entry ${i}`)

test('the root over the edge is the recursive definition, for every size up to 257', () => {
  const entries = numbered(257)
  let edge = EMPTY_TREE
  for (const [at, entry] of entries.entries()) {
    edge = withLeaf(edge, leafHash(entry)).edge
    expect(Buffer.from(rootOf(edge))).toEqual(plainRoot(entries.slice(0, at + 1)))
  }
})

test('the root over the edge is the recursive definition, whatever the entries are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 80 }), (entries) => {
      expect(Buffer.from(rootOf(grow(entries)))).toEqual(plainRoot(entries))
    }),
    { numRuns: 60 },
  )
})

test('roots and the hashes that each entry completes are those of Go’s library', () => {
  let edge = EMPTY_TREE
  expect(Buffer.from(rootOf(edge))).toEqual(fromBase64(VECTORS.roots[0] ?? ''))
  for (const [at, completed] of VECTORS.completed.entries()) {
    const grown = withLeaf(edge, leafHash(`entry ${at}`))
    edge = grown.edge
    expect(grown.completed.map((hash) => Buffer.from(hash))).toEqual(completed.map(fromBase64))
    expect(Buffer.from(rootOf(edge))).toEqual(fromBase64(VECTORS.roots[at + 1] ?? ''))
  }
})

const bitsOf = (size: bigint): number => size.toString(2).replaceAll('0', '').length

test('the edge has one hash for each bit of the size, beyond 32 bits, too', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 52n }), (size) => {
      const bits = bitsOf(size)
      const hashes = Array.from({ length: bits }, () => Buffer.alloc(32))
      const grown = withLeaf({ size: Number(size), hashes }, Buffer.alloc(32))
      const after = bitsOf(size + 1n)
      expect(grown.edge.hashes).toHaveLength(after)
      expect(grown.completed).toHaveLength(subtreesCompletedBy(Number(size)))
    }),
  )
})

test('an edge that lacks a hash is refused, and makes no other tree', () => {
  expect(() => withLeaf({ size: 3, hashes: [Buffer.alloc(32)] }, Buffer.alloc(32))).toThrow('too few hashes')
})
