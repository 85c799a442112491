import { closeGif } from './gif.ts'
import { mendPng } from './png.ts'
import { padTiff } from './tiff.ts'

// A damaged picture that viewers still show is refused by libvips even at its most lenient, or loses more than
// is damaged. Here its file is put in order in memory; missing bytes become zeros.

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
