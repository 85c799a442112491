// Alterations of pictures, for the demonstration and tests: each makes a copy as people do to hide a known file. All exact
// hashes of the copy differ; a perceptual hash may still find it.
import sharp, { type Sharp } from 'sharp'
import type { Orientation } from '../hash/orientation.ts'

export interface Alteration {
  readonly name: string
  /** How the copy is turned or mirrored, where that is the alteration. */
  readonly orientation?: Orientation
  /** An altered copy of a picture file, as a file. */
  readonly apply: (picture: Buffer) => Promise<Buffer>
}

/** A copy as it is passed on: a JPEG of the quality that phones and browsers use. */
const passedOn = (picture: Sharp): Promise<Buffer> => picture.jpeg({ quality: 88 }).toBuffer()

const scaled =
  (factor: number): Alteration['apply'] =>
  async (picture) => {
    const { width } = await sharp(picture).metadata()
    return await passedOn(sharp(picture).resize(Math.max(1, Math.round(width * factor))))
  }

const cropped =
  (shareASide: number): Alteration['apply'] =>
  async (picture) => {
    const { width, height } = await sharp(picture).metadata()
    const [left, top] = [Math.round(width * shareASide), Math.round(height * shareASide)]
    return await passedOn(
      sharp(picture).extract({ left, top, width: width - 2 * left, height: height - 2 * top }),
    )
  }

async function watermarked(picture: Buffer): Promise<Buffer> {
  const { width, height } = await sharp(picture).metadata()
  // Letters drawn as strokes ("COPY"), because text would depend on the fonts of the machine.
  const letters = 'M20 4H8L4 8V24L8 28H20M28 4H44V28H28ZM52 28V4H68V16H52M76 4L84 16L92 4M84 16V28'
  const mark = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <g transform="translate(${width * 0.87} ${height * 0.94}) scale(${(width * 0.1) / 96})" fill="none">
      <path d="${letters}" stroke="#fff" stroke-width="5" stroke-opacity="0.7"/>
    </g>
  </svg>`
  return await passedOn(sharp(picture).composite([{ input: Buffer.from(mark) }]))
}

/** A turned or mirrored copy keeps every pixel: a PNG. */
function turnedCopy(orientation: Orientation, turn: (picture: Sharp) => Sharp): Alteration {
  return { name: orientation, orientation, apply: (picture) => turn(sharp(picture)).png().toBuffer() }
}

/** The altered copies, the unaltered one first. */
export const ALTERATIONS: readonly Alteration[] = [
  { name: 'original', apply: (picture) => Promise.resolve(picture) },
  { name: 'jpeg-q30', apply: (picture) => sharp(picture).jpeg({ quality: 30 }).toBuffer() },
  { name: 'half-size', apply: scaled(0.5) },
  { name: 'quarter-size', apply: scaled(0.25) },
  { name: 'crop-1.25', apply: cropped(0.0125) },
  { name: 'brighter-20', apply: (picture) => passedOn(sharp(picture).linear(1.2)) },
  { name: 'watermark', apply: watermarked },
  turnedCopy('mirrored-left-right', (picture) => picture.flop()),
  turnedCopy('mirrored-top-bottom', (picture) => picture.flip()),
  turnedCopy('turned-180', (picture) => picture.rotate(180)),
  turnedCopy('turned-90-cw', (picture) => picture.rotate(90)),
  turnedCopy('turned-90-ccw', (picture) => picture.rotate(270)),
  // sharp mirrors before it turns: a mirror image turned by 270° swaps rows and columns.
  turnedCopy('transposed', (picture) => picture.flop().rotate(270)),
]
