// Pictures made from integers alone, so that every machine makes the same bytes. test/data/pdq-vectors.json holds the
// PDQ hashes that the reference computed of those in SYNTHETIC_PICTURES.
import { seededRandom } from './random-hash.ts'
import type { Picture } from '../hashing/picture.ts'

export const PICTURE_KINDS = ['noise', 'cells', 'gradient', 'smooth', 'checks', 'spot', 'flat'] as const

/** How to make one picture. */
export interface Recipe {
  readonly kind: (typeof PICTURE_KINDS)[number]
  readonly width: number
  readonly height: number
  readonly channels: Picture['channels']
  readonly seed: number
}

/** `noise-129x64x3-7`: kind, width, height, channels, seed. */
export const recipeName = ({ kind, width, height, channels, seed }: Recipe): string =>
  `${kind}-${width}x${height}x${channels}-${seed}`

const GRID = 9
const SUBSTEPS = 256

/** Makes the picture of a recipe. */
export function makePicture(recipe: Recipe): Picture {
  const { kind, width, height, channels, seed } = recipe
  const random = seededRandom(seed)
  const next = (): number => random() * 2 ** 32
  const pixels = new Uint8Array(width * height * channels)
  const grid = Uint8Array.from({ length: GRID * GRID * channels }, () => next())
  const cellSide = 1 + (next() % 24)
  const slopes = [next() % 512, next() % 512, next() % 256]
  const spot = next() % (width * height)
  const corner = (column: number, row: number, channel: number): number =>
    grid[(row * GRID + column) * channels + channel]

  const valueAt: Record<Recipe['kind'], (x: number, y: number, channel: number) => number> = {
    noise: () => next(),
    cells: (x, y, channel) => {
      const cell = Math.floor(x / cellSide) * 31 + Math.floor(y / cellSide) * 17
      return corner(cell % GRID, Math.floor(cell / GRID) % GRID, channel)
    },
    gradient: (x, y, channel) =>
      Math.floor((x * slopes[channel % 3]) / width + (y * slopes[(channel + 1) % 3]) / height) >> 1,
    smooth: (x, y, channel) => {
      const across = Math.floor((x * (GRID - 1) * SUBSTEPS) / width)
      const down = Math.floor((y * (GRID - 1) * SUBSTEPS) / height)
      const [column, row] = [across >> 8, down >> 8]
      const [right, below] = [across & 255, down & 255]
      const top = corner(column, row, channel) * (SUBSTEPS - right) + corner(column + 1, row, channel) * right
      const bottom =
        corner(column, row + 1, channel) * (SUBSTEPS - right) + corner(column + 1, row + 1, channel) * right
      return (top * (SUBSTEPS - below) + bottom * below) >> 16
    },
    checks: (x, y, channel) =>
      grid[((Math.floor(x / cellSide) + Math.floor(y / cellSide)) & 1) * 3 + channel],
    spot: (x, y, channel) => grid[(y * width + x === spot ? channels : 0) + channel],
    flat: (_x, _y, channel) => grid[channel],
  }
  const value = valueAt[kind]
  let at = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) pixels[at++] = value(x, y, channel)
    }
  }
  return { pixels, width, height, channels }
}

// Sizes around every border of the algorithm: the smallest picture, the 64×64 that is taken as it is, each
// width at which the filter's window grows by a pixel (128·n + 1), and pictures far from square.
const SIZES: readonly (readonly [number, number])[] = [
  [5, 5],
  [6, 97],
  [31, 17],
  [63, 64],
  [64, 64],
  [65, 64],
  [100, 75],
  [127, 129],
  [128, 128],
  [129, 128],
  [200, 131],
  [255, 256],
  [256, 257],
  [257, 255],
  [320, 240],
  [383, 386],
  [512, 512],
  [513, 385],
  [640, 427],
  [641, 640],
  [1031, 33],
  [9, 1283],
  [2000, 5],
]

/** The pictures whose reference hashes are committed. */
export const SYNTHETIC_PICTURES: readonly Recipe[] = [
  ...SIZES.flatMap(([width, height], index) =>
    [0, 1].map((turn): Recipe => {
      const seed = 2 * index + turn
      return {
        kind: PICTURE_KINDS[seed % PICTURE_KINDS.length],
        width,
        height,
        channels: seed % 5 === 4 ? 1 : 3,
        seed,
      }
    }),
  ),
  ...PICTURE_KINDS.map((kind, index): Recipe => ({
    kind,
    width: 300,
    height: 199,
    channels: 3,
    seed: 100 + index,
  })),
  ...PICTURE_KINDS.map((kind, index): Recipe => ({
    kind,
    width: 64,
    height: 64,
    channels: 3,
    seed: 200 + index,
  })),
]
