import type { Picture } from '../../src/hashing/picture.ts'

// The part of PDQ that src/hashing/pdq.ts streams, written plainly: the whole picture in memory, filtered pass
// by pass as the reference does. The oracle of the streaming form.

const { fround } = Math

/** The picture after two passes of the box filter, at the centres of its 64×64 blocks. */
export function plainShrink(picture: Picture): Float32Array {
  const { width, height } = picture
  let image = plainLuma(picture)
  for (let pass = 0; pass < 2; pass++) {
    const alongRows = new Float32Array(image.length)
    for (let row = 0; row < height; row++) boxFilter(image, alongRows, row * width, 1, width)
    image = new Float32Array(image.length)
    for (let column = 0; column < width; column++) boxFilter(alongRows, image, column, width, height)
  }
  const small = new Float32Array(64 * 64)
  for (let row = 0; row < 64; row++) {
    for (let column = 0; column < 64; column++) {
      const [y, x] = [Math.floor(((row + 0.5) * height) / 64), Math.floor(((column + 0.5) * width) / 64)]
      small[row * 64 + column] = image[y * width + x]
    }
  }
  return small
}

function plainLuma({ pixels, width, height, channels }: Picture): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: width * height }, (_, pixel) => {
    const at = pixel * channels
    return channels === 1 ? pixels[at] : pixels[at] * 0.299 + pixels[at + 1] * 0.587 + pixels[at + 2] * 0.114
  })
}

/** Filters one row or column of `length` values, `stride` apart from `at` on. */
function boxFilter(from: Float32Array, to: Float32Array, at: number, stride: number, length: number): void {
  const window = Math.floor((length + 127) / 128)
  const ahead = Math.floor((window + 2) / 2)
  let sum = 0
  for (let right = 0; right < length + ahead - 1; right++) {
    if (right < length) sum = fround(sum + from[at + right * stride])
    if (right >= window) sum = fround(sum - from[at + (right - window) * stride])
    const out = right - (ahead - 1)
    const count = Math.min(right + 1, length) - Math.max(0, right + 1 - window)
    if (out >= 0) to[at + out * stride] = sum / count
  }
}
