import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hammingDistance } from '../../../src/hash/distance.ts'
import { orient } from '../../../src/hash/orientation.ts'
import { fromClassOrder, toClassOrder } from '../../../src/search/wasm/class-order.ts'
import { arbitraryValue } from '../value-sets.ts'

const inClassOrder = (value: Uint32Array): Uint32Array => {
  const ordered = new Uint32Array(8)
  toClassOrder(value, 0, ordered, 0)
  return ordered
}

test('class order and back gives the value', () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const back = new Uint32Array(8)
      fromClassOrder(inClassOrder(value), 0, back, 0)
      expect(back).toEqual(value)
    }),
  )
})

test('distances are the same in class order', () => {
  fc.assert(
    fc.property(arbitraryValue, arbitraryValue, (a, b) => {
      expect(hammingDistance(inClassOrder(a), 0, inClassOrder(b), 0)).toBe(hammingDistance(a, 0, b, 0))
    }),
  )
})

test('a mirror image complements whole classes', () => {
  // For each of as-is, left–right, top–bottom and 180° the classes (of two words) that it complements.
  const complemented = [[], [0, 2], [0, 1], [1, 2]]
  fc.assert(
    fc.property(arbitraryValue, fc.nat(3), (value, orientation) => {
      const mirrored = new Uint32Array(8)
      orient(value, 0, orientation, mirrored, 0)
      const flipped = inClassOrder(value).map((word, place) =>
        complemented[orientation].includes(place >>> 1) ? ~word : word,
      )
      expect(inClassOrder(mirrored)).toEqual(flipped)
    }),
  )
})
