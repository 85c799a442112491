// A made-up picture as a file.
import { writeFileSync } from 'node:fs'
import sharp from 'sharp'

const SIDE = 128

/** Writes a PNG with some detail, and returns its bytes. */
export async function samplePicture(path: string): Promise<Buffer> {
  const pixels = Buffer.alloc(SIDE * SIDE * 3)
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE)]
    pixels[at] = Math.round(127 + 60 * Math.sin(x / 7 + y / 13) + 60 * Math.sin((x * y) / 900))
  }
  const bytes = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer()
  writeFileSync(path, bytes)
  return bytes
}
