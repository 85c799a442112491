import { describe, expect, it } from 'vitest'
import { BkTree } from '../../../src/search/plain/bk-tree.ts'
import { JsFlatIndex } from '../../../src/search/plain/js-flat.ts'
import { KernelIndex } from '../../../src/search/wasm/kernel-index.ts'
import type { HammingIndex, MutableHammingIndex, RadiusQuery } from '../../../src/search/hamming-index.ts'
import { crowdedValues, nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'
import { matchLines, type MatchLine } from '../matches-oracle.ts'

const filled = (index: MutableHammingIndex, values: Uint32Array): HammingIndex => {
  for (let at = 0; at < values.length; at += 8) index.add(values, at)
  return index
}

const KINDS: Record<string, (values: Uint32Array) => HammingIndex> = {
  JsFlatIndex: (values) => filled(new JsFlatIndex(), values),
  BkTree: (values) => filled(new BkTree(), values),
  WasmFlatIndex: (values) => KernelIndex.flat(values),
  MultiIndex: (values) => KernelIndex.withTables(values),
}

/** Asks again and again for what is not answered yet, as the matcher does. */
function inSlices(index: HammingIndex, queries: Uint32Array, query: RadiusQuery, micros: number) {
  const counts: number[] = []
  const lines: MatchLine[] = []
  const lengths: number[] = []
  const least = 3
  while (counts.length * 8 < queries.length) {
    const from = counts.length
    const rest = queries.subarray(from * 8)
    const answer = matchLines(index.search(rest, query, { micros, queries: least }))
    expect(answer.counts.length).toBeGreaterThanOrEqual(Math.min(least, rest.length / 8))
    counts.push(...answer.counts)
    lines.push(...answer.lines.map(([number, ...line]) => [from + number, ...line] as const))
    lengths.push(answer.counts.length)
  }
  return { counts, lines, lengths }
}

describe.each(Object.entries(KINDS))('%s with a budget', (_name, create) => {
  const next = wordSource(8)
  const values = crowdedValues(1500, 30, next)
  const index = create(values)
  const queries = nearQueries(values, 60, () => next() % 40, 8, next)
  const query = { maxDistanceBits: 31, orientations: { mask: 0xff, maxDistanceBits: 31 }, limit: 7 }

  it('answers the first queries as it would without, at least as many as it must', () => {
    const { counts, lines } = matchLines(index.search(queries, query))
    for (const micros of [-5, 0, 50, 2000, 1e9]) {
      const sliced = inSlices(index, queries, query, micros)
      expect({ counts: sliced.counts, lines: sliced.lines }).toEqual({ counts, lines })
      if (micros <= 0) expect(sliced.lengths.length).toBe(20)
      if (micros === 1e9) expect(sliced.lengths).toEqual([60])
    }
  })
})

describe('a set made to be slow', () => {
  it('is searched in slices that end in time, and the next slices do not begin by giving up', () => {
    const next = wordSource(9)
    // All within 60 bits of each other, and every query near them all: tables are of no use.
    const values = crowdedValues(40_000, 30, next)
    const index = KernelIndex.withTables(values)
    const queries = nearQueries(values, 2000, () => next() % 30, 1, next)
    const query = { maxDistanceBits: 31, limit: 3 }
    const sliced = inSlices(index, queries, query, 20_000)
    // A scan of the set for one query takes about 100 µs, and there are 2000.
    expect(sliced.lengths.length).toBeGreaterThan(3)
    const { counts, lines } = matchLines(KernelIndex.flat(values).search(queries, query))
    expect({ counts: sliced.counts, lines: sliced.lines }).toEqual({ counts, lines })
  })

  it('leaves ordinary sets as quick as they were: one slice', () => {
    const next = wordSource(10)
    const values = randomValues(20_000, next)
    const queries = nearQueries(values, 500, () => next() % 30, 1, next)
    const sliced = inSlices(
      KernelIndex.withTables(values),
      queries,
      { maxDistanceBits: 31, limit: 3 },
      60_000_000,
    )
    expect(sliced.lengths).toEqual([500])
  })
})
