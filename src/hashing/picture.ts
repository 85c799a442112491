// Decodes a picture file to pixels.
import sharp, { type Metadata, type Sharp } from 'sharp'
import { apngAnimation, composeApng } from './pictures/apng.ts'
import { cmykToRgb, labToRgb, ycbcrToRgb } from './pictures/colours.ts'
import { type GifLayout, gifLayout } from './pictures/gif.ts'
import { mend } from './pictures/mend.ts'
import { type TiffColours, withPlainColours } from './pictures/tiff.ts'
import type { Problem, ProblemCode } from './hashing-error.ts'
import { DEFAULT_LIMITS, type HashingLimits } from './limits.ts'

// The room `hashing` is the platform's side: files and pictures to hashes. This file decodes a picture; pdq.ts and
// blockhash.ts hash pixels; picture-hashes.ts says which frames and views of a picture are hashed; hash-file.ts
// does a file, hash-files.ts many, in processes of their own (hashing-pool.ts); find-files.ts finds them.
//
// Two parties only find the same picture if they hash the same pixels, so pictures are decoded as by the
// reference's chain, Pillow's `convert('RGB')` before `pdqhash`, and not as they should look:
// - An ICC profile is ignored. (Applied, it moved hashes by up to 6 bits; ignored, by none.)
// - CMYK and YCbCr become RGB by Pillow's formulas, CIELab by the standard's. (libvips' colour-managed conversion of
//   CMYK: mean 10, up to 26 bits away. It takes uncompressed YCbCr for RGB: 20 bits.)
// - The alpha channel hides nothing: PDQ takes the colours under it. Where a GIF is transparent, or no frame has
//   drawn yet, that is the transparent colour of its palette, or else the palette's first. blockhash, as its own
//   reference does, takes a wholly transparent pixel for white. (What a viewer shows instead is a second view: see
//   picture-hashes.ts.)
// - An EXIF orientation is not applied. The matcher looks for the eight orientations instead. (Of 120 upright copies of
//   turned phone pictures at half size, that finds 88; applied, the orientation would find 104, but hashes would differ
//   from the reference's for every phone picture.)
// - 16 bits a channel become 8 by dropping the low byte. (Pillow's 16-bit grey is an exception that is not
//   followed: it clips at 255, which leaves an almost white picture.)
// - Of an Ultra HDR JPEG, the ordinary picture is taken, without its gain map.
// - A damaged picture is decoded as far as it goes, as by Pillow with LOAD_TRUNCATED_IMAGES; offenders damage files on
//   purpose, and every viewer shows them.
// Measured with Pillow 13.0 and sharp 0.35 on the ten test photographs in each format: 0 bits apart in all of
// these but 10-bit AVIF and CIELab (at most 2 bits).

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

/** A picture whose first frame is decoded. */
export interface OpenPicture {
  readonly first: RgbaPicture
  /** Whether the file was put in order first, or pixels are missing. */
  readonly isDamaged: boolean
  /** Frames or pages that can be decoded, at most MOST_FRAMES. */
  readonly frameCount: number
  /** Whether there are others, that libvips can't decode: those of an animated AVIF. */
  readonly hidesFrames: boolean
  /** Frame `index` (the first is 0), whole, as an animation has drawn it by then; undefined if it is damaged. */
  readonly frame: (index: number) => Promise<RgbaPicture | undefined>
}

/** The number of frames of an animation that are looked at. */
const MOST_FRAMES = 10

/** A picture with fewer pixels than this along a dimension has no perceptual hash. */
const LEAST_SIDE_PIXELS = 5

// libvips keeps recent results, which is of no use here (every picture is decoded once), and holds their pixels.
sharp.cache(false)

/** Why a picture was not decoded. */
export class Undecodable implements Problem {
  readonly code: ProblemCode
  readonly problem: string
  readonly remedy: string

  constructor({ code, problem, remedy }: Problem) {
    this.code = code
    this.problem = problem
    this.remedy = remedy
  }
}

