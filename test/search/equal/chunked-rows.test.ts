import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkedRows } from '../../../src/search/equal/chunked-rows.ts'

const WIDTH = 3

test('rows are written and copied in runs of any length, over the borders of chunks', () => {
  const run = fc.record({ first: fc.nat(40), rows: fc.array(fc.nat(2 ** 32 - 1), { maxLength: 40 }) })
  fc.assert(
    fc.property(fc.array(run), (runs) => {
      const rows = new ChunkedRows(Uint32Array, WIDTH, 8)
      const model: number[] = []
      for (const { first, rows: firsts } of runs) {
        const words = firsts.flatMap((word) => [word, word >>> 1, word >>> 2])
        rows.setFrom(first, Uint32Array.from(words))
        if (firsts.length === 0) continue
        while (model.length < (first + firsts.length) * WIDTH) model.push(0)
        model.splice(first * WIDTH, words.length, ...words)
      }
      expect(rows.count * WIDTH).toBe(model.length)
      for (const { first, rows: firsts } of runs) {
        const copy = new Uint32Array(Math.max(0, Math.min(firsts.length, rows.count - first)) * WIDTH)
        rows.copyTo(first, copy)
        expect([...copy]).toEqual(model.slice(first * WIDTH, first * WIDTH + copy.length))
      }
    }),
  )
})
