import { readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import type { HashedFile } from '../../src/hashing/file-hash.ts'
import { hashBytes } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { pdq } from '../../src/hashing/pdq.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { animatedPng, stickerGif } from './picture-files.ts'
import { pdqDistance } from './reference-vectors.ts'

const [{ path }] = photographs()
const SIDE = 160
const picture = sharp(readFileSync(path)).resize(SIDE, SIDE)
const white = sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'white' } })

async function views(file: Buffer): Promise<readonly HashedFile[]> {
  const outcome = await hashBytes('a picture', file)
  if (outcome instanceof HashingError) throw outcome
  return outcome
}

function pdqOf({ hashes }: HashedFile): HashValue {
  const hash = hashes.find(({ type }) => type === 'pdq')
  if (!hash) throw new Error('no PDQ hash')
  return hash.value
}

async function expected(file: Buffer): Promise<HashValue> {
  const hash = pdq(await decodeRgb(file))
  if (!hash) throw new Error('no PDQ hash')
  return hash.value
}

/** Frames below each other, as sharp takes them for an animation. */
const rows = async (...frames: Sharp[]): Promise<Sharp> => {
  const raw = await Promise.all(frames.map((frame) => frame.clone().removeAlpha().raw().toBuffer()))
  const height = SIDE * frames.length
  return sharp(Buffer.concat(raw), { raw: { width: SIDE, height, channels: 3, pageHeight: SIDE } })
}

const whitePng = (): Promise<Buffer> => white.png().toBuffer()

describe('a blank first frame is passed over, and the frame that is hashed is named', () => {
  test.each([
    ['GIF', async () => (await rows(white, white, picture)).gif({ keepDuplicateFrames: true }).toBuffer(), 3],
    ['WebP', async () => (await rows(white, picture)).webp({ lossless: true }).toBuffer(), 2],
    [
      'animated PNG',
      async () => animatedPng(await whitePng(), await whitePng(), await picture.png().toBuffer()),
      3,
    ],
  ])('%s', async (_name, made, frame) => {
    const [hashed] = await views(await made())
    expect(hashed.frame).toBe(frame)
    expect(pdqDistance(pdqOf(hashed), await expected(await picture.png().toBuffer()))).toBeLessThanOrEqual(10)
  })

  test('a picture that begins with a good frame is hashed by it', async () => {
    const [hashed] = await views(await (await rows(picture, white)).gif().toBuffer())
    expect(hashed.frame).toBeUndefined()
  })
})

test('a transparent GIF has the colours of its palette that the reference hashes', async () => {
  // Computed by Pillow 13.0 and pdqhash 0.2.8: Image.open(file).convert('RGB').
  expect(pdqOf((await views(stickerGif({ transparent: true })))[0])).toBe(
    'c99cc6142667192f296130f196d3665bd29bc68cc3dc19ac1d2fe6d6e2f42963',
  )
  expect(pdqOf((await views(stickerGif({ transparent: false })))[0])).toBe(
    'c99cc754662f0930286b30e396d1722fd293c68fca8f59ad782f86d0f2bf2d50',
  )
})

/** On white it shows `picture`, darkened where it must be; its colours are a harmless pattern. */
async function decoy(): Promise<{ file: Buffer; shown: Buffer }> {
  const seen = await picture.clone().removeAlpha().raw().toBuffer()
  const pixels = Buffer.alloc(SIDE * SIDE * 4)
  const shown = Buffer.alloc(SIDE * SIDE * 3)
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const stripe =
      Math.floor(pixel / SIDE / 10) % 2 === 0 ? 20 : Math.floor((pixel % SIDE) / 9) % 2 === 0 ? 60 : 0
    const grey = seen[pixel * 3 + 1]
    const alpha = Math.min(255, Math.round(((255 - grey) * 255) / (255 - stripe)))
    pixels.fill(stripe, pixel * 4, pixel * 4 + 3)
    pixels[pixel * 4 + 3] = alpha
    shown.fill(grey, pixel * 3, pixel * 3 + 3)
  }
  return {
    file: await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 4 } })
      .png()
      .toBuffer(),
    shown: await sharp(shown, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer(),
  }
}

describe('transparency', () => {
  test('what a viewer shows on white is hashed as a second view, where it is another picture', async () => {
    const { file, shown } = await decoy()
    const [colours, onWhite] = await views(file)
    expect(colours.view).toBeUndefined()
    expect(onWhite.view).toBe('on-white')
    // Its digests stand in the first view alone, so that an exact match makes one hit.
    expect(onWhite.hashes.map(({ type }) => type)).toEqual(['pdq', 'blockhash'])
    expect(pdqDistance(pdqOf(onWhite), await expected(shown))).toBeLessThanOrEqual(10)
    expect(pdqDistance(pdqOf(colours), pdqOf(onWhite))).toBeGreaterThan(31)
  })

  test('a picture whose alpha changes little has one view, and so has an opaque one', async () => {
    expect(await views(await picture.clone().ensureAlpha(0.97).png().toBuffer())).toHaveLength(1)
    expect(await views(await picture.clone().ensureAlpha(1).png().toBuffer())).toHaveLength(1)
  })
})
