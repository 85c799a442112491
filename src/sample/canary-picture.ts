// The picture of src/sample/canary.png, which platforms report to see that their reports are matched: waves whose signs are the
// bits of the PDQ canary, so that its PDQ hash lies near that value, also after it was scaled or saved again.
import { fileURLToPath } from 'node:url'
import type { HashValue } from '../hash/hash-value.ts'
import { packed } from '../hash/hash-value.ts'
import type { Picture } from '../hashing/picture.ts'

/** The file of it that platforms report: its digests are in contract/canary.ts. */
export const CANARY_FILE = fileURLToPath(new URL('canary.png', import.meta.url))

const SIDE = 128
/** PDQ compares the amplitudes of this many frequencies along each dimension, from 1 on. */
const FREQUENCIES = 16
const AMPLITUDE = 5
const GREY = 128

/** Grey, one channel. The waves of each bit: with its sign, at its two frequencies. */
export function pictureOfPdq(value: HashValue): Picture {
  const words = packed(value)
  const isSet = (bit: number): boolean => (words[words.length - 1 - (bit >>> 5)] >>> (bit & 31)) % 2 === 1
  const waves = Array.from({ length: SIDE }, (_, at) =>
    Array.from({ length: FREQUENCIES }, (_unused, frequency) =>
      Math.cos((Math.PI / (2 * SIDE)) * (2 * at + 1) * (frequency + 1)),
    ),
  )
  const pixels = new Uint8Array(SIDE * SIDE)
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      let sum = GREY
      for (let bit = 0; bit < FREQUENCIES * FREQUENCIES; bit++) {
        const [down, across] = [Math.floor(bit / FREQUENCIES), bit % FREQUENCIES]
        sum += (isSet(bit) ? AMPLITUDE : -AMPLITUDE) * waves[row][down] * waves[column][across]
      }
      pixels[row * SIDE + column] = Math.max(0, Math.min(255, Math.round(sum)))
    }
  return { width: SIDE, height: SIDE, channels: 1, pixels }
}
