import { parse } from 'yaml'
import { expect, test } from 'vitest'
import type { ListStatistics } from '../../../src/contract/list-state.ts'
import { originLines, proposeOrigins } from '../../../src/lists/curate/origins.ts'

interface Shared {
  readonly shared: number
  /** The other source had them earlier. */
  readonly earlier?: number
}

const source = (
  name: string,
  values: number,
  others: Readonly<Record<string, Shared>> = {},
): ListStatistics => ({
  schema: 'list-statistics/1',
  source: name,
  asOf: '2026-03-10T12:00:00Z',
  entries: values,
  files: values,
  values,
  byType: {},
  byClassification: {},
  byRole: {},
  held: {},
  shared: Object.fromEntries(Object.entries(others).map(([other, { shared }]) => [other, shared])),
  sharedEarlier: Object.fromEntries(
    Object.entries(others).map(([other, { earlier = 0 }]) => [other, earlier]),
  ),
  addedByDay: {},
})

test('a list whose values another one had on earlier days is proposed as its copy, with the counts', () => {
  const proposals = proposeOrigins(
    [
      source('a', 10_000, { b: { shared: 900, earlier: 10 } }),
      source('b', 1_000, { a: { shared: 900, earlier: 850 } }),
    ],
    {},
  )
  expect(proposals).toEqual([
    {
      source: 'b',
      from: 'a',
      origin: 'a',
      values: 1_000,
      shared: 900,
      earlier: 850,
      sameDay: 40,
      later: 10,
      order: 'clear',
    },
  ])
})

test('a list that shares little, or too few values to say anything, is its own', () => {
  expect(
    proposeOrigins(
      [
        source('a', 10_000, { b: { shared: 400, earlier: 0 }, c: { shared: 20 } }),
        source('b', 1_000, { a: { shared: 400, earlier: 400 } }),
        source('c', 20, { a: { shared: 20, earlier: 20 } }),
      ],
      {},
    ),
  ).toEqual([])
})

test('the list that had the values first is never proposed as the copy, though it has all of them in common', () => {
  const proposals = proposeOrigins(
    [
      source('first', 1_000, { copy: { shared: 1_000, earlier: 0 } }),
      source('copy', 1_200, { first: { shared: 1_000, earlier: 1_000 } }),
    ],
    {},
  )
  expect(proposals.map(({ source: one, from }) => [one, from])).toEqual([['copy', 'first']])
})

test('two lists that came on the same days are proposed once, as unclear: the smaller takes the origin of the larger', () => {
  const proposals = proposeOrigins(
    [source('a', 1_000, { b: { shared: 950 } }), source('b', 980, { a: { shared: 950 } })],
    {},
  )
  expect(proposals).toMatchObject([{ source: 'b', from: 'a', order: 'unclear', sameDay: 950 }])
})

test('a copy of a copy gets the origin of the first, and what the policy declares is not proposed again', () => {
  const lists = [
    source('a', 5_000, { b: { shared: 900 }, c: { shared: 800 } }),
    source('b', 1_000, { a: { shared: 900, earlier: 900 }, c: { shared: 850, earlier: 0 } }),
    source('c', 900, { b: { shared: 850, earlier: 850 }, a: { shared: 800, earlier: 800 } }),
  ]
  const proposals = proposeOrigins(lists, {})
  expect(proposals.map(({ source: one, origin }) => [one, origin])).toEqual([
    ['c', 'a'],
    ['b', 'a'],
  ])
  expect(proposeOrigins(lists, { b: 'a', c: 'a' })).toEqual([])
  expect(proposeOrigins(lists, { b: 'root', a: 'root' })).toMatchObject([{ source: 'c', origin: 'root' }])
})

test('the lines for the policy file hold what it declares, too, and read back as texts', () => {
  const lines = originLines({ x: 'y', '0123': 'no' }, [
    {
      ...proposeOrigins(
        [source('a', 1_000, { b: { shared: 950 } }), source('b', 980, { a: { shared: 950 } })],
        {},
      )[0],
    },
  ])
  expect(parse(lines)).toEqual({ origins: { x: 'y', '0123': 'no', b: 'a' } })
  expect(originLines({}, [])).toBe('origins: {}\n')
})
