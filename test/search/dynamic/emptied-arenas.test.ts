// A dynamic index whose values come and go: its memory is used again.
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { randomValues, wordSource } from '../../../src/sample/value-sets.ts'
import { DynamicIndex, type DynamicIndexOptions } from '../../../src/search/dynamic/dynamic-index.ts'
import { IndexReader } from '../../../src/search/dynamic/index-reader.ts'
import type { Frame } from '../../../src/search/dynamic/frames.ts'
import { bruteForce } from '../brute-force.ts'
import { arbitraryLife, concatenated } from '../value-sets.ts'
import { smallArena } from '../wasm/small-arena.ts'

/** A set as its owner keeps it: with each change it moves a value, if one is to be moved. */
class Owner {
  readonly index: DynamicIndex
  readonly known = new Map<number, Uint32Array>()

  constructor(options: DynamicIndexOptions) {
    this.index = new DynamicIndex({ building: 'inline', ...options })
  }

  add(value: Uint32Array): void {
    this.known.set(this.index.add(value, 0), value)
    this.#moveOne()
  }

  drop(id: number): void {
    this.index.drop(id)
    this.known.delete(id)
    this.#moveOne()
  }

  #moveOne(): void {
    const { from, to } = this.index.idsToMove() ?? { from: 0, to: 0 }
    const id = [...this.known.keys()].find((each) => each >= from && each < to)
    const value = id === undefined ? undefined : this.known.get(id)
    if (id === undefined || !value) return
    this.known.delete(id)
    this.index.drop(id)
    this.known.set(this.index.add(value, 0), value)
  }
}

const same = (a: Uint32Array, b: Uint32Array): boolean => a.every((word, at) => word === b[at])

test('a set that changes a million times takes two arenas, and the bytes of its values and some that are gone', () => {
  const createArena = vi.fn(smallArena(40_000))
  const index = new DynamicIndex({ building: 'inline', fewestDropped: 5_000, createArena })
  const next = wordSource(1)
  const values = randomValues(1_000, next)
  const ids = new Map<number, number>()
  const slots: number[] = []
  const put = (slot: number): void => {
    for (let word = 0; word < 8; word++) values[slot * 8 + word] = next()
    slots[slot] = index.add(values, slot * 8)
    ids.set(slots[slot], slot)
  }
  const drop = (slot: number): void => {
    ids.delete(slots[slot])
    index.drop(slots[slot])
  }
  for (let slot = 0; slot < 1_000; slot++) put(slot)
  let mostBytes = 0
  let nextToMove = 0
  for (let change = 0; change < 1_000_000; change++) {
    drop(change % 1_000)
    put(change % 1_000)
    const range = index.idsToMove()
    if (!range) nextToMove = 0
    else {
      nextToMove = Math.max(nextToMove, range.from)
      for (let looks = 0; looks < 20 && nextToMove < range.to; looks++, nextToMove++) {
        const slot = ids.get(nextToMove)
        if (slot === undefined) continue
        ids.delete(nextToMove)
        index.drop(nextToMove)
        slots[slot] = index.add(values, slot * 8)
        ids.set(slots[slot], slot)
      }
      if (nextToMove >= range.to) nextToMove = 0
    }
    if (change % 500 === 0) {
      index.publish()
      index.maintain()
      mostBytes = Math.max(mostBytes, index.bytes)
    }
  }
  expect(createArena).toHaveBeenCalledTimes(2)
  expect(index.state.emptied).toBeGreaterThan(100)
  // Segments of some thousand values take 6 MiB each, mostly their fixed part.
  expect(mostBytes).toBeLessThan(60_000_000)
  expect(index.size).toBe(1_000)
  const { counts, ids: found } = index.search(values, { maxDistanceBits: 0, limit: 1 })
  expect(Math.min(...counts)).toBe(1)
  expect([...found]).toEqual(slots)
})

const arbitraryFlags = fc.array(
  fc.record({
    publishes: fc.boolean(),
    /** Which of the two readers look for a newer frame before they search. */
    looks: fc.tuple(fc.boolean(), fc.boolean()),
  }),
  { minLength: 1, maxLength: 12 },
)

