// Rows and lines in a snapshot come back as they were, however long the pieces are that they are copied and read in.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesSection, readLines } from '../../../src/known/packed/saved-lines.ts'
import { readRows, rowsSection } from '../../../src/known/packed/saved-rows.ts'
import { readerOf } from './sections-in-memory.ts'

test('rows come back whole and in order, though chunks end within rows and within words', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 120 }),
      fc.integer({ min: 1, max: 70 }),
      async (width, words, chunkBytes) => {
        const rows = Math.floor(words.length / width)
        const saved = Uint32Array.from(words.slice(0, rows * width))
        const section = rowsSection('rows', rows, width, (first, to) =>
          to.set(saved.subarray(first * width, first * width + to.length)),
        )
        const read = new Uint32Array(saved.length)
        let next = 0
        await readRows(readerOf([section], chunkBytes), 'rows', width, (some, first) => {
          expect(first).toBe(next)
          expect(some.length % width).toBe(0)
          read.set(some, first * width)
          next += some.length / width
        })
        expect(next).toBe(rows)
        expect(read).toEqual(saved)
      },
    ),
  )
})

test('lines come back as the values that they were, whatever characters they hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      async (values, chunkBytes) => {
        const plain: unknown = JSON.parse(JSON.stringify(values))
        expect(await readLines(readerOf([linesSection('lines', values)], chunkBytes), 'lines')).toEqual(plain)
      },
    ),
  )
})
