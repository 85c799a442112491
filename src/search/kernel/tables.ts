// Building the sixteen tables of an index from its values in class order. Table c is keyed by chunk c; an entry
// holds the next and the third chunk of the same class's ring, and the value's id. The next chunks of a bucket
// lie as [low bytes][high bytes], so that the scan reads two vectors for sixteen entries.
import {
  HEADER_IDS,
  HEADER_NEXT,
  HEADER_REACH,
  HEADER_SIZE,
  HEADER_STARTS,
  HEADER_THIRD,
  HEADER_VALUES,
  chunkStride,
  idStride,
} from './memory'

/** The chunk that follows `chunk`, `steps` further on the ring of its class. */
// @ts-ignore: decorator
@inline
export function ringStep(chunk: u32, steps: u32): u32 {
  return (chunk & 12) | ((chunk + steps) & 3)
}

/** Builds table `chunk` of the index whose header is at `header`. */
export function buildTable(header: usize, chunk: u32): void {
  const size = load<u32>(header, HEADER_SIZE)
  const starts = <usize>load<u32>(header, HEADER_STARTS) + <usize>chunk * 65537 * 4
  const next = <usize>load<u32>(header, HEADER_NEXT) + <usize>chunk * chunkStride(size)
  const third = <usize>load<u32>(header, HEADER_THIRD) + <usize>chunk * chunkStride(size)
  const ids = <usize>load<u32>(header, HEADER_IDS) + <usize>chunk * idStride(size)
  const values = <usize>load<u32>(header, HEADER_VALUES)
  const keyAt = <usize>chunk * 2
  const nextAt = <usize>ringStep(chunk, 1) * 2
  const thirdAt = <usize>ringStep(chunk, 2) * 2

  memory.fill(starts, 0, 65537 * 4)
  for (let id: usize = 0; id < size; id++) {
    const slot = starts + 4 + <usize>load<u16>(values + id * 32 + keyAt) * 4
    store<u32>(slot, load<u32>(slot) + 1)
  }
  // starts[key + 1] holds the count of key; make starts[key] the first entry of key, shifted by one for filling.
  let sum: u32 = 0
  for (let key: usize = 0; key <= 65536; key++) {
    sum += load<u32>(starts + key * 4)
    store<u32>(starts + key * 4, sum)
  }
  // Fill from the back of every bucket: afterwards starts[key + 1] has become the first entry of key.
  for (let at: usize = size; at > 0; at--) {
    const id = at - 1
    const slot = starts + 4 + <usize>load<u16>(values + id * 32 + keyAt) * 4
    const entry = load<u32>(slot) - 1
    store<u32>(slot, entry)
    store<u32>(ids + <usize>entry * 4, <u32>id)
  }
  // Slots 1 to 65536 now hold the first entries of keys 0 to 65535: move them down by one.
  memory.copy(starts, starts + 4, 65536 * 4)
  store<u32>(starts + 65536 * 4, size)

  for (let key: usize = 0; key < 65536; key++) {
    const first = <usize>load<u32>(starts + key * 4)
    const end = <usize>load<u32>(starts + key * 4 + 4)
    let low = next + first * 2
    const length = end - first
    for (let entry = first; entry < end; entry++) {
      const value = values + <usize>load<u32>(ids + entry * 4) * 32
      const nextChunk = <u32>load<u16>(value + nextAt)
      store<u8>(low, <u8>nextChunk)
      store<u8>(low + length, <u8>(nextChunk >> 8))
      low++
      store<u16>(third + entry * 2, load<u16>(value + thirdAt))
    }
  }
  memory.fill(next + <usize>size * 2, 0, 64)
  buildReach(header, chunk, starts)
}

/**
 * How many entries a probe of each key and its sixteen neighbours would scan, known before it runs: in eighths
 * of a power of two, one byte a key.
 */
function buildReach(header: usize, chunk: u32, starts: usize): void {
  const reach = <usize>load<u32>(header, HEADER_REACH) + <usize>chunk * 65536
  for (let key: usize = 0; key < 65536; key++) {
    let within = bucketLength(starts, key)
    for (let bit: usize = 0; bit < 16; bit++) within += bucketLength(starts, key ^ (1 << bit))
    store<u8>(reach + key, logEighths(within))
  }
}

// @ts-ignore: decorator
@inline
function bucketLength(starts: usize, key: usize): u32 {
  return load<u32>(starts + key * 4, 4) - load<u32>(starts + key * 4)
}

/** 8·log2(n + 1), rounded up, by the top bit and the three below it. */
function logEighths(n: u32): u8 {
  const m = n + 1
  const exponent = 31 - clz<u32>(m)
  const fraction = ((m << (31 - exponent)) >> 28) & 7
  return <u8>(exponent * 8 + fraction + 1)
}