test('readers that keep up and readers that lag see the states that were published, whatever is emptied meanwhile', () => {
  let emptied = 0
  fc.assert(
    fc.property(arbitraryLife, arbitraryFlags, (rounds, flags) => {
      const owner = new Owner({
        readers: 2,
        tailValues: 7,
        fewestDropped: 5,
        createArena: smallArena(60),
        tuning: { strategy: 'direct' },
      })
      const readers = [0, 40].map(
        (cachedAnswers) =>
          new IndexReader(owner.index.openReader(), { cachedAnswers, tuning: { strategy: 'direct' } }),
      )
      const published = new Map<number, ReadonlyMap<number, Uint32Array>>()
      const publish = (): void => {
        owner.index.publish()
        published.set(owner.index.sequence, new Map(owner.known))
      }
      publish()
      const frames: (Frame | undefined)[] = [undefined, undefined]
      for (const [n, { add, remove, queries, asked }] of [...rounds, ...rounds, ...rounds].entries()) {
        const { publishes, looks } = flags[n % flags.length]
        for (const value of add)
          if (![...owner.known.values()].some((each) => same(each, value))) owner.add(value)
        for (const place of [...remove, ...remove, ...remove]) {
          const ids = [...owner.known.keys()]
          if (ids.length > 0) owner.drop(ids[place % ids.length])
        }
        const batch = concatenated(queries)
        if (publishes) {
          publish()
          owner.index.maintain()
          publish()
          expect(owner.index.search(batch, asked)).toEqual(bruteForce(batch, owner.known, asked))
          publish()
        }
        for (const [reader, live] of readers.entries()) {
          // A reader that doesn't look still reads memory of the epoch that it is in.
          const frame = looks[reader] ? live.newestFrame() : frames[reader]
          frames[reader] = frame
          if (!frame) continue
          const known = published.get(frame.sequence) ?? new Map<number, Uint32Array>()
          expect(live.searchFrame(frame, batch, asked)).toEqual(bruteForce(batch, known, asked))
        }
      }
      emptied += owner.index.state.emptied
      for (const reader of readers) reader.close()
    }),
    { numRuns: 60 },
  )
  expect(emptied).toBeGreaterThan(60)
})

test('arenas that a lagging reader may still read are not used again until it has gone on', () => {
  const createArena = vi.fn(smallArena(500))
  const owner = new Owner({ readers: 1, tailValues: 50, fewestDropped: 100, createArena })
  const reader = new IndexReader(owner.index.openReader())
  onTestFinished(() => reader.close())
  const next = wordSource(2)
  const live = (changes: number): void => {
    for (let change = 0; change < changes; change++) {
      owner.add(randomValues(1, next))
      const [oldest] = owner.known.keys()
      if (owner.known.size > 20) owner.drop(oldest)
      owner.index.publish()
      owner.index.maintain()
    }
  }
  live(100)
  reader.newestFrame()
  live(1_000)
  const whileItLagged = createArena.mock.calls.length
  expect(whileItLagged).toBeGreaterThan(3)
  for (let round = 0; round < 100; round++) {
    reader.newestFrame()
    live(20)
  }
  expect(createArena.mock.calls.length).toBeLessThanOrEqual(whileItLagged + 1)
})

test('an answer that was kept names no value of an arena that was emptied since', () => {
  const index = new DynamicIndex({
    building: 'inline',
    tailValues: 10,
    fewestDropped: 5,
    cachedAnswers: 100,
    createArena: smallArena(200),
    tuning: { strategy: 'direct' },
  })
  const values = randomValues(100, wordSource(3))
  const ids = [...index.addAll(values)]
  const query = { maxDistanceBits: 0, limit: 5 }
  const found = (): number[] => [...index.search(values, query).ids]
  index.maintain()
  expect(found()).toEqual(ids)
  for (const id of ids) index.drop(id)
  expect(index.idsToMove()).toMatchObject({ from: ids[0] })
  expect(found()).toEqual([])
  expect(index.state.emptied).toBe(1)
  // The arena that comes next has the memory, and in time the number, of the first one.
  const again = [...index.addAll(values)]
  expect(found()).toEqual(again)
})
