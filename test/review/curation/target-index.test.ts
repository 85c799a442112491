import { expect, test } from 'vitest'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { TargetIndex } from '../../../src/review/curation/target-index.ts'
import { entry } from '../../fixtures/entries.ts'

test('decisions about an entry, by its value, its file or its key, are found in their order, and no others', () => {
  const x = entry('md5', 'a1'.repeat(16) as HashValue)
  const { type, value, source, sourceId } = x
  const decisions = [
    { number: 0, target: { type, value, source, sourceId } },
    { number: 1, target: { type, value: 'b1'.repeat(16) as HashValue } },
    { number: 2, target: { source, sourceId } },
    { number: 3, target: { type, value, source: 'iwf', sourceId } },
    { number: 4, target: { source: 'iwf', sourceId } },
    { number: 5, target: { type, value } },
    { number: 6, target: { source, sourceId } },
  ]
  const index = new TargetIndex(decisions)
  const numbersOf = (one: typeof x) => index.of(one).map(({ number }) => number)
  expect(numbersOf(x)).toEqual([0, 2, 5, 6])
  expect(numbersOf({ ...x, source: 'iwf' })).toEqual([3, 4, 5])
  expect(numbersOf({ ...x, type: 'sha1', sourceId: '2' })).toEqual([])
  expect([x, { ...x, sourceId: '2' }].map((one) => index.has(one))).toEqual([true, true])
  expect(index.has({ ...x, value: 'c1'.repeat(16) as HashValue, sourceId: '2' })).toBe(false)
})

test('each record of the topic is looked up, and not held against each of ten thousand decisions', () => {
  const counted = { targets: 0 }
  const decisions = Array.from({ length: 10_000 }, (_, number) => ({
    get target() {
      counted.targets++
      return { source: 'ncmec', sourceId: String(number) }
    },
  }))
  const index = new TargetIndex(decisions)
  const x = entry('md5', 'a1'.repeat(16) as HashValue)
  let found = 0
  for (let number = 0; number < 100_000; number++)
    if (index.has({ ...x, sourceId: String(number * 2) })) found++
  expect(found).toBe(5_000)
  expect(counted.targets).toBe(decisions.length)
})
