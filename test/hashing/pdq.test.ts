import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pdq, shrink } from '../../src/hashing/pdq.ts'
import type { Picture } from '../../src/hashing/picture.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { plainShrink } from './plain-pdq.ts'
import { compareWithReference, pixelDigest, readVectors } from './reference-vectors.ts'
import {
  makePicture,
  PICTURE_KINDS,
  recipeName,
  SYNTHETIC_PICTURES,
} from '../../src/sample/synthetic-pictures.ts'

const vectors = new Map(readVectors('pdq-vectors.json').map((vector) => [vector.picture, vector]))

describe('a picture has the PDQ hash and the quality that the reference gives it', () => {
  test.each(SYNTHETIC_PICTURES.map((recipe) => [recipeName(recipe), recipe] as const))(
    '%s',
    (name, recipe) => {
      const picture = makePicture(recipe)
      const vector = vectors.get(name)
      expect(pixelDigest(picture), 'the generator makes the committed pixels').toBe(vector?.pixels)
      expect(pdq(picture)).toEqual({ value: vector?.hash, quality: vector?.quality })
    },
  )

  test.each(photographs())('$name', async ({ name, path }) => {
    expect(compareWithReference(await decodeRgb(readFileSync(path)), vectors.get(name))).toBeLessThanOrEqual(
      10,
    )
  })

  test('every committed vector was compared', () => {
    expect(vectors.size).toBe(SYNTHETIC_PICTURES.length + photographs().length)
  })
})

test('a picture under 5 pixels in a dimension has no PDQ hash', () => {
  const sizes: readonly (readonly [number, number, boolean])[] = [
    [1, 1, false],
    [4, 100, false],
    [100, 4, false],
    [4, 4, false],
    [5, 5, true],
  ]
  for (const [width, height, hasHash] of sizes) {
    const picture = makePicture({ kind: 'noise', width, height, channels: 3, seed: 1 })
    expect(pdq(picture) !== undefined, `${width}×${height}`).toBe(hasHash)
  }
})

test('a grey picture has the hash of the same picture in RGB, and alpha changes nothing', () => {
  const grey = makePicture({ kind: 'smooth', width: 301, height: 170, channels: 1, seed: 5 })
  const rgb = makePicture({ kind: 'cells', width: 301, height: 170, channels: 3, seed: 5 })
  expect(pdq(spread(grey, [0, 0, 0], 3))).toEqual(pdq(grey))
  expect(pdq(spread(rgb, [0, 1, 2], 4))).toEqual(pdq(rgb))
})

test('what was hashed before leaves no trace in the next hash', () => {
  const pictures = SYNTHETIC_PICTURES.map(makePicture)
  const forwards = pictures.map(pdq)
  const backwards = pictures.toReversed().map(pdq).toReversed()
  expect(backwards).toEqual(forwards)
})

test('streaming the rows gives what filtering the whole picture gives, for every size', () => {
  const side = fc.integer({ min: 5, max: 700 }).filter((pixels) => pixels !== 64)
  const recipes = fc.record({
    kind: fc.constantFrom(...PICTURE_KINDS),
    width: side,
    height: side,
    channels: fc.constantFrom<1 | 3>(1, 3),
    seed: fc.integer(),
  })
  fc.assert(
    fc.property(recipes, (recipe) => {
      const picture = makePicture(recipe)
      expect(shrink(picture)).toEqual(plainShrink(picture))
    }),
    { numRuns: 60 },
  )
})

/** The picture with other channels: each pixel's are taken from `order`, and a fourth is set to 77. */
function spread({ pixels, width, height, channels }: Picture, order: readonly number[], to: 3 | 4): Picture {
  const wider = new Uint8Array(width * height * to).fill(77)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (const [channel, from] of order.entries())
      wider[pixel * to + channel] = pixels[pixel * channels + from]
  }
  return { pixels: wider, width, height, channels: to }
}
