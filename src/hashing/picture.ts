import sharp from 'sharp'
import type { HashingErrorCode } from './hashing-error.ts'

// The room `hashing` is the platform's side: files and pictures to hashes. This file decodes; pdq.ts and
// blockhash.ts hash what it decodes; hash-file.ts does a file, hash-files.ts many; find-files.ts finds them.
//
// Two parties only find the same picture if they hash the same pixels, so pictures are decoded as by the
// reference's chain, Pillow's `convert('RGB')` before `pdqhash`, and not as they should look:
// - An ICC profile is ignored. (Applied, it moved hashes by up to 6 bits; ignored, by none.)
// - CMYK becomes RGB by Pillow's formula. (libvips' colour-managed conversion: mean 10, up to 26 bits away.)
// - The alpha channel hides nothing: PDQ takes the colours under it. blockhash, as its own reference does,
//   takes a wholly transparent pixel for white.
// - An EXIF orientation is not applied. The matcher looks for the eight orientations instead.
// - 16 bits a channel become 8 by dropping the low byte. (Pillow's 16-bit grey is an exception that is not
//   followed: it clips at 255, which leaves an almost white picture.)
// - Of an animation or of several pages, the first is taken. libvips has black where a GIF is transparent,
//   Pillow a colour of the palette: the one known case in which hashes differ much.
// - Of an Ultra HDR JPEG, the ordinary picture is taken, without its gain map.
// Measured with Pillow 13.0 and sharp 0.35 on the ten test photographs in each format: 0 bits apart in all of
// these but 10-bit AVIF (at most 2 bits).

/** Pixels, 8 bits a channel, row by row; channels are grey, RGB, or RGB and alpha. */
export interface Picture {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
}

export interface RgbaPicture extends Picture {
  readonly channels: 4
}

/** More pixels are refused. At the limit a picture takes about 0.6 GB while it is hashed (measured: two, 1.2 GB). */
const MAX_PICTURE_PIXELS = 100_000_000

// sharp's settings for every decoding. `failOn: 'error'` refuses truncated pictures and corrupt TIFF strips, as
// Pillow does; 'warning', the default, would also refuse pictures that Pillow and every browser show.
const DECODING = { failOn: 'error', ignoreIcc: true, limitInputPixels: MAX_PICTURE_PIXELS } as const

// libvips keeps recent results, which helps nobody here (every picture is decoded once) and holds their pixels.
sharp.cache(false)

/** Why a picture was not decoded; who knows the file makes a {@link HashingError} of it. */
export class Undecodable {
  readonly code: HashingErrorCode
  readonly problem: string
  readonly remedy: string

  constructor(code: HashingErrorCode, problem: string, remedy: string) {
    this.code = code
    this.problem = problem
    this.remedy = remedy
  }
}

/** Decodes the bytes of a picture; `format` is the name that picture-format.ts gives them. */
export async function decodePicture(bytes: Buffer, format: string): Promise<RgbaPicture | Undecodable> {
  try {
    // The header alone, without the limit, so that the refusal can say how large the picture is.
    const { width, height, space } = await sharp(bytes, { ...DECODING, limitInputPixels: false }).metadata()
    if (width * height > MAX_PICTURE_PIXELS) {
      const [megapixels, limit] = [width * height, MAX_PICTURE_PIXELS].map((count) => Math.round(count / 1e6))
      return new Undecodable(
        'too-many-pixels',
        `the ${format} picture is ${width} × ${height} pixels, ${megapixels} million of at most ${limit} million`,
        'hash a smaller copy of it',
      )
    }
    return space === 'cmyk' ? await decodeCmyk(bytes) : await decodeRgb(bytes)
  } catch {
    // The cause is not quoted: libvips collects its messages for the whole process, so that while several
    // pictures are decoded, one picture's error carries another's message.
    return new Undecodable(
      'damaged-picture',
      `the ${format} picture is truncated or damaged, or of a variant that cannot be decoded`,
      'get the whole file and hash it again, or convert it to JPEG or PNG',
    )
  }
}

async function decodeRgb(bytes: Buffer): Promise<RgbaPicture> {
  const { data, info } = await sharp(bytes, DECODING)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 4) throw new Error(`${info.channels} channels`)
  return { pixels: data, width: info.width, height: info.height, channels: 4 }
}

async function decodeCmyk(bytes: Buffer): Promise<RgbaPicture> {
  const { data, info } = await sharp(bytes, DECODING)
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 4) throw new Error(`${info.channels} channels`)
  for (let pixel = 0; pixel < data.length; pixel += 4) {
    const white = 255 - data[pixel + 3]
    for (let channel = pixel; channel < pixel + 3; channel++)
      data[channel] = white - shareOf(data[channel], white)
    data[pixel + 3] = 255
  }
  return { pixels: data, width: info.width, height: info.height, channels: 4 }
}

/** ink · white / 255, rounded, in Pillow's integer form. */
function shareOf(ink: number, white: number): number {
  const product = ink * white + 128
  return (product + (product >> 8)) >> 8
}
