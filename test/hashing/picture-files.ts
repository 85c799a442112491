import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { onTestFinished } from 'vitest'
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
