import { expect, test } from 'vitest'
import { Arena, MAX_ARENA_VALUES } from '../../../src/search/wasm/arena.ts'
import { KernelIndex } from '../../../src/search/wasm/kernel-index.ts'
import { arenaOf } from '../../../src/search/wasm/index-view.ts'
import {
  crowdedValues,
  distinct,
  nearQueries,
  randomValues,
  wordSource,
} from '../../../src/sample/value-sets.ts'
import { bruteForce } from '../matches-oracle.ts'

const next = wordSource(5)
const values = distinct(Uint32Array.of(...crowdedValues(400, 30, next), ...randomValues(600, next)))
const count = values.length / 8

test.each([
  ['multi-index', (valuesPerArena: number) => KernelIndex.withTables(values, { valuesPerArena })],
  ['flat scan', (valuesPerArena: number) => KernelIndex.flat(values, { valuesPerArena })],
])('a %s of several arenas answers as brute force does', (_name, build) => {
  const queries = nearQueries(values, 20, () => next() % 34, 8, next)
  for (const perArena of [count, count - 1, 300, 70]) {
    const index = build(perArena)
    expect(index.size).toBe(count)
    for (const maxDistanceBits of [0, 31, 256]) {
      const query = { maxDistanceBits, orientations: { mask: 0xff, maxDistanceBits }, limit: Infinity }
      const { lines, counts } = bruteForce(values, queries, query)
      const matches = index.search(queries, query)
      expect([...matches.counts]).toEqual(counts)
      expect([...matches.distances]).toEqual(lines.map(([, , distance]) => distance))
      // Ids are the index's own: what is promised is the value.
      const found = new Uint32Array(lines.length * 8)
      for (const [at, id] of matches.ids.entries()) index.copyValue(id, found, at * 8)
      expect(found).toEqual(
        Uint32Array.from(lines.flatMap(([, id]) => [...values.subarray(id * 8, id * 8 + 8)])),
      )
      if (maxDistanceBits === 256) {
        const arenas = new Set([...matches.ids].map(arenaOf))
        expect(arenas.size).toBe(Math.ceil(count / perArena))
      }
    }
  }
})

test('an arena refuses more values than can be numbered in it', () => {
  expect(() => Arena.create(MAX_ARENA_VALUES + 1, 0)).toThrow(
    /at most 16777215 values, not 16777216: use several/,
  )
})
