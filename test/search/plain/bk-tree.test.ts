import { expect, test } from 'vitest'
import { seededRandom, writeBalancedHash } from '../../../src/sample/random-hash.ts'
import { BkTree } from '../../../src/search/plain/bk-tree.ts'

const KNOWN = 10_000
const QUERIES = 50

function balancedHashes(count: number, seed: number): Uint32Array {
  const random = seededRandom(seed)
  const words = new Uint32Array(count * 8)
  for (let at = 0; at < words.length; at += 8) writeBalancedHash(random, words, at)
  return words
}

const tree = new BkTree()
const known = balancedHashes(KNOWN, 1)
for (let at = 0; at < known.length; at += 8) tree.add(known, at)
const queries = balancedHashes(QUERIES, 2)

function visitedShare(maxDistanceBits: number): number {
  tree.search(queries, { maxDistanceBits, limit: 1 })
  return tree.visited / (KNOWN * QUERIES)
}

test('a small radius visits a small part of the tree, a wide one nearly all of it, none more than all', () => {
  const shares = [0, 2, 4, 8, 16, 31, 64, 256].map(visitedShare)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(shares[0]).toBeLessThan(0.001)
  expect(shares[2]).toBeLessThan(0.05)
  expect(shares[5]).toBeGreaterThan(0.9)
  expect(shares[7]).toBe(1)
})

test('a batch visits what its queries visit one at a time', () => {
  let alone = 0
  for (let at = 0; at < queries.length; at += 8) {
    tree.search(queries.subarray(at, at + 8), { maxDistanceBits: 8, limit: 1 })
    alone += tree.visited
  }
  tree.search(queries, { maxDistanceBits: 8, limit: 1 })
  expect(tree.visited).toBe(alone)
})

test('each asked orientation goes down the tree under its own radius', () => {
  const asked = { maxDistanceBits: 0, limit: 1 }
  tree.search(queries, asked)
  const plain = tree.visited
  tree.search(queries, { ...asked, orientations: { mask: 0b110, maxDistanceBits: 256 } })
  expect(tree.visited).toBe(plain + 2 * KNOWN * QUERIES)
})

test('a search that can match nothing visits nothing', () => {
  expect(visitedShare(-1)).toBe(0)
})
