import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TABLES_STRATEGIES } from '../../../src/search/wasm/cost-model.ts'
import { CHUNKS, MAX_BUDGET, MAX_TABLE_RADIUS, chunkBudgets } from '../../../src/search/wasm/chunk-budgets.ts'
import { KernelIndex } from '../../../src/search/wasm/kernel-index.ts'
import type { SearchTuning } from '../../../src/search/wasm/search-tuning.ts'
import { bruteForce, matchLines } from '../matches-oracle.ts'
import { nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'

/** Spreads `radius` + 1 over the chunks at random, none above what the kernel takes. */
function unevenBudgets(radius: number, next: () => number): Uint8Array {
  const budgets = new Uint8Array(CHUNKS)
  for (let given = 0; given <= radius;) {
    const chunk = next() % CHUNKS
    if (budgets[chunk] === MAX_BUDGET) continue
    budgets[chunk]++
    given++
  }
  return budgets
}

describe('chunk budgets', () => {
  it('sum to the radius plus one, as evenly as can be', () => {
    for (let radius = 0; radius <= MAX_TABLE_RADIUS; radius++) {
      const budgets = chunkBudgets(radius)
      expect(budgets.reduce((sum, budget) => sum + budget)).toBe(radius + 1)
      expect(Math.max(...budgets) - Math.min(...budgets)).toBeLessThanOrEqual(1)
    }
  })

  it('find every neighbour however unevenly they are spread', () => {
    const set = randomValues(300, wordSource(11))
    const tuning: SearchTuning = {}
    const index = KernelIndex.withTables(set, { tuning })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), fc.nat(), fc.boolean(), (radius, seed, turned) => {
        const next = wordSource(seed)
        // Planted at the very radius, where no chunk has a bit to spare.
        const queries = nearQueries(set, 8, () => radius, turned ? 8 : 1, next)
        const query = {
          maxDistanceBits: radius,
          limit: Infinity,
          ...(turned ? { orientations: { mask: 0xff, maxDistanceBits: radius } } : {}),
        }
        const budgets = unevenBudgets(radius, next)
        tuning.budgets = () => budgets
        const expected = bruteForce(set, queries, query)
        for (const strategy of TABLES_STRATEGIES) {
          tuning.strategy = strategy
          expect(matchLines(index.search(queries, query))).toEqual(expected)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('find neighbours whose bits all differ in as few chunks as can hold them', () => {
    const next = wordSource(12)
    const set = randomValues(1, next)
    const tuning: SearchTuning = { strategy: 'direct' }
    const index = KernelIndex.withTables(set, { tuning })
    for (let round = 0; round < 3000; round++) {
      const radius = next() % 65
      const queries = set.slice()
      // A plant whose differing bits crowd into one stretch of the value.
      const width = Math.max(radius, 32 + (next() % 225))
      const offset = next() % (257 - width)
      const scattered = new Uint32Array(8)
      for (let left = radius; left > 0;) {
        const bit = offset + (next() % width)
        if ((scattered[bit >>> 5] >>> (bit & 31)) & 1) continue
        scattered[bit >>> 5] |= 1 << (bit & 31)
        left--
      }
      for (let word = 0; word < 8; word++) queries[word] ^= scattered[word]
      const budgets = unevenBudgets(radius, next)
      tuning.budgets = () => budgets
      const { counts, distances } = index.search(queries, { maxDistanceBits: radius, limit: 1 })
      expect([counts[0], distances[0]]).toEqual([1, radius])
    }
  })
})
