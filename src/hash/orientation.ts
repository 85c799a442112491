// The eight orientations of a picture, predicted from the bits of its PDQ hash alone. Bit 16·i + j of a PDQ
// hash is the sign (against the median) of the DCT coefficient of vertical frequency i + 1 and horizontal
// frequency j + 1. Mirroring a picture flips the sign of every odd-symmetric frequency along that axis, and
// transposing it swaps i and j. Both leave the median nearly where it was. The hash of a picture that was really
// mirrored differs from the predicted one, by 16 to 25 bits on average, because PDQ's box filter is off-centre by half
// a pixel for even windows. That is why orientations have a threshold of their own.

/** Names of the eight orientations by their index: the name says how the known picture was changed. */
export const ORIENTATIONS = [
  'as-is',
  'mirrored-left-right',
  'mirrored-top-bottom',
  'turned-180',
  'transposed',
  'turned-90-ccw',
  'turned-90-cw',
  'anti-transposed',
] as const

export type Orientation = (typeof ORIENTATIONS)[number]

/** Bits with even j (odd horizontal frequency): a left–right mirror image flips them. The same mask fits each word. */
const LEFT_RIGHT_MASK = 0x55555555
/** Bits with even i (odd vertical frequency): a top–bottom mirror image flips them. A word holds rows i = 2w + 1, 2w. */
const TOP_BOTTOM_MASK = 0x0000ffff

const FLIPS = [
  0,
  LEFT_RIGHT_MASK,
  TOP_BOTTOM_MASK,
  LEFT_RIGHT_MASK ^ TOP_BOTTOM_MASK,
  0,
  TOP_BOTTOM_MASK,
  LEFT_RIGHT_MASK,
  LEFT_RIGHT_MASK ^ TOP_BOTTOM_MASK,
] as const

/** Whether orientation `index` swaps the axes (a transposition before its flips). */
export const transposes = (index: number): boolean => index >= 4

/** The mask that orientation `index` XORs onto each word, after its transposition if it has one. */
export const flipMask = (index: number): number => FLIPS[index]

/** The orientation that undoes orientation `index`: quarter turns undo each other, all others themselves. */
export const inverseOrientation = (index: number): number => (index === 5 ? 6 : index === 6 ? 5 : index)

/** Transposes a packed PDQ hash (8 words at `from[at]`) into `to[toAt]`: swaps bit 16·i + j with 16·j + i. */
export function transpose(from: Uint32Array, at: number, to: Uint32Array, toAt: number): void {
  for (let row = 0; row < 16; row += 2) {
    let high = 0
    let low = 0
    for (let column = 15; column >= 0; column--) {
      const word = from[at + 7 - (column >> 1)] >>> ((column & 1) << 4)
      low = (low << 1) | ((word >>> row) & 1)
      high = (high << 1) | ((word >>> (row + 1)) & 1)
    }
    to[toAt + 7 - (row >> 1)] = (high << 16) | low
  }
}

/**
 * Predicts the PDQ hash of a picture after orientation `index` from its hash (8 words at `from[at]`) into
 * `to[toAt]`. `from` and `to` must not overlap.
 */
export function orient(from: Uint32Array, at: number, index: number, to: Uint32Array, toAt: number): void {
  if (transposes(index)) transpose(from, at, to, toAt)
  else for (let word = 0; word < 8; word++) to[toAt + word] = from[at + word]
  const flips = flipMask(index)
  for (let word = 0; word < 8; word++) to[toAt + word] ^= flips
}
