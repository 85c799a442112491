// A mirror image flips fixed bits of a PDQ hash: left–right those of even j, top–bottom those of even i (bit
// 16·i + j; see hash/orientation.ts). So the 256 bits fall into four classes of 64 by the parities of (i, j),
// and each of as-is, left–right, top–bottom and 180° leaves a class as it is or complements all of it. In class
// order a class is two whole words:
//   words 0, 1: i even, j even  flips under left–right and top–bottom, not under 180°
//   words 2, 3: i even, j odd   flips under top–bottom and 180°
//   words 4, 5: i odd, j even   flips under left–right and 180°
//   words 6, 7: i odd, j odd    never changes
// (the order of kernel/classes.ts, so that both read the same memory).
// Four class distances so give the distances of four orientations; those of the other four come from the
// transposed query. It is a permutation, so distances between values in class order are the plain ones.

/** Gathers the even-numbered bits of each half-word into its low byte. */
function gatherEven(word: number): number {
  let bits = word & 0x55555555
  bits = (bits | (bits >>> 1)) & 0x33333333
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f
  return (bits | (bits >>> 4)) & 0x00ff00ff
}

/** Undoes {@link gatherEven}. */
function spreadEven(bytes: number): number {
  let bits = bytes & 0x00ff00ff
  bits = (bits | (bits << 4)) & 0x0f0f0f0f
  bits = (bits | (bits << 2)) & 0x33333333
  return (bits | (bits << 1)) & 0x55555555
}

/** Writes the 8 words at `from[at]` to `to[toAt]` in class order. `from` and `to` must not overlap. */
export function toClassOrder(from: Uint32Array, at: number, to: Uint32Array, toAt: number): void {
  for (let half = 0; half < 2; half++) {
    let oddOdd = 0
    let oddEven = 0
    let evenOdd = 0
    let evenEven = 0
    // A word holds row i odd in its high half-word and row i even in its low one; four words fill a class word.
    for (let word = at + 4 * half, end = word + 4; word < end; word++) {
      const evenColumns = gatherEven(from[word])
      const oddColumns = gatherEven(from[word] >>> 1)
      oddOdd = (oddOdd << 8) | (oddColumns >>> 16)
      oddEven = (oddEven << 8) | (evenColumns >>> 16)
      evenOdd = (evenOdd << 8) | (oddColumns & 0xff)
      evenEven = (evenEven << 8) | (evenColumns & 0xff)
    }
    to[toAt + 7 - half] = oddOdd
    to[toAt + 5 - half] = oddEven
    to[toAt + 3 - half] = evenOdd
    to[toAt + 1 - half] = evenEven
  }
}

/** Undoes {@link toClassOrder}: 8 words in class order at `from[at]` to plain ones at `to[toAt]`. */
export function fromClassOrder(from: Uint32Array, at: number, to: Uint32Array, toAt: number): void {
  for (let word = 0; word < 8; word++) {
    const half = at - (word >>> 2)
    const shift = 24 - 8 * (word & 3)
    const oddColumns = (((from[half + 7] >>> shift) & 0xff) << 16) | ((from[half + 3] >>> shift) & 0xff)
    const evenColumns = (((from[half + 5] >>> shift) & 0xff) << 16) | ((from[half + 1] >>> shift) & 0xff)
    to[toAt + word] = spreadEven(evenColumns) | (spreadEven(oddColumns) << 1)
  }
}
