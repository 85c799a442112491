import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { EqualityTable } from '../../../src/search/equal/equality-table.ts'
import { TableFiller } from '../../../src/search/equal/table-filler.ts'

const KEY = [0x01234567, 0x89abcdef] as const
const WORDS = 2

/** Values in a row, which a table finds by their place. */
function tableOver(values: Uint32Array): EqualityTable {
  const same = (id: number, words: Uint32Array, at: number): boolean =>
    values[id * WORDS] === words[at] && values[id * WORDS + 1] === words[at + 1]
  const copyValue = (id: number, to: Uint32Array, at: number): void =>
    to.set(values.subarray(id * WORDS, (id + 1) * WORDS), at)
  return new EqualityTable({ equals: same, copyValue }, WORDS, KEY)
}

const differentValues = (count: number, random: () => number): Uint32Array =>
  Uint32Array.from({ length: count * WORDS }, (_, place) =>
    place % WORDS === 0 ? place / WORDS : random() * 2 ** 32,
  )

/** Adds the values `from` to `to` − 1, so many at a time. */
function fill(table: EqualityTable, values: Uint32Array, from: number, to: number, atATime: number): void {
  const filler = new TableFiller(table, WORDS)
  for (let first = from; first < to; first += atATime) {
    const ids = Uint32Array.from({ length: Math.min(atATime, to - first) }, (_, place) => first + place)
    filler.add(ids, values.subarray(first * WORDS, (first + ids.length) * WORDS))
  }
  filler.flush()
}

test('finds what was added in bulk, before, between or after single values, whether there was room or not', () => {
  const counts = fc.constantFrom(0, 1, 500, 3_000, 12_000)
  fc.assert(
    fc.property(
      fc.record({
        before: counts,
        bulk: counts,
        after: counts,
        isReserved: fc.boolean(),
        atATime: fc.constantFrom(700, 5_000),
      }),
      fc.integer(),
      ({ before, bulk, after, isReserved, atATime }, seed) => {
        const values = differentValues(before + bulk + after, seededRandom(seed))
        const count = values.length / WORDS
        const table = tableOver(values)
        if (isReserved) table.reserve(before + bulk)
        for (let id = 0; id < before; id++) table.add(id, values, id * WORDS)
        fill(table, values, before, before + bulk, atATime)
        for (let id = before + bulk; id < count; id++) table.add(id, values, id * WORDS)
        expect(table.size).toBe(count)
        const found = new Int32Array(count)
        table.lookup(values, found)
        expect(found).toEqual(Int32Array.from(found.keys()))
        const unknown = new Int32Array(count)
        table.lookup(
          values.map((word) => ~word),
          unknown,
        )
        expect(unknown).toEqual(new Int32Array(count).fill(-1))
        for (let id = 0; id < count; id += 2) expect(table.remove(id, values, id * WORDS)).toBe(true)
        table.lookup(values, found)
        expect(found).toEqual(Int32Array.from(found, (_, id) => (id % 2 === 0 ? -1 : id)))
      },
    ),
    { numRuns: 30 },
  )
})

test('finds each of 600,000 values that were added together, more than wait at a time', () => {
  const count = 600_000
  const values = differentValues(count, seededRandom(1))
  const table = tableOver(values)
  table.reserve(count)
  fill(table, values, 0, count, 32_768)
  const found = new Int32Array(count)
  table.lookup(values, found)
  expect(found).toEqual(Int32Array.from(found.keys()))
})
