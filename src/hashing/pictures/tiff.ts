// What libvips needs to be told of a TIFF, or told differently: its colours, and strips that the file lacks.

/** How a picture's three bytes a pixel become RGB; see colours.ts. */
export type TiffColours = 'rgb' | 'ycbcr' | 'lab'

/** The longest picture that is padded to its full length. */
const MAX_PADDED_BYTES = 512 * 1024 * 1024

const SHORT = 3
const LONG = 4
const LONG8 = 16
const TYPE_BYTES: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [LONG8]: 8 }

const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
  chromaSampling: 530,
} as const

const RGB = 2
const YCBCR = 6
const CIELAB = 8
const UNCOMPRESSED = 1
const OLD_JPEG = 6
const JPEG = 7

interface Field {
  readonly type: number
  readonly count: number
  /** Where its values stand. */
  readonly at: number
}

/**
 * libvips takes uncompressed YCbCr for RGB and refuses 8-bit CIELab. Both are three bytes a pixel: the copy that is
 * returned calls them RGB, so that libvips hands them through, and `colours` says what they are. Other pictures are
 * returned as they are.
 */
export function withPlainColours(bytes: Buffer): { readonly bytes: Buffer; readonly colours: TiffColours } {
  const directory = Directory.read(bytes)
  const colours = directory ? coloursOf(directory) : 'rgb'
  if (!directory || colours === 'rgb') return { bytes, colours }
  const copy = Buffer.from(bytes)
  Directory.read(copy)?.setFirst(TAG.photometric, RGB)
  return { bytes: copy, colours }
}

function coloursOf(directory: Directory): TiffColours {
  const [photometric] = directory.numbers(TAG.photometric, 1)
  if (directory.numbers(TAG.bitsPerSample, 1)[0] !== 8) return 'rgb'
  if (photometric === CIELAB) return 'lab'
  const [compression] = directory.numbers(TAG.compression, 1)
  if (photometric !== YCBCR || compression === OLD_JPEG || compression === JPEG) return 'rgb'
  // Where colour has fewer samples than brightness, libvips converts as it should.
  const [across, down] = directory.numbers(TAG.chromaSampling, 2)
  const isFull =
    across === undefined ? compression === UNCOMPRESSED && isThreeBytesAPixel(directory) : across * down === 1
  return isFull ? 'ycbcr' : 'rgb'
}

/** Without the field, by the specification, colour has a quarter of the samples; some writers mean all of them. */
function isThreeBytesAPixel(directory: Directory): boolean {
  const [[width], [height]] = [directory.numbers(TAG.width, 1), directory.numbers(TAG.height, 1)]
  const bytes = directory.numbers(TAG.stripBytes).reduce((sum, strip) => sum + strip, 0)
  return bytes === width * height * 3
}

/**
 * The file with zeros where its last strips or tiles are missing, as Pillow fills them in; libvips would leave out
 * the whole strip that lacks a byte.
 */
export function padTiff(bytes: Buffer): Buffer {
  const directory = Directory.read(bytes)
  if (!directory) return bytes
  let end = bytes.length
  for (const [offsetsTag, bytesTag] of [
    [TAG.stripOffsets, TAG.stripBytes],
    [TAG.tileOffsets, TAG.tileBytes],
  ] as const) {
    const [offsets, lengths] = [directory.numbers(offsetsTag), directory.numbers(bytesTag)]
    for (const [index, offset] of offsets.entries()) end = Math.max(end, offset + (lengths[index] ?? 0))
  }
  if (end === bytes.length || end > MAX_PADDED_BYTES) return bytes
  return Buffer.concat([bytes, Buffer.alloc(end - bytes.length)])
}

/** The first directory of a TIFF or BigTIFF, of either byte order. */
class Directory {
  readonly #bytes: Buffer
  readonly #isLittleEndian: boolean
  readonly #fields: ReadonlyMap<number, Field>

  /** Undefined if the file ends before its first directory does. */
  static read(bytes: Buffer): Directory | undefined {
    try {
      return new Directory(bytes)
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#isLittleEndian = bytes[0] === 0x49
    const isBig = this.#number(SHORT, 2) === 43
    const [first, countBytes, entryBytes] = isBig
      ? [this.#number(LONG8, 8), 8, 20]
      : [this.#number(LONG, 4), 2, 12]
    const count = this.#number(isBig ? LONG8 : SHORT, first)
    const fields = new Map<number, Field>()
    for (let index = 0; index < Math.min(count, 4096); index++) {
      const entry = first + countBytes + index * entryBytes
      const type = this.#number(SHORT, entry + 2)
      const values = this.#number(isBig ? LONG8 : LONG, entry + 4)
      const inline = entry + (isBig ? 12 : 8)
      const length = values * (TYPE_BYTES[type] ?? 1)
      const at = length <= (isBig ? 8 : 4) ? inline : this.#number(isBig ? LONG8 : LONG, inline)
      fields.set(this.#number(SHORT, entry), { type, count: values, at })
    }
    this.#fields = fields
  }

  /** The values of a field, at most `most`; none if the file lacks it. */
  numbers(tag: number, most = Infinity): number[] {
    const field = this.#fields.get(tag)
    const width = field && TYPE_BYTES[field.type]
    if (!field || width === undefined) return []
    const inFile = Math.floor((this.#bytes.length - field.at) / width)
    const count = Math.max(0, Math.min(field.count, most, inFile))
    return Array.from({ length: count }, (_, index) => this.#number(field.type, field.at + index * width))
  }

  /** Overwrites the first value of a field of 16 or 32 bits. */
  setFirst(tag: number, value: number): void {
    const field = this.#fields.get(tag)
    if (!field) return
    const width = field.type === LONG ? 4 : 2
    if (this.#isLittleEndian) this.#bytes.writeUIntLE(value, field.at, width)
    else this.#bytes.writeUIntBE(value, field.at, width)
  }

  #number(type: number, at: number): number {
    const bytes = this.#bytes
    if (type === LONG8) {
      return Number(this.#isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    }
    const width = type === LONG ? 4 : 2
    return this.#isLittleEndian ? bytes.readUIntLE(at, width) : bytes.readUIntBE(at, width)
  }
}
