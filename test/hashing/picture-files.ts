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

/** An uncompressed CMYK TIFF file: one row of pixels, four inks each (0 is none, 255 is full). */
export function cmykTiff(row: readonly (readonly [number, number, number, number])[]): Buffer {
  const inks = Buffer.from(row.flat())
  const SHORT = 3
  const LONG = 4
  const entries: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, LONG, 1, row.length], // width
    [257, LONG, 1, 1], // height
    [258, SHORT, 4, 8], // bits a sample: four shorts, stored after the inks
    [259, SHORT, 1, 1], // no compression
    [262, SHORT, 1, 5], // CMYK
    [273, LONG, 1, 8], // offset of the inks
    [277, SHORT, 1, 4], // samples a pixel
    [278, LONG, 1, 1], // rows a strip
    [279, LONG, 1, inks.length],
    [332, SHORT, 1, 1], // the inks are CMYK
  ]
  const bitsAt = 8 + inks.length
  const directoryAt = bitsAt + 8
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1')
  header.writeUInt32LE(directoryAt, 4)
  const directory = Buffer.alloc(2 + entries.length * 12 + 4)
  directory.writeUInt16LE(entries.length)
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = 2 + index * 12
    directory.writeUInt16LE(tag, at)
    directory.writeUInt16LE(type, at + 2)
    directory.writeUInt32LE(count, at + 4)
    directory.writeUInt32LE(tag === 258 ? bitsAt : value, at + 8)
  }
  return Buffer.concat([header, inks, Buffer.from([8, 0, 8, 0, 8, 0, 8, 0]), directory])
}