/** Decodes the bytes of a picture; `format` is the name that file-kind.ts gives them. */
export async function openPicture(
  bytes: Buffer,
  format: string,
  limits: HashingLimits = DEFAULT_LIMITS,
): Promise<OpenPicture | Undecodable> {
  try {
    return await new PictureFile(bytes, format, limits, false).open()
  } catch {
    // Damaged, or not quite to the specification: decode the rest leniently.
  }
  try {
    const mended = await mend(bytes, format, limits.maxPixels * 8)
    return await new PictureFile(mended, format, limits, true).open()
  } catch {
    // The cause is not quoted: libvips collects its messages for the whole process, so that while several
    // pictures are decoded, one picture's error carries another's message.
    return damaged(format)
  }
}

/** The refusal of a picture that can't be decoded at all. */
export const damaged = (format: string): Undecodable =>
  new Undecodable({
    code: 'damaged-picture',
    problem: `the ${format} picture is truncated or damaged, or of a variant that cannot be decoded`,
    remedy: 'get the whole file and hash it again, or convert it to JPEG or PNG',
  })

/** The file of a picture, decoded strictly or leniently. Throws where it can't be decoded so. */
class PictureFile {
  readonly #bytes: Buffer
  readonly #format: string
  readonly #limits: HashingLimits
  readonly #isLenient: boolean
  readonly #isAnimation: boolean
  readonly #colours: TiffColours
  readonly #gif: GifLayout | undefined

  constructor(bytes: Buffer, format: string, limits: HashingLimits, isLenient: boolean) {
    const plain = format === 'TIFF' ? withPlainColours(bytes) : { bytes, colours: 'rgb' as const }
    this.#bytes = format === 'AVIF' ? withStillBrand(bytes) : plain.bytes
    this.#isAnimation = bytes.toString('latin1', 8, 64).includes('avis')
    this.#colours = plain.colours
    this.#format = format
    this.#limits = limits
    this.#isLenient = isLenient
    this.#gif = format === 'GIF' ? gifLayout(bytes, MOST_FRAMES) : undefined
  }

  async open(): Promise<OpenPicture | Undecodable> {
    const header = await this.#header(this.#bytes)
    const { width, height, pages = 1, pagePrimary = 0 } = header
    const problem = this.#problemOfSize(width, height)
    if (problem) return new Undecodable(problem)
    const first = await this.#pixels(this.#bytes, header)
    const frames = this.#framesOfPng(first) ?? {
      count: pages,
      primary: pagePrimary,
      decode: (index: number) => this.#decode(this.#bytes, index),
    }
    return {
      first,
      isDamaged: this.#isLenient,
      frameCount: Math.min(frames.count, MOST_FRAMES),
      hidesFrames: this.#format === 'AVIF' && this.#isAnimation,
      frame: (index) =>
        index === frames.primary ? Promise.resolve(first) : orUndefined(frames.decode(index)),
    }
  }

  #framesOfPng(first: RgbaPicture): FrameSource | undefined {
    const animation = this.#format === 'PNG' ? apngAnimation(this.#bytes, MOST_FRAMES) : undefined
    if (!animation) return undefined
    const { frames, beginsWithStill } = animation
    const before = beginsWithStill ? 0 : 1
    return {
      count: frames.length + before,
      primary: 0,
      decode: (index) => composeApng(frames, index - before, first, (file) => this.#decode(file)),
    }
  }

  #problemOfSize(width: number, height: number): Problem | undefined {
    const { maxSidePixels, maxPixels } = this.#limits
    const size = `the ${this.#format} picture is ${width} × ${height} pixels`
    if (Math.max(width, height) > maxSidePixels) {
      const problem = `${size}, of at most ${maxSidePixels} on a side`
      return { code: 'side-too-long', problem, remedy: 'hash a smaller copy of it' }
    }
    if (width * height > maxPixels) {
      const [megapixels, limit] = [width * height, maxPixels].map((count) => Math.round(count / 1e6))
      const problem = `${size}, ${megapixels} million of at most ${limit} million`
      return { code: 'too-many-pixels', problem, remedy: 'hash a smaller copy of it' }
    }
    if (Math.min(width, height) < LEAST_SIDE_PIXELS) {
      const problem = `${size}, and a perceptual hash needs ${LEAST_SIDE_PIXELS} on each side`
      return { code: 'too-small', problem, remedy: 'rely on its digests, or hash a larger copy of it' }
    }
    return undefined
  }

  async #decode(bytes: Buffer, page?: number): Promise<RgbaPicture> {
    const header = await this.#header(bytes, page)
    const problem = this.#problemOfSize(header.width, header.height)
    if (problem) throw new RangeError(problem.problem)
    return await this.#pixels(bytes, header, page)
  }

  /** The header alone, without a limit, so that a refusal can say how large the picture is. */
  #header(bytes: Buffer, page?: number): Promise<Metadata> {
    return this.#sharp(bytes, false, page).metadata()
  }

  async #pixels(bytes: Buffer, { space, depth }: Metadata, page?: number): Promise<RgbaPicture> {
    const pipeline = this.#sharp(bytes, this.#limits.maxPixels, page)
    if (space === 'cmyk') return await decodeInks(pipeline, depth)
    const picture = await rgbaOf(pipeline.toColourspace('srgb').ensureAlpha())
    if (this.#colours === 'lab') labToRgb(picture.pixels)
    if (this.#colours === 'ycbcr') ycbcrToRgb(picture.pixels)
    if (this.#gif) fillEmpty(picture, this.#gif, page ?? 0)
    return picture
  }

  /** sharp on the bytes of a file. It decodes one page. */
  #sharp(bytes: Buffer, limitInputPixels: number | false, page?: number): Sharp {
    return sharp(bytes, {
      // 'error' refuses truncated pictures and corrupt TIFF strips, as Pillow does; 'warning', the default, would
      // also refuse pictures that Pillow and every browser show.
      failOn: this.#isLenient ? 'none' : 'error',
      ignoreIcc: true,
      limitInputPixels,
      ...(page === undefined ? {} : { page }),
    })
  }
}

