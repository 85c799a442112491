// Indices that come and go on one memory.
import { expect, test } from 'vitest'
import { nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'
import { buildIndex } from '../../../src/search/index-kind.ts'
import { ArenaPool } from '../../../src/search/wasm/arena-pool.ts'
import { bruteForce, matchLines } from '../matches-oracle.ts'

test('indices that follow each other use one memory, and none finds what an earlier one held', () => {
  const pool = new ArenaPool(3_000)
  const next = wordSource(11)
  const first = pool.take()
  pool.giveBack(first)
  for (let round = 0; round < 12; round++) {
    const kind = round % 3 === 0 ? 'flat' : 'multi-index'
    const values = randomValues(1 + (next() % 3_000), next)
    const index = buildIndex(kind, values, pool)
    const queries = nearQueries(values, 10, () => next() % 31, 1, next)
    const query = { maxDistanceBits: 31, limit: Infinity }
    expect(matchLines(index.search(queries, query))).toEqual(bruteForce(values, queries, query))
    index.close()
    const free = pool.take()
    expect(free).toBe(first)
    pool.giveBack(free)
  }
})

test('an index of more values than the pool has room for has a memory of its own', () => {
  const pool = new ArenaPool(10)
  const kept = pool.take()
  const index = buildIndex('flat', randomValues(11, wordSource(1)), pool)
  index.close()
  expect(pool.take()).not.toBe(kept)
  expect(index.size).toBe(11)
})
