// The frames of an animated PNG: libvips shows only the picture for viewers that don't animate.
// Specification: https://www.w3.org/TR/png-3/#apng-frame-based-animation
import type { RgbaPicture } from '../picture.ts'
import { type PngChunk, pngChunks, pngOf } from './png.ts'

export interface ApngFrame {
  /** The frame's own pixels as a PNG file. */
  readonly file: Buffer
  readonly left: number
  readonly top: number
  /** Whether it replaces the pixels beneath it, or lies over them as its alpha says. */
  readonly replaces: boolean
  /** What becomes of its rectangle before the next frame: it stays, becomes transparent, or is as it was before. */
  readonly after: 'stays' | 'cleared' | 'restored'
}

const AFTER = ['stays', 'cleared', 'restored'] as const

export interface Animation {
  readonly frames: readonly ApngFrame[]
  /** Whether the first frame is the picture for viewers that don't animate; otherwise that one precedes it. */
  readonly beginsWithStill: boolean
}

/** The first frames of an animation, at most `most`; undefined if the file is not animated. */
export function apngAnimation(bytes: Buffer, most: number): Animation | undefined {
  const chunks = pngChunks(bytes)
  const header = chunks[0]
  if (header?.type !== 'IHDR' || !chunks.some(({ type }) => type === 'acTL')) return undefined
  const frames = framesOf(header, chunks, most)
  const first = chunks.find(({ type }) => type === 'fcTL' || type === 'IDAT')
  return frames.length === 0 ? undefined : { frames, beginsWithStill: first?.type === 'fcTL' }
}

function framesOf(header: PngChunk, chunks: readonly PngChunk[], most: number): ApngFrame[] {
  const meaning = chunks.filter(({ type }) => type === 'PLTE' || type === 'tRNS')
  const frames: ApngFrame[] = []
  let control: Buffer | undefined
  let pixels: PngChunk[] = []
  const end = (): void => {
    if (control && pixels.length > 0) frames.push(frameOf(header.data, control, [...meaning, ...pixels]))
    pixels = []
  }
  for (const { type, data } of chunks) {
    if (type === 'fcTL') {
      end()
      if (data.length < 26 || frames.length === most) return frames
      control = data
    } else if (type === 'IDAT') {
      if (control) pixels.push({ type, data })
    } else if (type === 'fdAT') {
      // Four bytes of a sequence number stand before the pixels.
      pixels.push({ type: 'IDAT', data: data.subarray(4) })
    }
  }
  end()
  return frames
}

function frameOf(header: Buffer, control: Buffer, chunks: readonly PngChunk[]): ApngFrame {
  const data = Buffer.from(header)
  // Width and height; the depth and the colours are the whole picture's.
  control.copy(data, 0, 4, 12)
  return {
    file: pngOf([{ type: 'IHDR', data }, ...chunks, { type: 'IEND', data: Buffer.alloc(0) }]),
    left: control.readUInt32BE(12),
    top: control.readUInt32BE(16),
    after: AFTER[control[24]] ?? 'stays',
    replaces: control[25] === 0,
  }
}

/** The canvas as frame `index` shows it. Throws if a frame can't be decoded or lies outside. */
export async function composeApng(
  frames: readonly ApngFrame[],
  index: number,
  canvas: { readonly width: number; readonly height: number },
  decode: (file: Buffer) => Promise<RgbaPicture>,
): Promise<RgbaPicture> {
  const { width, height } = canvas
  const shown: RgbaPicture = { pixels: new Uint8Array(width * height * 4), width, height, channels: 4 }
  for (const [at, frame] of frames.slice(0, index + 1).entries()) {
    const picture = await decode(frame.file)
    if (frame.left + picture.width > width || frame.top + picture.height > height) {
      throw new RangeError('a frame lies outside of its picture')
    }
    const before = frame.after === 'restored' && at < index ? Uint8Array.from(shown.pixels) : undefined
    eachPixel(shown, frame, picture, (to, from) =>
      lay(shown.pixels, to, picture.pixels, from, frame.replaces),
    )
    if (at === index) break
    if (before) shown.pixels.set(before)
    else if (frame.after === 'cleared') {
      eachPixel(shown, frame, picture, (to) => shown.pixels.fill(0, to, to + 4))
    }
  }
  return shown
}

function eachPixel(
  canvas: RgbaPicture,
  { left, top }: ApngFrame,
  { width, height }: RgbaPicture,
  visit: (onCanvas: number, inFrame: number) => void,
): void {
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * canvas.width + left) * 4
    for (let column = 0; column < width; column++) {
      visit(start + column * 4, (row * width + column) * 4)
    }
  }
}

function lay(canvas: Uint8Array, to: number, frame: Uint8Array, from: number, replaces: boolean): void {
  const alpha = frame[from + 3]
  if (!replaces && alpha === 0) return
  // Where something opaque shines through, the result is opaque; over nothing, the frame's own pixel is near enough.
  const beneath = replaces || canvas[to + 3] === 0 ? 0 : 255 - alpha
  for (let channel = 0; channel < 3; channel++) {
    const own = frame[from + channel]
    canvas[to + channel] =
      beneath === 0 ? own : Math.round((own * alpha + canvas[to + channel] * beneath) / 255)
  }
  canvas[to + 3] = beneath === 0 ? alpha : Math.max(alpha, canvas[to + 3])
}