interface FrameSource {
  readonly count: number
  /** The one that is decoded already. */
  readonly primary: number
  readonly decode: (index: number) => Promise<RgbaPicture>
}

async function rgbaOf(pipeline: Sharp): Promise<RgbaPicture> {
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 4) throw new Error(`${info.channels} channels`)
  return { pixels: data, width: info.width, height: info.height, channels: 4 }
}

async function decodeInks(pipeline: Sharp, depth: string): Promise<RgbaPicture> {
  const inks = pipeline.pipelineColourspace('cmyk').toColourspace('cmyk').removeAlpha()
  const picture = depth === 'ushort' ? await highBytesOf(inks) : await rgbaOf(inks)
  cmykToRgb(picture.pixels)
  return picture
}

/** Four channels of 16 bits, without their low bytes; libvips would clip them at 255. */
async function highBytesOf(pipeline: Sharp): Promise<RgbaPicture> {
  const { data, info } = await pipeline.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 4) throw new Error(`${info.channels} channels`)
  const words = new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
  return {
    pixels: Uint8Array.from(words, (word) => word >> 8),
    width: info.width,
    height: info.height,
    channels: 4,
  }
}

/** Gives what frame `index` leaves empty the colour that the reference sees there, and no alpha. */
function fillEmpty(
  { pixels, width, height }: RgbaPicture,
  { emptyColour, frames }: GifLayout,
  index: number,
): void {
  const drawn = frames.slice(0, index + 1).map((frame) => ({
    ...frame,
    right: frame.left + frame.width,
    bottom: frame.top + frame.height,
  }))
  const isCovered = drawn.some(
    ({ left, top, right, bottom }) => left === 0 && top === 0 && right >= width && bottom >= height,
  )
  for (let row = 0, pixel = 0; row < height; row++) {
    const across = isCovered ? [] : drawn.filter(({ top, bottom }) => row >= top && row < bottom)
    for (let column = 0; column < width; column++, pixel += 4) {
      const isDrawn = isCovered || across.some(({ left, right }) => column >= left && column < right)
      if (isDrawn && pixels[pixel + 3] !== 0) continue
      pixels.set(emptyColour, pixel)
      pixels[pixel + 3] = 0
    }
  }
}

/** libvips knows AVIF by its first brand; that of an animation, whose first picture it could decode, is another. */
function withStillBrand(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 8, 12) === 'avif') return bytes
  const copy = Buffer.from(bytes)
  copy.write('avif', 8, 'latin1')
  return copy
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch {
    return undefined
  }
}
