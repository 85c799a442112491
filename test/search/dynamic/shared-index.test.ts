import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { DynamicIndex } from '../../../src/search/dynamic/dynamic-index.ts'
import { IndexReader } from '../../../src/search/dynamic/index-reader.ts'
import { KernelMemory } from '../../../src/search/wasm/kernel-memory.ts'
import { History } from '../history.ts'
import { matchLines } from '../matches-oracle.ts'
import type { ReaderOrder, ReaderReport } from './reader-worker.ts'
import { nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'
import { smallArena } from '../wasm/small-arena.ts'

const READERS = 3
const ARENA_VALUES = 20_000
/** How many batches each reader searches while the set lives its life; `npm run test:long` asks for more. */
const BATCHES = Number(process.env['SHARED_INDEX_BATCHES'] ?? 500)

describe('one set, read by several threads while another writes it', () => {
  it(
    'answers every batch as brute force over one state that existed between call and return',
    { timeout: 600_000 + 200 * BATCHES },
    async () => {
      const history = new History(2026)
      const createArena = vi.fn(smallArena(ARENA_VALUES))
      const index = new DynamicIndex({ readers: READERS, tailValues: 200, fewestDropped: 2_000, createArena })
      // Whether to stop, and how many batches each reader has searched.
      const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + READERS)))
      const reports = Array.from({ length: READERS }, async (_, n) => {
        const ticket = index.openReader()
        const workerData: ReaderOrder = { ticket, seed: 2026, shared: shared.buffer, reader: n }
        const worker = new Worker(new URL('reader-worker.ts', import.meta.url), {
          workerData,
          transferList: [ticket.port],
        })
        // The worker sends one message: what it saw.
        const [report] = (await once(worker, 'message')) as [ReaderReport]
        return report
      })
      // As fast as the slowest reader, so that readers meet the whole life on a busy machine, too.
      const slowest = (): number =>
        Math.min(...Array.from({ length: READERS }, (_, n) => Atomics.load(shared, 1 + n)))
      let frame = 0
      while (frame < history.frames) {
        const due = (slowest() / BATCHES) * history.frames
        for (; frame < Math.min(due, history.frames); frame++) {
          history.live(frame, index)
          index.publish()
          index.maintain()
        }
        await nextTurn()
      }
      await index.settle()
      Atomics.store(shared, 0, 1)
      for (const report of await Promise.all(reports)) {
        expect(report.wrong).toEqual([])
        expect(report.batches).toBeGreaterThanOrEqual(BATCHES)
        // Readers met many states, not one over and over.
        expect(report.states).toBeGreaterThan(BATCHES / 10)
      }
      // Arenas were emptied while they were read, and used again: else those that hold the 60,000 values left would
      // all be new ones.
      expect(index.state.emptied).toBeGreaterThan(2)
      expect(createArena.mock.calls.length).toBeLessThan(index.state.emptied + 60_000 / ARENA_VALUES)
      await index.close()
    },
  )

  it('shows a reader nothing of a frame before all of it is published', () => {
    const next = wordSource(4)
    const values = randomValues(40, next)
    const index = new DynamicIndex({ readers: 1, createArena: smallArena(100) })
    const reader = new IndexReader(index.openReader())
    const query = { maxDistanceBits: 0, limit: 1 }
    const found = (): number => reader.search(values, query).counts.reduce((sum, count) => sum + count, 0)
    for (let n = 0; n < 30; n++) index.add(values, n * 8)
    expect(found()).toBe(0)
    index.publish()
    expect(found()).toBe(30)
    for (let n = 30; n < 40; n++) index.add(values, n * 8)
    for (let id = 0; id < 5; id++) index.remove(id)
    expect(found()).toBe(30)
    index.publish()
    expect(found()).toBe(35)
    reader.close()
  })

  it('uses the room of tables again that no reader reads any more, and keeps it while one does', async () => {
    const next = wordSource(5)
    const index = new DynamicIndex({
      readers: 2,
      building: 'inline',
      tailValues: 50,
      createArena: smallArena(30_000),
    })
    // By itself it would scan so small a set, and look into no table.
    const idle = new IndexReader(index.openReader(), { tuning: { strategy: 'direct' } })
    const { slot } = index.openReader()
    for (let round = 0; round < 500; round++) {
      const values = randomValues(60, next)
      for (let n = 0; n < 60; n++) index.add(values, n * 8)
      index.publish()
      index.maintain()
      // An idle reader hears of new epochs by its event loop.
      if (round % 5 === 0) await nextTurn()
      if (round === 40) index.closeReader(slot)
    }
    const queries = nearQueries(randomValues(1, next), 4, () => 3, 1, next)
    const query = { maxDistanceBits: 60, limit: 64 }
    expect(matchLines(idle.search(queries, query))).toEqual(matchLines(index.search(queries, query)))
    idle.close()
    await index.close()
  })

  it('refuses a thread that it has no scratch area for, and a reader more than it was made for', () => {
    const home = KernelMemory.create(64, 2)
    expect(() => KernelMemory.attach(home.memory, 2)).toThrow(/no scratch area/)
    const index = new DynamicIndex({ readers: 1 })
    const first = index.openReader()
    expect(() => index.openReader()).toThrow(/1 readers are taken/)
    index.closeReader(first.slot)
    expect(index.openReader().slot).toBe(first.slot)
  })
})
