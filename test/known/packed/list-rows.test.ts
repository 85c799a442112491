// A word for each id, though ids come in groups that lie far from each other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ListRows } from '../../../src/known/packed/list-rows.ts'

const GROUP = 2 ** 24
/** Few ids, so that they meet; of three groups. */
const id = fc.record({ group: fc.nat(2), row: fc.nat(40) }).map(({ group, row }) => group * GROUP + row)
const word = fc.constantFrom(0, 1, 7, 2 ** 31, 2 ** 32 - 1)
const step = fc.oneof(
  fc.record({ first: id, words: fc.array(word, { maxLength: 6 }) }),
  fc.record({ first: id, words: fc.tuple(word), alone: fc.constant(true) }),
)

test('each id has the word that was set last, 0 before, and the ids with a word are listed ascending', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const rows = new ListRows()
      const model = new Map<number, number>()
      for (const { first, words, ...rest } of steps) {
        if ('alone' in rest) rows.set(first, words[0] ?? 0)
        else rows.setFrom(first, Uint32Array.from(words))
        for (const [index, one] of words.entries()) model.set(first + index, one)
        for (const [each, one] of model) expect(rows.get(each)).toBe(one)
      }
      const named = [...model].filter(([, one]) => one !== 0).map(([each]) => each)
      expect([...rows.ids()]).toEqual(named.sort((a, b) => a - b))
    }),
  )
})

test('ids beyond all that were set have no word, and words go on from one group into the next', () => {
  const rows = new ListRows()
  expect([rows.get(0), rows.get(5 * GROUP), rows.bytes]).toEqual([0, 0, 0])
  rows.setFrom(GROUP - 2, Uint32Array.of(1, 2, 3, 4))
  expect([-3, -2, -1, 0, 1, 2].map((offset) => rows.get(GROUP + offset))).toEqual([0, 1, 2, 3, 4, 0])
  expect([...rows.ids()]).toEqual([GROUP - 2, GROUP - 1, GROUP, GROUP + 1])
})
