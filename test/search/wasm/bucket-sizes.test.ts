import { describe, expect, it } from 'vitest'
import { TABLES_STRATEGIES } from '../../../src/search/wasm/cost-model.ts'
import { KernelIndex } from '../../../src/search/wasm/kernel-index.ts'
import type { SearchTuning } from '../../../src/search/wasm/search-tuning.ts'
import { matchLines } from '../matches-oracle.ts'
import { flipBits, nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'

const STRATEGIES = [...TABLES_STRATEGIES, undefined]

/** Around the borders at which the kernel scans a bucket in another way. */
const BUCKET_SIZES = [
  1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 288, 1023, 1024, 1025, 4096, 4097,
]

// Chunk 0 is eight even bits of word 7 and of word 6 (see kernel/classes.ts); these are no bits of its class.
const CHUNK_MASK = 0x5555
const OTHER_CLASS_MASK = 0xaaaa_0000

/** Gives a value the chunk 0 that a bucket's number makes; any two of them are at least two bits apart. */
function putIntoBucket(values: Uint32Array, at: number, bucket: number): void {
  const byte = bucket * 3
  for (const word of [6, 7]) {
    let bits = 0
    for (let bit = 0; bit < 8; bit++) bits |= ((byte >>> bit) & 1) << (2 * bit)
    values[at + word] = ((values[at + word] & ~CHUNK_MASK) | bits) >>> 0
  }
}

describe('a bucket of any size', () => {
  const next = wordSource(31)
  const count = BUCKET_SIZES.reduce((sum, size) => sum + size)
  const values = randomValues(count, next)
  const asked: number[] = []
  let filled = 0
  for (const [bucket, size] of BUCKET_SIZES.entries()) {
    for (let n = 0; n < size; n++) putIntoBucket(values, (filled + n) * 8, bucket)
    // The first and the last of each sixteen at both ends, and of each piece between.
    for (let n = 0; n < size; n++) if (n < 34 || size - n < 34 || n % 256 < 2) asked.push(filled + n)
    filled += size
  }
  const flat = KernelIndex.flat(values)
  const tuning: SearchTuning = {}
  const multi = KernelIndex.withTables(values, { tuning })

  it.each([
    ['its own key', 0],
    ['a key one bit away', 1],
  ])('gives every value back to a query of %s', (_, keyBits) => {
    const queries = new Uint32Array(asked.length * 8)
    for (const [n, id] of asked.entries()) {
      queries.set(values.subarray(id * 8, id * 8 + 8), n * 8)
      // Chunk 0 and its class are all but untouched, so its table alone answers for the pair.
      for (let flips = 0; flips < 30; flips++) {
        queries[n * 8 + (next() % 8)] ^= (1 << (next() & 31)) & OTHER_CLASS_MASK
      }
      if (keyBits > 0) queries[n * 8 + 6 + (next() & 1)] ^= 1 << (2 * (next() & 7))
    }
    const query = { maxDistanceBits: 31, limit: Infinity }
    const expected = matchLines(flat.search(queries, query))
    expect(expected.lines.length).toBeGreaterThanOrEqual(asked.length)
    for (const strategy of STRATEGIES) {
      tuning.strategy = strategy
      expect(matchLines(multi.search(queries, query)), strategy).toEqual(expected)
    }
  })
})

describe('a batch as large as a pass, and one larger', () => {
  const next = wordSource(32)
  const values = randomValues(3000, next)
  const flat = KernelIndex.flat(values)
  const tuning: SearchTuning = {}
  const multi = KernelIndex.withTables(values, { tuning })

  it.each([
    [16_384, 1],
    [16_385, 1],
    [8193, 0xff],
  ])('of %i queries in orientations %i is answered in whole', (count, mask) => {
    const queries = nearQueries(values, count, () => next() % 32, mask > 1 ? 8 : 1, next)
    // The last query is planted as well.
    queries.copyWithin((count - 1) * 8, 0, 8)
    flipBits(queries, (count - 1) * 8, 1, next)
    const query = { maxDistanceBits: 31, limit: 4, orientations: { mask, maxDistanceBits: 31 } }
    const expected = matchLines(flat.search(queries, query))
    for (const strategy of STRATEGIES) {
      tuning.strategy = strategy
      expect(matchLines(multi.search(queries, query)), strategy).toEqual(expected)
    }
  })
})
