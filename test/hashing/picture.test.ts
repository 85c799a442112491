import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { pdq } from '../../src/hashing/pdq.ts'
import { fileKind } from '../../src/hashing/file-kind.ts'
import { openPicture, type OpenPicture, type RgbaPicture, Undecodable } from '../../src/hashing/picture.ts'
import { plainTiff, pngThatClaims, sharpOf } from './picture-files.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { pdqDistance } from './reference-vectors.ts'
import { makePicture } from '../../src/sample/synthetic-pictures.ts'

const source = makePicture({ kind: 'smooth', width: 161, height: 119, channels: 3, seed: 3 })
const [{ path: photograph }] = photographs()

async function opened(file: Buffer): Promise<OpenPicture> {
  const picture = await openPicture(file, fileKind(file)?.name ?? 'unknown')
  if (picture instanceof Undecodable) throw new Error(picture.problem)
  return picture
}

const decoded = async (file: Buffer): Promise<RgbaPicture> => (await opened(file)).first

async function refusal(file: Buffer): Promise<Undecodable> {
  const picture = await openPicture(file, fileKind(file)?.name ?? 'unknown')
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
  const row = [10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255]
  const pixels = Buffer.from(Array.from({ length: 10 }, () => row).flat())
  const png = await sharp(pixels, { raw: { width: 6, height: 5, channels: 4 } })
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
  for (const bits of [8, 16] as const) {
    const picture = await decoded(
      plainTiff({ colours: 'cmyk', width: 5, samples: fiveRows(expected.map(({ inks }) => inks)), bits }),
    )
    expect([...picture.pixels.subarray(0, 20)]).toEqual(expected.flatMap(({ rgb }) => [...rgb, 255]))
  }
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

/** Its directory stands before the pixels, so that it is left when the end is cut off. */
async function tiffOfPhotograph(): Promise<Buffer> {
  const { width, pixels } = await decodeRgb(readFileSync(photograph))
  return plainTiff({ colours: 'rgb', width, samples: pixels })
}

describe('of a picture that was cut off, what is left is decoded, and said to be damaged', () => {
  test.each([
    ['JPEG', sharp(photograph).jpeg().toBuffer()],
    ['progressive JPEG', sharp(photograph).jpeg({ progressive: true }).toBuffer()],
    ['PNG', sharp(photograph).png().toBuffer()],
    ['interlaced PNG', sharp(photograph).png({ progressive: true }).toBuffer()],
    ['WebP', sharp(photograph).webp().toBuffer()],
    ['GIF', sharp(photograph).gif().toBuffer()],
    ['TIFF', tiffOfPhotograph()],
  ])('%s', async (_name, encoded) => {
    const file = await encoded
    const whole = await opened(file)
    expect(whole.isDamaged).toBe(false)
    const hash = pdq(whole.first)
    for (const missing of [20, 60, Math.floor(file.length / 3)]) {
      const cut = await opened(file.subarray(0, file.length - missing))
      const { width, height } = cut.first
      expect([cut.isDamaged, width, height]).toEqual([true, whole.first.width, whole.first.height])
      const left = pdq(cut.first)
      if (!hash || !left) throw new Error('no PDQ hash')
      expect(left.quality).toBeGreaterThan(0)
      if (missing <= 60) expect(pdqDistance(left.value, hash.value)).toBeLessThanOrEqual(20)
    }
  })
})

describe('a PNG with a wrong checksum keeps every pixel', () => {
  test.each(['IHDR', 'PLTE', 'IDAT', 'IEND'])('of %s', async (chunk) => {
    const file = await sharpOf(source).png({ palette: true, colours: 64 }).toBuffer()
    const whole = await opened(file)
    const at = file.indexOf(chunk)
    const broken = Buffer.from(file)
    broken[at + 4 + file.readUInt32BE(at - 4)] ^= 1
    const picture = await opened(broken)
    expect(Buffer.compare(picture.first.pixels, whole.first.pixels)).toBe(0)
    // What stands behind the pixels damages none of them.
    expect(picture.isDamaged).toBe(chunk !== 'IEND')
  })
})

test('the first picture of an animated AVIF is decoded, and its others are said to be hidden', async () => {
  const still = await sharp(photograph).avif({ quality: 60, effort: 2 }).toBuffer()
  const animated = Buffer.from(still)
  animated.write('avis', 8, 'latin1')
  const picture = await opened(animated)
  expect(Buffer.compare(picture.first.pixels, (await decoded(still)).pixels)).toBe(0)
  expect([picture.isDamaged, picture.hidesFrames]).toEqual([false, true])
})

describe('a TIFF whose colours libvips does not know is decoded as by the reference', () => {
  // Computed by Pillow 13.0: Image.frombytes(mode, (5, 1), bytes).convert('RGB').
  test('YCbCr', async () => {
    const samples = [
      [0, 128, 128],
      [255, 128, 128],
      [76, 85, 255],
      [150, 44, 21],
      [29, 255, 107],
    ] as const
    const rgb = [
      [0, 0, 0],
      [255, 255, 255],
      [254, 0, 0],
      [0, 255, 1],
      [0, 0, 254],
    ]
    for (const order of ['little', 'big'] as const) {
      const picture = await decoded(
        plainTiff({ colours: 'ycbcr', width: 5, samples: fiveRows(samples), order }),
      )
      expectNear(picture.pixels, rgb, 1)
    }
  })

  test('CIELab', async () => {
    const samples = [
      [0, 0, 0],
      [255, 0, 0],
      [136, 81, 70],
      [224, 175, 81],
      [76, 68, 144],
    ] as const
    const rgb = [
      [0, 0, 0],
      [255, 255, 255],
      [254, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ]
    const picture = await decoded(plainTiff({ colours: 'lab', width: 5, samples: fiveRows(samples) }))
    expectNear(picture.pixels, rgb, 8)
  })
})

/** The same row five times: less has no hash. */
const fiveRows = (row: readonly (readonly number[])[]): number[] => [row, row, row, row, row].flat(2)

function expectNear(pixels: Uint8Array, expected: readonly (readonly number[])[], within: number): void {
  for (const [index, rgb] of expected.entries()) {
    for (const [channel, value] of rgb.entries()) {
      const found = pixels[index * 4 + channel]
      expect(Math.abs(found - value), `pixel ${index} channel ${channel}: ${found}`).toBeLessThanOrEqual(
        within,
      )
    }
  }
}
