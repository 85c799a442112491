// blockhash of a picture: the second, coarser perceptual hash.
import { bmvbhash } from 'blockhash-core'
import type { HashValue } from '../hash/hash-value.ts'
import type { RgbaPicture } from './picture.ts'

/** Blocks a side: 16 × 16 blocks make 256 bits. */
const BLOCKS = 16

/** A band of four rows of blocks is compared with its own median: 64 bits, 16 hexadecimal digits. */
const CONSTANT_BANDS = /^(?:0{16}|f{16}){4}$/

/**
 * The blockhash (blockhash.io's "block mean value", 256 bits) of a picture, or undefined where there is no
 * honest one:
 * - smaller than 16 pixels in a dimension: there are fewer pixels than blocks, and the blocks without one would
 *   count as black;
 * - flat in each of its four bands: no block differs from its band's median, so the value (one of 16 in all)
 *   says only how bright the picture is, and every other flat picture shares it.
 * A picture that is flat in some bands (a white sky, an icon) keeps its value; its number of set bits, then far
 * from 128, tells.
 */
export function blockhash({ pixels, width, height }: RgbaPicture): HashValue | undefined {
  if (width < BLOCKS || height < BLOCKS) return undefined
  const value = bmvbhash({ data: pixels, width, height }, BLOCKS)
  if (CONSTANT_BANDS.test(value)) return undefined
  // 64 lower-case digits: the library prints each of 256 bits' nibbles with toString(16).
  return value as HashValue
}
