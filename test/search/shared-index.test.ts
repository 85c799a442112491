import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Matches } from '../../src/search/hamming-index.ts'
import { indexBytes } from '../../src/search/index-layout.ts'
import { KernelMemory } from '../../src/search/kernel-memory.ts'
import { MultiIndex } from '../../src/search/multi-index.ts'
import { matchLines } from './matches-oracle.ts'
import type { SearchOrder } from './search-worker.ts'
import { nearQueries, randomValues, wordSource } from './kernel-value-sets.ts'

describe('one shared memory', () => {
  it('is searched by several threads at once, each with its own answer', async () => {
    const next = wordSource(21)
    const values = randomValues(20_000, next)
    const home = KernelMemory.create(indexBytes(20_000, true), 3)
    const index = MultiIndex.build(values, home)
    const query = { maxDistanceBits: 31, limit: 8 }
    const batches = [0, 1, 2].map((seed) => nearQueries(values, 2000, () => seed * 9, 1, next))
    const own = batches.map((queries) => matchLines(index.search(queries, query)))
    const answers = await Promise.all(
      batches.slice(1).map(async (queries, n) => {
        const workerData: SearchOrder = {
          memory: home.memory,
          address: index.layout.address,
          thread: n + 1,
          queries,
          query,
          rounds: 20,
        }
        const worker = new Worker(new URL('search-worker.ts', import.meta.url), { workerData })
        // The worker sends one message: its matches.
        const [answer] = (await once(worker, 'message')) as [Matches]
        return matchLines(answer)
      }),
    )
    expect(matchLines(index.search(batches[0], query))).toEqual(own[0])
    expect(answers).toEqual(own.slice(1))
    expect(own[2].lines.length).toBe(1000)
  })

  it('refuses a thread that it has no scratch area for', () => {
    const home = KernelMemory.create(64, 2)
    expect(() => KernelMemory.attach(home.memory, 2)).toThrow(/no scratch area/)
  })
})
