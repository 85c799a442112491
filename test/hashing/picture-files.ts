import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { onTestFinished } from 'vitest'
import { type PngChunk, pngChunks, pngOf } from '../../src/hashing/pictures/png.ts'
import type { Picture } from '../../src/hashing/picture.ts'

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-hashing-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a file, and the folders it is in, under `folder`; returns its path. */
export async function writeIn(folder: string, name: string, content: Buffer | string): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** A picture as the start of a sharp pipeline. */
export const sharpOf = ({ pixels, width, height, channels }: Picture): Sharp =>
  sharp(Buffer.from(pixels), { raw: { width, height, channels } })

/** A whole PNG file whose header claims other dimensions than its pixels have. */
export async function pngThatClaims(width: number, height: number): Promise<Buffer> {
  const png = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  // Signature (8 bytes), length and name of IHDR (8), width, height, 5 more bytes, checksum from the name on.
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}

const COLOURS = {
  rgb: { photometric: 2, samples: 3 },
  cmyk: { photometric: 5, samples: 4 },
  ycbcr: { photometric: 6, samples: 3 },
  lab: { photometric: 8, samples: 3 },
} as const

export interface PlainTiff {
  readonly colours: keyof typeof COLOURS
  readonly width: number
  /** Row by row. Ink 0 is none; a and b of CIELab are two's complement. */
  readonly samples: ArrayLike<number>
  /** Of 16 bits the low byte is something else. */
  readonly bits?: 8 | 16
  readonly order?: 'little' | 'big'
}

/** An uncompressed TIFF file of samples of eight bits. */
export function plainTiff({
  colours,
  width,
  samples: values,
  bits = 8,
  order = 'little',
}: PlainTiff): Buffer {
  const { photometric, samples } = COLOURS[colours]
  const isLittle = order === 'little'
  const height = values.length / width / samples
  const pixels = Buffer.alloc((values.length * bits) / 8)
  for (let index = 0; index < values.length; index++) {
    if (bits === 8) pixels[index] = values[index]
    else if (isLittle) pixels.writeUInt16LE(values[index] * 256 + 200, index * 2)
    else pixels.writeUInt16BE(values[index] * 256 + 200, index * 2)
  }
  const SHORT = 3
  const LONG = 4
  const headBytes = 8
  const entryCount = 10
  const bitsAt = headBytes + 2 + entryCount * 12 + 4
  const pixelsAt = bitsAt + samples * 2
  const entries: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, samples, bitsAt], // bits a sample
    [259, SHORT, 1, 1], // no compression
    [262, SHORT, 1, photometric],
    [273, LONG, 1, pixelsAt],
    [277, SHORT, 1, samples],
    [278, LONG, 1, height], // rows a strip
    [279, LONG, 1, pixels.length],
    // Of YCbCr: as many samples of colour as of brightness.
    colours === 'ycbcr' ? [530, SHORT, 2, 0x10001] : [284, SHORT, 1, 1],
  ]
  const head = Buffer.alloc(pixelsAt)
  head.write(isLittle ? 'II*\0' : 'MM\0*', 'latin1')
  const short = (value: number, at: number): number =>
    isLittle ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at)
  const long = (value: number, at: number): number =>
    isLittle ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at)
  long(headBytes, 4)
  short(entryCount, headBytes)
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = headBytes + 2 + index * 12
    short(tag, at)
    short(type, at + 2)
    long(count, at + 4)
    if (type === SHORT && count === 1) short(value, at + 8)
    else long(value, at + 8)
  }
  for (let sample = 0; sample < samples; sample++) short(bits, bitsAt + sample * 2)
  return Buffer.concat([head, pixels])
}

/** An animated PNG of still ones of the same size and kind; the first is shown where nothing moves. */
export function animatedPng(...stills: readonly Buffer[]): Buffer {
  const [first, ...others] = stills.map(pngChunks)
  const header = first[0].data
  const control = (sequence: number): PngChunk => {
    const data = Buffer.alloc(26)
    data.writeUInt32BE(sequence, 0)
    header.copy(data, 4, 0, 8)
    return { type: 'fcTL', data }
  }
  const counts = Buffer.alloc(8)
  counts.writeUInt32BE(stills.length)
  let sequence = 0
  const frames = others.flatMap((chunks) => [
    control(++sequence),
    ...chunks
      .filter(({ type }) => type === 'IDAT')
      .map(({ data }): PngChunk => {
        const number = Buffer.alloc(4)
        number.writeUInt32BE(++sequence)
        return { type: 'fdAT', data: Buffer.concat([number, data]) }
      }),
  ])
  const beforePixels = first.findIndex(({ type }) => type === 'IDAT')
  return pngOf([
    ...first.slice(0, beforePixels),
    { type: 'acTL', data: counts },
    control(0),
    ...first.filter(({ type }) => type === 'IDAT'),
    ...frames,
    { type: 'IEND', data: Buffer.alloc(0) },
  ])
}

const short = (value: number): Buffer => Buffer.from([value & 255, value >> 8])

/** A GIF whose first frame is smaller than its canvas. Its pixels are stored without being packed. */
export function stickerGif({ transparent }: { readonly transparent: boolean }): Buffer {
  const [canvas, side, left, top] = [120, 90, 20, 10]
  const palette = Buffer.from(
    Array.from({ length: 128 }, (_, index) => [
      (index * 37) & 255,
      (index * 91) & 255,
      (index * 13) & 255,
    ]).flat(),
  )
  // Codes of eight bits, of which 128 clears the table, so often that no code grows: one byte a pixel.
  const codes: number[] = []
  for (let pixel = 0; pixel < side * side; pixel++) {
    if (pixel % 100 === 0) codes.push(128)
    const [x, y] = [pixel % side, Math.floor(pixel / side)]
    const isHole = (x - 45) ** 2 + (y - 45) ** 2 > 1600
    codes.push(isHole ? 5 : 8 + ((Math.floor(x / 11) * 7 + Math.floor(y / 13) * 5) % 100))
  }
  codes.push(129)
  const blocks: Buffer[] = []
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255)
    blocks.push(Buffer.from([block.length, ...block]))
  }
  const screen = Buffer.concat([short(canvas), short(canvas), Buffer.from([0xf6, 9, 0]), palette])
  const control = transparent ? Buffer.from([0x21, 0xf9, 4, 1, 0, 0, 5, 0]) : Buffer.alloc(0)
  const frame = Buffer.concat([Buffer.from(','), short(left), short(top), short(side), short(side)])
  const ends = Buffer.from([0, 0x3b])
  return Buffer.concat([Buffer.from('GIF89a'), screen, control, frame, Buffer.from([0, 7]), ...blocks, ends])
}
