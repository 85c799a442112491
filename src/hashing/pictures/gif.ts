// Reads from a GIF what libvips doesn't tell: the colour of transparent pixels, and where the frames lie.

export interface GifLayout {
  /** The colour, in the palette, of what no frame has drawn: Pillow's choice, which the reference hashes. */
  readonly emptyColour: readonly [red: number, green: number, blue: number]
  /** The first frames: how many pixels from the left and the top of the canvas, and how large. */
  readonly frames: readonly GifFrame[]
}

interface GifFrame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const EXTENSION = 0x21
const IMAGE = 0x2c
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
const HEADER_BYTES = 13
const IMAGE_HEADER_BYTES = 10

/** Reads a GIF up to its frame number `mostFrames`; undefined if it ends before the first, or has no palette. */
export function gifLayout(bytes: Buffer, mostFrames: number): GifLayout | undefined {
  const frames: GifFrame[] = []
  let transparent: number | undefined
  let emptyColour: GifLayout['emptyColour'] | undefined
  for (const { kind, at } of gifBlocks(bytes)) {
    if (kind === 'control' && frames.length === 0 && (bytes[at + 3] & 1) === 1) transparent = bytes[at + 6]
    if (kind !== 'image') continue
    const [left, top, width, height] = [1, 3, 5, 7].map((field) => bytes.readUInt16LE(at + field))
    if (frames.length === 0) {
      const palette = paletteAt(bytes, at + 9, at + IMAGE_HEADER_BYTES) ?? paletteAt(bytes, 10, HEADER_BYTES)
      if (!palette) return undefined
      // An index that the palette lacks is its first colour, as for Pillow.
      const index = (transparent ?? 0) * 3 + 3 > palette.length ? 0 : (transparent ?? 0)
      emptyColour = [palette[index * 3], palette[index * 3 + 1], palette[index * 3 + 2]]
    }
    if (frames.push({ left, top, width, height }) >= mostFrames) break
  }
  return emptyColour && { emptyColour, frames }
}

/** The palette that the flags at `flagsAt` announce. */
function paletteAt(bytes: Buffer, flagsAt: number, from: number): Buffer | undefined {
  const flags = bytes[flagsAt]
  return (flags & 0x80) === 0 ? undefined : bytes.subarray(from, from + paletteBytes(flags))
}

const paletteBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1))

interface GifBlock {
  readonly kind: 'control' | 'image' | 'other'
  readonly at: number
  /** Where the first of its sub-blocks begins: a byte of length, and as many of data. */
  readonly dataAt: number
}

/** The blocks in the file's order, up to the first whose header is cut off. */
function* gifBlocks(bytes: Buffer): Generator<GifBlock> {
  if (bytes.length < HEADER_BYTES) return
  let at = HEADER_BYTES + paletteBytes(bytes[10])
  while (at + IMAGE_HEADER_BYTES < bytes.length) {
    if (bytes[at] !== EXTENSION && bytes[at] !== IMAGE) return
    const isImage = bytes[at] === IMAGE
    // One byte of the code's width stands before an image's data.
    const dataAt = isImage ? at + IMAGE_HEADER_BYTES + paletteBytes(bytes[at + 9]) + 1 : at + 2
    const isControl = !isImage && bytes[at + 1] === GRAPHIC_CONTROL
    yield { kind: isImage ? 'image' : isControl ? 'control' : 'other', at, dataAt }
    at = dataAt
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1
    at++
  }
}

/**
 * A frame of one transparent pixel, and the end of the file. Only of a GIF in which something is transparent does
 * libvips say where nothing was drawn.
 */
const TRANSPARENT_END = Buffer.concat([
  Buffer.from([EXTENSION, GRAPHIC_CONTROL, 4, 1, 0, 0, 0, 0]),
  Buffer.from([IMAGE, 0, 0, 0, 0, 1, 0, 1, 0, 0]),
  // Codes of three bits: clear, index 0, end.
  Buffer.from([2, 2, 0x44, 0x01, 0, TRAILER]),
])

/** The file with its last sub-block as short as the data that is there, closed: libvips would leave it out. */
export function closeGif(bytes: Buffer): Buffer {
  for (const { dataAt } of gifBlocks(bytes)) {
    for (let at = dataAt; at < bytes.length && bytes[at] !== 0; at += bytes[at] + 1) {
      if (at + bytes[at] < bytes.length) continue
      const closed = Buffer.concat([bytes, Buffer.from([0]), TRANSPARENT_END])
      closed[at] = bytes.length - at - 1
      return closed
    }
  }
  return bytes
}
