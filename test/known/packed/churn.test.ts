// A known set whose list changes all the time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KnownHash } from '../../../src/contract/known-hash.ts'
import { unpackHex, type HashValue } from '../../../src/hash/hash-value.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { wordSource } from '../../../src/sample/value-sets.ts'
import type { IndexChoice } from '../../../src/search/index-kind.ts'
import { knownHash } from '../../contract/arbitraries.ts'
import { PlainKnownSet } from '../plain-known-set.ts'
import { answersOf, anyHistory, change, expectSame } from './known-histories.ts'

const LIVE = 500
const CHANGES = 30_000
/** 30,000 values that are kept would take 0.8 MB and more. */
const MOST_BYTES = 300_000
const [template] = fc.sample(knownHash, { numRuns: 1, seed: 5 })

/** Half of the values are PDQ hashes, half MD5s. */
const entry = (value: HashValue, isPdq: boolean): KnownHash => ({
  ...template,
  type: isPdq ? 'pdq' : 'md5',
  value,
  role: 'match',
  sourceId: value.slice(0, 24),
})

const sumOf = (bytes: object): number =>
  Object.values(bytes).reduce((sum: number, one) => sum + Number(one), 0)

describe.each<IndexChoice>(['multi-index', 'flat', 'bk-tree'])('with the index %s', (index) => {
  test('a set of 500 values takes no more memory after 60,000 changes than after some thousand', async () => {
    const next = wordSource(1)
    const set = new PackedKnownSet({ index, fewestDropped: 2_000 })
    const live: KnownHash[] = []
    let most = 0
    for (let offset = 0; offset < CHANGES; offset++) {
      const words = Uint32Array.from({ length: 8 }, next)
      const isPdq = offset % 2 === 0
      const added = entry(unpackHex(words, 0, isPdq ? 8 : 4), isPdq)
      set.apply(change(added), offset)
      live.push(added)
      const [oldest] = live.length > LIVE ? live.splice(0, 1) : []
      if (oldest) set.apply(change(oldest, true), offset)
      if (offset % 100 === 0) {
        set.publish()
        set.maintain()
      }
      if (offset % 1_000 === 0) most = Math.max(most, sumOf(set.memoryBytes()))
    }
    expect(most).toBeLessThan(MOST_BYTES)
    expect(set.entries).toBe(LIVE)
    for (const { type, value } of live.slice(0, 50)) {
      expect(answersOf(set, type, value, 0)).toMatchObject({ found: expect.anything() })
    }
    await set.close()
  })
})

test('while values are moved all the time, the set says what the plain one says', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const set = new PackedKnownSet({ index: 'multi-index', fewestDropped: 1 })
      const oracle = new PlainKnownSet({ index: 'flat' })
      for (const [offset, one] of [...history, ...history, ...history].entries()) {
        set.apply(one, offset)
        oracle.apply(one, offset)
        if (offset % 3 === 0) {
          set.publish()
          set.maintain()
        }
        const { type, value } = one.identity
        expectSame(set, oracle)
        expect(answersOf(set, type, value)).toEqual(answersOf(oracle, type, value))
      }
      for (const { type, value } of history.map(({ identity }) => identity))
        expect(answersOf(set, type, value)).toEqual(answersOf(oracle, type, value))
    }),
    { numRuns: 60, interruptAfterTimeLimit: 60_000 },
  )
})
