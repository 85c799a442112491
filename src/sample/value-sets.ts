// Made-up packed values for benchmarks and tests of search: by chance, in crowds, and queries near them.
import { orient } from '../hash/orientation.ts'

/** A small seeded generator of 32-bit words (splitmix32). */
export function wordSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
}

/** `count` random values. */
export function randomValues(count: number, next: () => number): Uint32Array {
  const values = new Uint32Array(count * 8)
  for (let at = 0; at < values.length; at++) values[at] = next()
  return values
}

/** Flips `bits` different bits of the value at `values[at]`. */
export function flipBits(values: Uint32Array, at: number, bits: number, next: () => number): void {
  const flipped = new Set<number>()
  while (flipped.size < bits) flipped.add(next() & 255)
  for (const bit of flipped) values[at + (bit >>> 5)] ^= 1 << (bit & 31)
}

/** Values around one centre, each at most `within` bits from it, all different. */
export function crowdedValues(count: number, within: number, next: () => number): Uint32Array {
  const centre = randomValues(1, next)
  const values = new Uint32Array(count * 8)
  for (let n = 0; n < count; n++) {
    values.set(centre, n * 8)
    flipBits(values, n * 8, 3 + (next() % (within - 2)), next)
  }
  return distinct(values)
}

/** The values without repetitions, in the order of their first appearance. */
export function distinct(values: Uint32Array): Uint32Array {
  const seen = new Set<string>()
  const kept: number[] = []
  for (let at = 0; at < values.length; at += 8) {
    const key = values.subarray(at, at + 8).join()
    if (!seen.has(key)) kept.push(...values.subarray(at, at + 8))
    seen.add(key)
  }
  return Uint32Array.from(kept)
}

/** Queries near known values, turned at random, `bits()` bits away each; every other one is random. */
export function nearQueries(
  values: Uint32Array,
  count: number,
  bits: () => number,
  orientations: number,
  next: () => number,
): Uint32Array {
  const queries = randomValues(count, next)
  if (values.length === 0) return queries
  for (let n = 0; n < count; n += 2) {
    orient(values, (next() % (values.length / 8)) * 8, next() % orientations, queries, n * 8)
    flipBits(queries, n * 8, bits(), next)
  }
  return queries
}
