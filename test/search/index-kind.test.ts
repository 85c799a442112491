import { expect, test } from 'vitest'
import { quickestKind } from '../../src/search/index-kind.ts'

const batch = 16_384

test('a few queries are answered by a scan before tables would be built; many are worth the tables', () => {
  const query = { maxDistanceBits: 31 }
  expect(quickestKind({ size: 1_000_000, queryCount: 10, batch, query })).toBe('flat')
  expect(quickestKind({ size: 1_000_000, queryCount: 1_000_000, batch, query })).toBe('multi-index')
  expect(quickestKind({ size: 10_000_000, queryCount: 100_000, batch, query })).toBe('multi-index')
})

test('no tables are built where no query could use them', () => {
  for (const query of [{ maxDistanceBits: 128 }, { maxDistanceBits: 256 }])
    expect(quickestKind({ size: 10_000_000, queryCount: 10_000_000, batch, query })).toBe('flat')
  expect(quickestKind({ size: 100, queryCount: 10_000_000, batch, query: { maxDistanceBits: 31 } })).toBe(
    'flat',
  )
})
