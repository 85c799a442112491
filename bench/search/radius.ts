// What the radius costs: FlatIndex against BkTree, and how much of the tree is visited. Half of the queries are known
// values with up to `radius` bits changed, half are unrelated. Both must give the same answer.
// Run: node bench/search/radius.ts

import assert from 'node:assert/strict'
import { seededRandom, writeBalancedHash, writeNearHash } from '../../src/hash/random-hash.ts'
import { BkTree } from '../../src/search/bk-tree.ts'
import { FlatIndex } from '../../src/search/flat.ts'
import type { HammingIndex, Matches } from '../../src/search/hamming-index.ts'
import { writeResult } from '../machine.ts'

const KNOWN = 100_000
const QUERIES = 512
const RADII = [0, 2, 4, 8, 16, 24, 31, 48, 64]
const RUNS = 5
const SEED = 20_200_131
const WORDS = 8

const random = seededRandom(SEED)

const known = new Uint32Array(KNOWN * WORDS)
const flat = new FlatIndex()
const bkTree = new BkTree()
for (let at = 0; at < known.length; at += WORDS) {
  writeBalancedHash(random, known, at)
  flat.add(known, at)
  bkTree.add(known, at)
}

/** Planted at even places, at an even distance as between balanced hashes, each possible one equally often. */
function makeQueries(radius: number): { queries: Uint32Array; planted: Int32Array } {
  const queries = new Uint32Array(QUERIES * WORDS)
  const planted = new Int32Array(QUERIES).fill(-1)
  for (let query = 0; query < QUERIES; query++) {
    if (query % 2 === 1) {
      writeBalancedHash(random, queries, query * WORDS)
      continue
    }
    planted[query] = Math.floor(random() * KNOWN)
    const distanceBits = 2 * Math.floor(random() * (Math.floor(radius / 2) + 1))
    writeNearHash(random, known, planted[query] * WORDS, distanceBits, queries, query * WORDS)
  }
  return { queries, planted }
}

const round = (value: number, digits: number): number => Number(value.toPrecision(digits))

/** The median of the runs, in microseconds a query. */
function measure(index: HammingIndex, queries: Uint32Array, maxDistanceBits: number): [number, Matches] {
  const query = { maxDistanceBits, limit: 64 }
  let matches = index.search(queries, query)
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    matches = index.search(queries, query)
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return [(times[times.length >> 1] * 1000) / QUERIES, matches]
}

const rows = RADII.map((radius) => {
  const { queries, planted } = makeQueries(radius)
  const [flatMicros, fromFlat] = measure(flat, queries, radius)
  const [bkMicros, fromBkTree] = measure(bkTree, queries, radius)
  assert.deepEqual(fromBkTree, fromFlat, `at radius ${radius} the two indexes differ`)
  for (let query = 0; query < QUERIES; query++) {
    const found = fromFlat.ids.subarray(fromFlat.starts[query], fromFlat.starts[query + 1])
    assert.ok(planted[query] === -1 || found.includes(planted[query]), `planted query ${query} was not found`)
  }
  const row = {
    radius,
    flatMicros: round(flatMicros, 3),
    bkTreeMicros: round(bkMicros, 3),
    bkTreeVisited: round(bkTree.visited / (QUERIES * KNOWN), 3),
  }
  console.log(
    `radius ${String(radius).padStart(2)}: flat ${row.flatMicros} µs, BK-tree ${row.bkTreeMicros} µs a query, ` +
      `visiting ${round(row.bkTreeVisited * 100, 3)} % of its nodes`,
  )
  return row
})

writeResult('search-radius', {
  known: KNOWN,
  queries: QUERIES,
  planted: QUERIES / 2,
  batch: QUERIES,
  seed: SEED,
  medianOf: RUNS,
  rows,
})
