// Colours to RGB, in place, as the reference's decoder (Pillow) converts them. `pixels` are four bytes each, RGB and
// alpha, or the four inks of CMYK.

/** CMYK (0 is none, 255 is full) becomes RGB; the fourth byte becomes an opaque alpha. */
export function cmykToRgb(pixels: Uint8Array): void {
  for (let pixel = 0; pixel < pixels.length; pixel += 4) {
    const white = 255 - pixels[pixel + 3]
    for (let channel = pixel; channel < pixel + 3; channel++) {
      pixels[channel] = white - shareOf(pixels[channel], white)
    }
    pixels[pixel + 3] = 255
  }
}

/** ink · white / 255, rounded, in Pillow's integer form. */
function shareOf(ink: number, white: number): number {
  const product = ink * white + 128
  return (product + (product >> 8)) >> 8
}

/** YCbCr of the full range, as in JFIF, becomes RGB. */
export function ycbcrToRgb(pixels: Uint8Array): void {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length)
  for (let pixel = 0; pixel < pixels.length; pixel += 4) {
    const [y, blue, red] = [pixels[pixel], pixels[pixel + 1] - 128, pixels[pixel + 2] - 128]
    clamped[pixel] = y + 1.402 * red
    clamped[pixel + 1] = y - 0.344136 * blue - 0.714136 * red
    clamped[pixel + 2] = y + 1.772 * blue
  }
}

/** sRGB's curve, from linear light in steps of 1 / 16,384. */
const GAMMA_STEPS = 16_384
const GAMMA = Uint8Array.from({ length: GAMMA_STEPS + 1 }, (_, step) => {
  const linear = step / GAMMA_STEPS
  return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055))
})

const encoded = (linear: number): number => GAMMA[Math.round(Math.min(1, Math.max(0, linear)) * GAMMA_STEPS)]

/** CIE 1976, the inverse of f. */
const unfold = (t: number): number => (t > 6 / 29 ? t ** 3 : (t - 4 / 29) * (108 / 841))

/** Lightness of 0 to 255, a and b signed, of D50, become sRGB (Bradford's adaptation). */
export function labToRgb(pixels: Uint8Array): void {
  for (let pixel = 0; pixel < pixels.length; pixel += 4) {
    const lightness = (pixels[pixel] * 100) / 255
    const [a, b] = [(pixels[pixel + 1] << 24) >> 24, (pixels[pixel + 2] << 24) >> 24]
    const middle = (lightness + 16) / 116
    const [x, y, z] = [0.9642 * unfold(middle + a / 500), unfold(middle), 0.8249 * unfold(middle - b / 200)]
    pixels[pixel] = encoded(3.1338561 * x - 1.6168667 * y - 0.4906146 * z)
    pixels[pixel + 1] = encoded(-0.9787684 * x + 1.9161415 * y + 0.033454 * z)
    pixels[pixel + 2] = encoded(0.0719453 * x - 0.2289914 * y + 1.4052427 * z)
  }
}
