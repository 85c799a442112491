import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packed, parseHashValue, unpackHex } from '../../src/hash/hash-value.ts'
import {
  flipMask,
  inverseOrientation,
  orient,
  ORIENTATIONS,
  transpose,
  transposes,
} from '../../src/hash/orientation.ts'

const arbitraryHash = fc
  .array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 8, maxLength: 8 })
  .map((words) => Uint32Array.from(words))
const arbitraryOrientation = fc.nat(7)

const oriented = (hash: Uint32Array, index: number): Uint32Array => {
  const to = new Uint32Array(8)
  orient(hash, 0, index, to, 0)
  return to
}

const transposed = (hash: Uint32Array): Uint32Array => {
  const to = new Uint32Array(8)
  transpose(hash, 0, to, 0)
  return to
}

/** Bit k of a hash as the specification counts: bit 0 is the lowest of the last word. */
const bit = (hash: Uint32Array, k: number): number => (hash[7 - (k >>> 5)] >>> (k & 31)) & 1

const hash = (text: string): Uint32Array => {
  const value = parseHashValue('pdq', text)
  if (value === undefined) throw new Error(`not a PDQ hash: ${text}`)
  return packed(value)
}

const xor = (a: Uint32Array, b: Uint32Array): Uint32Array => a.map((word, at) => word ^ b[at])

test('transposing swaps bit 16·i + j with bit 16·j + i', () => {
  fc.assert(
    fc.property(arbitraryHash, (h) => {
      const t = transposed(h)
      for (let i = 0; i < 16; i++) {
        for (let j = 0; j < 16; j++) expect(bit(t, 16 * i + j)).toBe(bit(h, 16 * j + i))
      }
    }),
    { numRuns: 20 },
  )
})

test('transposing twice changes nothing', () => {
  fc.assert(
    fc.property(arbitraryHash, (h) => {
      expect(transposed(transposed(h))).toEqual(h)
    }),
  )
})

test('transposing reads and writes where it is told', () => {
  const from = Uint32Array.from({ length: 11 }, (_, at) => at * 0x9e3779b9)
  const to = new Uint32Array(12).fill(7)
  transpose(from, 3, to, 2)
  expect(to.slice(2, 10)).toEqual(transposed(from.slice(3)))
  expect([to[0], to[1], to[10], to[11]]).toEqual([7, 7, 7, 7])
})

test('each orientation is the transposition and the flips that were measured', () => {
  const C = hash('5555'.repeat(16))
  const R = hash('0000ffff'.repeat(8))
  fc.assert(
    fc.property(arbitraryHash, (h) => {
      const T = transposed(h)
      const CR = xor(C, R)
      expect(ORIENTATIONS.map((_, index) => oriented(h, index))).toEqual([
        h,
        xor(h, C),
        xor(h, R),
        xor(h, CR),
        T,
        xor(T, R),
        xor(T, C),
        xor(T, CR),
      ])
    }),
  )
})

test('a mirror image flips the bits of even j, one upside down those of even i', () => {
  const nothing = new Uint32Array(8)
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 16; j++) {
      expect(bit(oriented(nothing, 1), 16 * i + j)).toBe(j % 2 === 0 ? 1 : 0)
      expect(bit(oriented(nothing, 2), 16 * i + j)).toBe(i % 2 === 0 ? 1 : 0)
    }
  }
  expect(unpackHex(oriented(nothing, 1), 0, 8)).toBe('5555'.repeat(16))
  expect(unpackHex(oriented(nothing, 2), 0, 8)).toBe('0000ffff'.repeat(8))
})

test('every orientation is undone by its inverse', () => {
  fc.assert(
    fc.property(arbitraryHash, arbitraryOrientation, (h, index) => {
      expect(oriented(oriented(h, index), inverseOrientation(index))).toEqual(h)
      expect(inverseOrientation(inverseOrientation(index))).toBe(index)
    }),
  )
})

const named = (name: (typeof ORIENTATIONS)[number]): number => ORIENTATIONS.indexOf(name)

test('two orientations after one another are an orientation: the eight are a group', () => {
  // Nothing but an orientation that transposes tells this hash from its images.
  const sample = hash('0123456789abcdef00112233445566778899aabbccddeeff0f1e2d3c4b5a6978')
  const composed = (first: number, second: number): number => {
    const image = String(oriented(oriented(sample, first), second))
    return ORIENTATIONS.findIndex((_, index) => String(oriented(sample, index)) === image)
  }
  expect(new Set(ORIENTATIONS.map((_, index) => String(oriented(sample, index)))).size).toBe(8)
  for (let first = 0; first < 8; first++) {
    const images = ORIENTATIONS.map((_, second) => composed(first, second))
    expect(images.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  }
  expect(composed(named('mirrored-left-right'), named('mirrored-top-bottom'))).toBe(named('turned-180'))
  expect(composed(named('turned-90-cw'), named('turned-90-cw'))).toBe(named('turned-180'))
  expect(composed(named('turned-90-cw'), named('turned-90-ccw'))).toBe(named('as-is'))
  // Transposed (mirrored along the main diagonal) and then mirrored left–right is turned clockwise.
  expect(composed(named('transposed'), named('mirrored-left-right'))).toBe(named('turned-90-cw'))
})

test('the composition of two orientations does not depend on the hash', () => {
  fc.assert(
    fc.property(arbitraryHash, arbitraryOrientation, arbitraryOrientation, (h, first, second) => {
      const swapsAxes = transposes(first) !== transposes(second)
      const flips = oriented(oriented(new Uint32Array(8), first), second)[0]
      const both = ORIENTATIONS.findIndex(
        (_, index) => transposes(index) === swapsAxes && flipMask(index) === flips,
      )
      expect(oriented(oriented(h, first), second)).toEqual(oriented(h, both))
    }),
  )
})
