// The console's evidence: what it computes itself is what the matcher and the store say.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitGrids } from '../../src/console/evidence/bit-grid.ts'
import { BIN_BITS, distributions, LAST_BITS } from '../../src/console/evidence/distributions.ts'
import { evidenceOf } from '../../src/console/evidence/evidence-of.ts'
import { MEASURED_COPIES } from '../../src/console/evidence/measured-copies.ts'
import { evidenceOfAll } from '../../src/contract/decision.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, parseHashValue, unpackHex } from '../../src/hash/hash-value.ts'
import { orient, ORIENTATIONS } from '../../src/hash/orientation.ts'
import { hashBytes } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { inAllOrientations, letterF } from '../fixtures/turned-letter.ts'

const hex = (digits: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: digits, maxLength: digits })
    .map((all) => all.map((digit) => digit.toString(16)).join(''))

function words(text: string): Uint32Array {
  const value = parseHashValue('pdq', text)
  if (value === undefined) throw new Error('no value')
  return packed(value)
}

async function pdqOf(picture: Buffer): Promise<string> {
  const hashed = await hashBytes('a picture', picture)
  if (hashed instanceof HashingError) throw hashed
  const value = hashed[0].hashes.find(({ type }) => type === 'pdq')?.value
  if (value === undefined) throw new Error('The picture has no PDQ')
  return value
}

/** The mean distance, in bits. */
const middle = (shares: readonly number[]): number =>
  shares.reduce((sum, share, bar) => sum + share * bar * BIN_BITS, 0) /
  shares.reduce((sum, share) => sum + share, 0)

describe('the bits of two hashes', () => {
  test('with the orientation undone they differ in exactly the distance that the matcher found, whatever the orientation', () => {
    fc.assert(
      fc.property(hex(64), hex(64), fc.constantFrom(...ORIENTATIONS), (reported, known, orientation) => {
        // The matcher compares the reported hash with the known one as the orientation would have changed it.
        const turned = new Uint32Array(8)
        orient(words(known), 0, ORIENTATIONS.indexOf(orientation), turned, 0)
        const distanceBits = hammingDistance(words(reported), 0, turned, 0)
        expect(bitGrids('pdq', reported, known, orientation)?.distanceBits).toBe(distanceBits)
      }),
    )
  })

  test('a turned copy of a hash shows no difference', () => {
    fc.assert(
      fc.property(hex(64), fc.constantFrom(...ORIENTATIONS), (known, orientation) => {
        const turned = new Uint32Array(8)
        orient(words(known), 0, ORIENTATIONS.indexOf(orientation), turned, 0)
        const grids = bitGrids('pdq', unpackHex(turned, 0, 8), known, orientation)
        expect(grids?.reported).toEqual(grids?.known)
      }),
    )
  })

  test('a picture that was really turned or mirrored differs in a few bits once that is undone, and in a hundred if anything else is', async () => {
    const original = await letterF()
    const known = await pdqOf(original)
    for (const [at, copy] of (await inAllOrientations(original)).entries()) {
      const reported = await pdqOf(copy)
      for (const [undone, orientation] of ORIENTATIONS.entries()) {
        const distanceBits = bitGrids('pdq', reported, known, orientation)?.distanceBits
        const pair = `${ORIENTATIONS[at]} taken as ${orientation}`
        if (undone === at) expect(distanceBits, pair).toBeLessThanOrEqual(8)
        else expect(distanceBits, pair).toBeGreaterThan(100)
      }
    }
  })

  test('hashes that are compared by equality have no grid', () => {
    expect(bitGrids('sha256', '0'.repeat(64), '0'.repeat(64))).toBeUndefined()
  })
})

test('the digest over some hits is the one that the store computes, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.record({ hitId: hex(64), evidence: hex(64) }), {
        selector: ({ hitId }) => hitId,
        maxLength: 20,
      }),
      async (hits) => {
        expect(await evidenceOf(hits)).toBe(evidenceOfAll(hits))
        expect(await evidenceOf(hits.toReversed())).toBe(evidenceOfAll(hits))
      },
    ),
    { numRuns: 30 },
  )
})

describe('the distances that a hit is drawn over', () => {
  test('are those of bench/results/copies.json', () => {
    const measured = JSON.parse(
      readFileSync(new URL('../../bench/results/copies.json', import.meta.url), 'utf8'),
    )
    expect(MEASURED_COPIES).toEqual(measured.counts)
  })

  test('copies lie left of unrelated pictures, and no share is lost below the last bar', () => {
    for (const isTurned of [false, true]) {
      const { copies, unrelated, measured } = distributions('pdq', isTurned)
      expect(copies).toHaveLength(LAST_BITS / BIN_BITS)
      expect(measured).toBeGreaterThan(300)
      expect(copies.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
      expect(middle(copies)).toBeLessThan(32)
      expect(middle(unrelated)).toBeGreaterThan(110)
    }
  })
})
