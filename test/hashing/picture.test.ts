import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { pdq } from '../../src/hashing/pdq.ts'
import { pictureFormat } from '../../src/hashing/picture-format.ts'
import { decodePicture, type RgbaPicture, Undecodable } from '../../src/hashing/picture.ts'
import { cmykTiff, pngThatClaims, sharpOf } from './picture-files.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { pdqDistance } from './reference-vectors.ts'
import { makePicture } from '../../src/sample/synthetic-pictures.ts'

const source = makePicture({ kind: 'smooth', width: 161, height: 119, channels: 3, seed: 3 })
const [{ path: photograph }] = photographs()

async function decoded(file: Buffer): Promise<RgbaPicture> {
  const picture = await decodePicture(file, pictureFormat(file)?.name ?? 'unknown')
  if (picture instanceof Undecodable) throw new Error(picture.problem)
  return picture
}

async function refusal(file: Buffer): Promise<Undecodable> {
  const picture = await decodePicture(file, pictureFormat(file)?.name ?? 'unknown')
  if (!(picture instanceof Undecodable)) throw new Error('the picture was decoded')
  return picture
}

describe('a picture keeps its pixels in every lossless format', () => {
  test.each([
    ['PNG', sharpOf(source).png()],
    ['PNG with 16 bits a channel', sharpOf(source).toColourspace('rgb16').png()],
    ['WebP', sharpOf(source).webp({ lossless: true })],
    ['TIFF', sharpOf(source).tiff({ compression: 'lzw' })],
    ['TIFF in tiles', sharpOf(source).tiff({ compression: 'deflate', tile: true })],
    ['BigTIFF', sharpOf(source).tiff({ compression: 'none', bigtiff: true })],
  ])('%s', async (_name, pipeline) => {
    const picture = await decodeRgb(await pipeline.toBuffer())
    expect([picture.width, picture.height]).toEqual([source.width, source.height])
    expect(Buffer.compare(picture.pixels, source.pixels)).toBe(0)
  })
})

describe('a photograph is found again in every lossy format', () => {
  test.each([
    ['JPEG', sharp(photograph).jpeg({ quality: 80 })],
    ['progressive JPEG', sharp(photograph).jpeg({ quality: 80, progressive: true })],
    ['WebP', sharp(photograph).webp({ quality: 80 })],
    ['GIF', sharp(photograph).gif()],
    ['AVIF', sharp(photograph).avif({ quality: 60, effort: 2 })],
    ['AVIF with 10 bits a channel', sharp(photograph).avif({ quality: 60, effort: 2, bitdepth: 10 })],
    ['grey JPEG', sharp(photograph).greyscale().jpeg({ quality: 90 })],
    ['grey PNG with 16 bits', sharp(photograph).toColourspace('grey16').png()],
    ['CMYK JPEG', sharp(photograph).toColourspace('cmyk').jpeg({ quality: 90 })],
    ['JPEG with a Display P3 profile', sharp(photograph).withIccProfile('p3').jpeg({ quality: 90 })],
  ])('%s', async (_name, pipeline) => {
    const [known, copy] = [
      pdq(await decoded(readFileSync(photograph))),
      pdq(await decoded(await pipeline.toBuffer())),
    ]
    if (!known || !copy) throw new Error('no PDQ hash')
    expect(pdqDistance(known.value, copy.value)).toBeLessThanOrEqual(20)
  })
})

test('an EXIF orientation is not applied', async () => {
  const upright = await sharpOf(source).png().toBuffer()
  const tagged = await sharp(upright).withMetadata({ orientation: 6 }).png().toBuffer()
  expect((await sharp(tagged).metadata()).orientation).toBe(6)
  expect(await decoded(tagged)).toEqual(await decoded(upright))
})

test('the colours under a transparent pixel count, and the alpha channel is kept', async () => {
  const pixels = Buffer.from([10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255])
  const png = await sharp(pixels, { raw: { width: 3, height: 1, channels: 4 } })
    .png()
    .toBuffer()
  expect(Buffer.from((await decoded(png)).pixels)).toEqual(pixels)
})

test('an embedded colour profile changes no pixel', async () => {
  const plain = await sharpOf(source).png().toBuffer()
  // As a camera does: the profile is attached, the numbers are as they were.
  const tagged = await sharp(plain, { ignoreIcc: true }).withIccProfile('p3').png().toBuffer()
  const withoutProfile = await sharp(tagged, { ignoreIcc: true }).png().toBuffer()
  expect((await sharp(tagged).metadata()).hasProfile).toBe(true)
  expect(await decoded(tagged)).toEqual(await decoded(withoutProfile))
})

test("CMYK becomes RGB as by the reference's decoder", async () => {
  // Computed by Pillow 13.0: Image.new('CMYK', (1, 1), inks).convert('RGB').
  const expected = [
    { inks: [0, 0, 0, 0], rgb: [255, 255, 255] },
    { inks: [255, 0, 0, 0], rgb: [0, 255, 255] },
    { inks: [128, 64, 32, 100], rgb: [77, 116, 136] },
    { inks: [0, 0, 0, 255], rgb: [0, 0, 0] },
    { inks: [7, 201, 99, 33], rgb: [216, 47, 136] },
  ] as const
  const picture = await decoded(cmykTiff(expected.map(({ inks }) => inks)))
  expect([...picture.pixels]).toEqual(expected.flatMap(({ rgb }) => [...rgb, 255]))
})

test('an animated GIF is its first frame', async () => {
  const { width, height } = source
  const [first, second] = [4, 6].map((seed) =>
    makePicture({ kind: 'cells', width, height, channels: 3, seed }),
  )
  const frames = Buffer.concat([first.pixels, second.pixels])
  const animated = await sharp(frames, {
    raw: { width, height: 2 * height, channels: 3, pageHeight: height },
  })
    .gif()
    .toBuffer()
  expect((await sharp(animated).metadata()).pages).toBe(2)
  const picture = await decoded(animated)
  const [hash, alike, other] = [pdq(picture), pdq(first), pdq(second)]
  if (!hash || !alike || !other) throw new Error('no PDQ hash')
  expect(picture.height).toBe(height)
  expect(pdqDistance(hash.value, alike.value)).toBeLessThanOrEqual(10)
  expect(pdqDistance(hash.value, other.value)).toBeGreaterThan(60)
})

test('a picture 20,000 pixels wide is decoded, one of 400 million pixels is refused with its size', async () => {
  const wide = await decoded(
    await sharp({ create: { width: 20_000, height: 20, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  )
  expect([wide.width, wide.height]).toEqual([20_000, 20])
  const refused = await refusal(await pngThatClaims(20_000, 20_000))
  expect(refused.code).toBe('too-many-pixels')
  expect(refused.problem).toBe('the PNG picture is 20000 × 20000 pixels, 400 million of at most 100 million')
})

describe('a truncated picture is refused', () => {
  test.each([
    ['JPEG', sharp(photograph).jpeg()],
    ['PNG', sharp(photograph).png()],
    ['WebP', sharp(photograph).webp()],
    ['GIF', sharp(photograph).gif()],
    ['TIFF', sharp(photograph).tiff()],
    ['AVIF', sharp(photograph).avif({ effort: 1 })],
  ])('%s', async (name, pipeline) => {
    const file = await pipeline.toBuffer()
    for (const length of [40, Math.floor(file.length / 2), file.length - 60]) {
      const refused = await refusal(file.subarray(0, length))
      expect(refused.code).toBe('damaged-picture')
      expect(refused.problem).toContain(`the ${name} picture is truncated or damaged`)
    }
  })
})
