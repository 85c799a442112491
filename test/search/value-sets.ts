import fc from 'fast-check'
import { orient } from '../../src/hash/orientation.ts'
import type { RadiusQuery } from '../../src/search/hamming-index.ts'

export const arbitraryValue: fc.Arbitrary<Uint32Array> = fc
  .array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 8, maxLength: 8 })
  .map((words) => Uint32Array.from(words))

/** A near-duplicate of `centre`, turned or mirrored first. */
function nearDuplicate(
  centre: Uint32Array,
  flippedBits: readonly number[],
  orientation: number,
): Uint32Array {
  const value = new Uint32Array(8)
  orient(centre, 0, orientation, value, 0)
  for (const bit of flippedBits) value[bit >>> 5] ^= 1 << (bit & 31)
  return value
}

/** Near-duplicates of the centres, at all the small distances, and now and then something unrelated. */
function arbitraryAround(centres: readonly Uint32Array[]): fc.Arbitrary<Uint32Array> {
  const near = fc
    .tuple(
      fc.constantFrom(...centres),
      fc.uniqueArray(fc.nat(255), { maxLength: 40, size: 'max' }),
      fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(7) }),
    )
    .map(([centre, bits, orientation]) => nearDuplicate(centre, bits, orientation))
  return fc.oneof({ weight: 5, arbitrary: near }, { weight: 1, arbitrary: arbitraryValue })
}

const arbitraryRadius = fc.oneof(fc.nat(64), fc.nat(256))

const arbitraryQuery: fc.Arbitrary<RadiusQuery> = fc
  .tuple(
    arbitraryRadius,
    fc.option(fc.record({ mask: fc.nat(255), maxDistanceBits: arbitraryRadius }), { nil: undefined }),
    fc.constantFrom(1, 3, 64, Infinity),
  )
  .map(([maxDistanceBits, orientations, limit]) =>
    orientations ? { maxDistanceBits, orientations, limit } : { maxDistanceBits, limit },
  )

/** A life of an index: in each round values come, values go, and a batch is asked. */
export interface Round {
  readonly add: readonly Uint32Array[]
  /** Which of the values there are then to remove, as places in the list of them, modulo its length. */
  readonly remove: readonly number[]
  readonly queries: readonly Uint32Array[]
  readonly asked: RadiusQuery
}

export const arbitraryLife: fc.Arbitrary<readonly Round[]> = fc
  .array(arbitraryValue, { minLength: 1, maxLength: 3 })
  .chain((centres) =>
    fc.array(
      fc.record({
        add: fc.array(arbitraryAround(centres), { maxLength: 60, size: 'max' }),
        remove: fc.array(fc.nat(), { maxLength: 10 }),
        queries: fc.array(arbitraryAround(centres), { maxLength: 6, size: 'max' }),
        asked: arbitraryQuery,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )

export function concatenated(values: readonly Uint32Array[]): Uint32Array {
  const words = new Uint32Array(values.length * 8)
  for (const [place, value] of values.entries()) words.set(value, place * 8)
  return words
}
