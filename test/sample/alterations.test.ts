import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import { orient, ORIENTATIONS, type Orientation } from '../../src/hash/orientation.ts'
import { ALTERATIONS } from '../../src/sample/alterations.ts'
import { pdq } from '../../src/hashing/pdq.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { compareWithReference, readVectors } from '../hashing/reference-vectors.ts'

const MAX_DISTANCE_BITS = 31

interface Nearest {
  readonly known: string
  readonly orientation: Orientation
  readonly distanceBits: number
}

/** Every known picture with the orientation of it that comes nearest to a hash, the nearest first. */
function search(value: HashValue, known: ReadonlyMap<string, Uint32Array>): Nearest[] {
  const query = packed(value)
  const oriented = new Uint32Array(8)
  const all: Nearest[] = []
  for (const [name, words] of known) {
    const each = ORIENTATIONS.map((orientation, index): Nearest => {
      orient(words, 0, index, oriented, 0)
      return { known: name, orientation, distanceBits: hammingDistance(query, 0, oriented, 0) }
    })
    all.push(...each.sort((a, b) => a.distanceBits - b.distanceBits).slice(0, 1))
  }
  return all.sort((a, b) => a.distanceBits - b.distanceBits)
}

/** How many of the ten copies must at least be found. */
const EXPECTED: Record<string, number> = {
  original: 10,
  'jpeg-q30': 10,
  'half-size': 9,
  'quarter-size': 8,
  'crop-1.25': 6,
  'brighter-20': 9,
  watermark: 9,
  'mirrored-left-right': 7,
  'mirrored-top-bottom': 7,
  'turned-180': 7,
  'turned-90-cw': 7,
  'turned-90-ccw': 7,
  transposed: 10,
}

const vectors = new Map(
  readVectors('altered-vectors.json').map((vector) => [`${vector.picture} ${vector.alteration}`, vector]),
)

async function knownHashes(): Promise<Map<string, Uint32Array>> {
  const known = new Map<string, Uint32Array>()
  for (const { name, path } of photographs()) {
    const hash = pdq(await decodeRgb(readFileSync(path)))
    if (hash) known.set(name, packed(hash.value))
  }
  return known
}

describe('an altered copy of a known picture is found, and nothing else is', () => {
  test.each(ALTERATIONS)('$name', async ({ name, orientation = 'as-is', apply }) => {
    const known = await knownHashes()
    const found: string[] = []
    const missed: string[] = []
    for (const photograph of photographs()) {
      const copy = await decodeRgb(await apply(readFileSync(photograph.path)))
      const ours = pdq(copy)
      if (!ours) throw new Error('no PDQ hash')
      const vector = vectors.get(`${photograph.name} ${name}`)
      expect(compareWithReference(copy, vector)).toBeLessThanOrEqual(10)

      for (const { known: match, orientation: seen, distanceBits } of search(ours.value, known)) {
        if (match !== photograph.name) {
          expect(distanceBits, `${photograph.name} and ${match}`).toBeGreaterThan(MAX_DISTANCE_BITS)
        } else if (distanceBits > MAX_DISTANCE_BITS) {
          missed.push(`${match} ${distanceBits}`)
        } else {
          expect(seen, match).toBe(orientation)
          found.push(match)
        }
      }
    }
    console.log(
      `${name}: ${found.length} of 10 found${missed.length ? `; missed: ${missed.join(', ')} bits` : ''}`,
    )
    expect(found.length).toBeGreaterThanOrEqual(EXPECTED[name])
  })
})

test('an altered copy has other exact hashes than its original', async () => {
  const [{ path }] = photographs()
  const original = readFileSync(path)
  for (const { name, apply } of ALTERATIONS) {
    expect((await apply(original)).equals(original), name).toBe(name === 'original')
  }
})

test('an alteration makes the same copy each time', async () => {
  const [{ path }] = photographs()
  const original = readFileSync(path)
  for (const { name, apply } of ALTERATIONS) {
    expect((await apply(original)).equals(await apply(original)), name).toBe(true)
  }
})
