// Fixes damaged files in memory; missing bytes become zeros. libvips, even at its most lenient, refuses some pictures that
// viewers still show, or loses more of them than is damaged.
import { closeGif } from './gif.ts'
import { mendPng } from './png.ts'
import { padTiff } from './tiff.ts'

/** The most that a WebP is lengthened by. */
const MAX_MISSING_BYTES = 64 * 1024 * 1024

/** A copy that libvips decodes as far as it goes; the file itself where nothing can be done, or need be. */
export async function mend(bytes: Buffer, format: string, mostRawBytes: number): Promise<Buffer> {
  switch (format) {
    case 'PNG':
      return await mendPng(bytes, mostRawBytes)
    case 'GIF':
      return closeGif(bytes)
    case 'TIFF':
      return padTiff(bytes)
    case 'WebP':
      return padWebp(bytes)
    default:
      return bytes
  }
}

/** Browsers show a WebP as far as it was loaded; libvips wants the length that the header announces. */
function padWebp(bytes: Buffer): Buffer {
  const missing = bytes.length < 12 ? 0 : bytes.readUInt32LE(4) + 8 - bytes.length
  if (missing <= 0 || missing > MAX_MISSING_BYTES) return bytes
  return Buffer.concat([bytes, Buffer.alloc(missing)])
}
