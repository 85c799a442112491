import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { DynamicIndex } from '../../../src/search/dynamic/dynamic-index.ts'
import { wordSource } from '../../../src/sample/value-sets.ts'
import { smallArena } from '../wasm/small-arena.ts'

const CAPACITY = 20

test('values added all at once, over the ends of arenas, have the ids that they get one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(45), { maxLength: 4 }), fc.integer(), (runs, seed) => {
      const next = wordSource(seed)
      const options = { building: 'inline', createArena: smallArena(CAPACITY) } as const
      const [atOnce, oneByOne] = [new DynamicIndex(options), new DynamicIndex(options)]
      for (const count of runs) {
        const values = Uint32Array.from({ length: count * 8 }, next)
        const ids = [...atOnce.addAll(values)]
        expect(ids).toEqual(ids.map((_, value) => oneByOne.add(values, value * 8)))
        const copy = new Uint32Array(values.length)
        for (const [value, id] of ids.entries()) atOnce.copyValue(id, copy, value * 8)
        expect(copy).toEqual(values)
        const found = atOnce.search(values, { maxDistanceBits: 0, limit: 1 })
        expect([...found.ids]).toEqual(ids)
      }
      expect(atOnce.size).toBe(oneByOne.size)
    }),
    { numRuns: 30 },
  )
})

test('a tail that has stopped growing is sealed, one that is short or still grows is not', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const next = wordSource(3)
  const index = new DynamicIndex({ building: 'inline' })
  const grow = (count: number): void => {
    index.addAll(Uint32Array.from({ length: count * 8 }, next))
    index.maintain()
  }
  grow(500)
  vi.advanceTimersByTime(60_000)
  expect(index.state).toMatchObject({ tail: 500, seals: 0 })
  for (let more = 0; more < 10; more++) {
    grow(50)
    vi.advanceTimersByTime(700)
  }
  expect(index.state).toMatchObject({ tail: 1_000, seals: 0 })
  vi.advanceTimersByTime(2_000)
  expect(index.state).toMatchObject({ tail: 0, seals: 1 })
})

test('once settled, no more than a short tail is scanned', async () => {
  const next = wordSource(4)
  const index = new DynamicIndex({ building: 'inline' })
  index.addAll(Uint32Array.from({ length: 3_000 * 8 }, next))
  await index.settle()
  expect(index.state).toMatchObject({ tail: 0, segments: 1 })
})
