// The class-aligned order of bits. A mirror image flips fixed bits of a PDQ hash: left–right those with even j,
// top–bottom those with even i (bit 16·i + j). By the parities of (i, j) the 256 bits fall into four classes of
// 64, which every mirror image leaves as they are or complements as a whole. A value is stored as four u64, one
// a class; class (i mod 2) · 2 + (j mod 2), and bit 8·a + b of it is bit (i, j) = (2a + i mod 2, 2b + j mod 2).
// Its sixteen u16 are the chunks of the pigeonhole: chunk 4·class + n. Distances are those of the plain order.

/** The even bits of a word, packed into its low half. */
// @ts-ignore: decorator
@inline
function evenBits(word: u32): u32 {
  word &= 0x55555555
  word = (word | (word >> 1)) & 0x33333333
  word = (word | (word >> 2)) & 0x0f0f0f0f
  word = (word | (word >> 4)) & 0x00ff00ff
  return (word | (word >> 8)) & 0x0000ffff
}

/** Undoes evenBits. */
// @ts-ignore: decorator
@inline
function spread(half: u32): u32 {
  half = (half | (half << 8)) & 0x00ff00ff
  half = (half | (half << 4)) & 0x0f0f0f0f
  half = (half | (half << 2)) & 0x33333333
  return (half | (half << 1)) & 0x55555555
}

/** Brings a packed value (8 words at `from`) into class order (32 bytes at `to`); both may be the same place. */
export function toClasses(from: usize, to: usize): void {
  let c0: u64 = 0
  let c1: u64 = 0
  let c2: u64 = 0
  let c3: u64 = 0
  // Word w holds the rows i = 2a + 1 (high half) and 2a (low half), a = 7 − w.
  for (let w: usize = 0; w < 8; w++) {
    const word = load<u32>(from + w * 4)
    const even = evenBits(word)
    const odd = evenBits(word >> 1)
    c0 = (c0 << 8) | <u64>(even & 0xff)
    c1 = (c1 << 8) | <u64>(odd & 0xff)
    c2 = (c2 << 8) | <u64>(even >> 8)
    c3 = (c3 << 8) | <u64>(odd >> 8)
  }
  store<u64>(to, c0, 0)
  store<u64>(to, c1, 8)
  store<u64>(to, c2, 16)
  store<u64>(to, c3, 24)
}

/** Undoes toClasses. */
export function fromClasses(from: usize, to: usize): void {
  const c0 = load<u64>(from, 0)
  const c1 = load<u64>(from, 8)
  const c2 = load<u64>(from, 16)
  const c3 = load<u64>(from, 24)
  for (let w: usize = 0; w < 8; w++) {
    const shift = <u64>(56 - w * 8)
    const even = (<u32>(c0 >> shift) & 0xff) | ((<u32>(c2 >> shift) & 0xff) << 8)
    const odd = (<u32>(c1 >> shift) & 0xff) | ((<u32>(c3 >> shift) & 0xff) << 8)
    store<u32>(to + w * 4, spread(even) | (spread(odd) << 1))
  }
}

/** Transposes 8 × 8 bits (Hacker's Delight, 2nd ed., 7-3). */
// @ts-ignore: decorator
@inline
function transposed8(x: u64): u64 {
  let t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa
  x = x ^ t ^ (t << 7)
  t = (x ^ (x >> 14)) & 0x0000cccc0000cccc
  x = x ^ t ^ (t << 14)
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0
  return x ^ t ^ (t << 28)
}

/** Transposes a value in class order: classes (0, 1) and (1, 0) change places. */
export function transposeClasses(from: usize, to: usize): void {
  const c1 = load<u64>(from, 8)
  const c2 = load<u64>(from, 16)
  store<u64>(to, transposed8(load<u64>(from, 0)), 0)
  store<u64>(to, transposed8(c2), 8)
  store<u64>(to, transposed8(c1), 16)
  store<u64>(to, transposed8(load<u64>(from, 24)), 24)
}

/** Whether mirror form `form` (0 as is, 1 left–right, 2 top–bottom, 3 both) complements class `cls`. */
// @ts-ignore: decorator
@inline
export function complements(form: u32, cls: u32): bool {
  // Left–right flips even j (classes 0 and 2), top–bottom even i (classes 0 and 1).
  const flips = ((form & 1) & (~cls & 1)) ^ ((form >> 1) & ((~cls >> 1) & 1))
  return flips != 0
}

/** toClasses for `count` values, one after the other. */
export function toClassesAll(from: usize, to: usize, count: u32): void {
  for (let n: usize = 0; n < count; n++) toClasses(from + n * 32, to + n * 32)
}

/** transposeClasses for `count` values, one after the other. */
export function transposeAll(from: usize, to: usize, count: u32): void {
  for (let n: usize = 0; n < count; n++) transposeClasses(from + n * 32, to + n * 32)
}
