// Proofs about the audit's tree: equal to those of Go's library, and refused if anything in them is different.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldRoots, leafHash } from '../../../src/review/audit/merkle.ts'
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  isIncluded,
  subtreesIn,
  type LeafRange,
} from '../../../src/review/audit/proofs.ts'
import { plainPath, plainRoot } from './plain-tree.ts'
import { fromBase64, VECTORS } from './vectors.ts'

const ENTRIES = VECTORS.completed.map((_, at) => `entry ${at}`)

/** The roots of these ranges, from the hashes that Go stored with each entry. */
const rootsOf = (ranges: readonly LeafRange[]): readonly Uint8Array[] =>
  ranges.map((range) =>
    foldRoots(
      subtreesIn(range).map(({ level, index }) =>
        fromBase64(VECTORS.completed[(index + 1) * 2 ** level - 1]?.[level] ?? ''),
      ),
    ),
  )
const rootAt = (size: number): Buffer => fromBase64(VECTORS.roots[size] ?? '')

test('proofs are those of Go’s library, hash by hash', () => {
  for (const { index, size, proof } of VECTORS.inclusion)
    expect(rootsOf(inclusionRanges(index, size)).map((hash) => Buffer.from(hash))).toEqual(
      proof.map(fromBase64),
    )
  for (const { older, newer, proof } of VECTORS.consistency)
    expect(rootsOf(consistencyRanges(older, newer)).map((hash) => Buffer.from(hash))).toEqual(
      proof.map(fromBase64),
    )
})

test('every entry of every tree of up to 40 entries has a proof, which is the path that the RFC defines', () => {
  for (let size = 1; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const proof = rootsOf(inclusionRanges(index, size))
      expect(proof.map((hash) => Buffer.from(hash))).toEqual(plainPath(index, ENTRIES.slice(0, size)))
      expect(isIncluded({ index, size, root: rootAt(size) }, leafHash(`entry ${index}`), proof)).toBe(true)
    }
  }
})

test('a proof of an entry holds for no other entry, index, size or root, nor with another hash in it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 130 }), fc.nat(), fc.nat(), (size, a, b) => {
      const index = a % size
      const leaf = leafHash(`entry ${index}`)
      const root = rootAt(size)
      const proof = rootsOf(inclusionRanges(index, size))
      expect(isIncluded({ index, size, root }, leafHash('another'), proof)).toBe(false)
      expect(isIncluded({ index: (index + 1 + (b % (size - 1))) % size, size, root }, leaf, proof)).toBe(
        false,
      )
      expect(isIncluded({ index, size, root: rootAt(size - 1) }, leaf, proof)).toBe(false)
      expect(isIncluded({ index, size, root }, leaf, proof.slice(1))).toBe(false)
      expect(isIncluded({ index, size, root }, leaf, [...proof, leaf])).toBe(false)
      expect(isIncluded({ index, size, root }, leaf, proof.with(b % proof.length, leaf))).toBe(false)
      expect(isIncluded({ index: size, size, root }, leaf, proof)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test('each tree is proven to be the beginning of each larger one, and no other tree is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 130 }), fc.nat(), (size, a) => {
      const older = 1 + (a % (size - 1))
      const newer = { size, root: rootAt(size) }
      const proof = rootsOf(consistencyRanges(older, size))
      expect(isConsistent({ size: older, root: rootAt(older) }, newer, proof)).toBe(true)
      const changed = plainRoot(['changed', ...ENTRIES.slice(1, older)])
      expect(isConsistent({ size: older, root: changed }, newer, proof)).toBe(false)
      expect(isConsistent({ size: older, root: rootAt(older) }, { size, root: changed }, proof)).toBe(false)
      expect(isConsistent({ size: older, root: rootAt(older) }, newer, proof.slice(1))).toBe(false)
      expect(isConsistent({ size: older, root: rootAt(older) }, newer, [...proof, rootAt(1)])).toBe(false)
    }),
    { numRuns: 300 },
  )
  const whole = { size: 7, root: rootAt(7) }
  expect(isConsistent(whole, whole, [])).toBe(true)
  expect(isConsistent(whole, { size: 7, root: rootAt(6) }, [])).toBe(false)
  expect(isConsistent(whole, { size: 6, root: rootAt(6) }, [])).toBe(false)
})
