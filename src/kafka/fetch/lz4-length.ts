// How long an LZ4 frame is unpacked, without unpacking it.
import { BatchUnreadableError } from './record-batch.ts'

/** Bits of the frame's descriptor: which fields it has, and whether a checksum follows each block. */
const CONTENT_SIZE_BIT = 0x08
const DICTIONARY_BIT = 0x01
const BLOCK_CHECKSUM_BIT = 0x10
const STORED_BIT = 0x8000_0000
/** Each further byte of a length adds at most this many bytes. */
const MOST_A_BYTE = 255
const SHORTEST_MATCH = 4

/**
 * Whether an LZ4 frame unpacks to at most `maxBytes`, without unpacking it: the library for that has no limit, and the
 * size that a frame names may be a lie. Counts the lengths that each block's sequences are made of
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), about a millisecond for a megabyte.
 */
export function lz4UnpacksTo(frame: Buffer, maxBytes: number): boolean {
  if (frame.length * MOST_A_BYTE <= maxBytes) return true
  try {
    let length = 0
    for (const { block, isStored } of blocksOf(frame)) {
      length += isStored ? block.length : unpackedLength(block)
      if (length > maxBytes) return false
    }
    return true
  } catch (error) {
    if (error instanceof RangeError) throw new BatchUnreadableError('An LZ4 frame ends within a block.')
    throw error
  }
}

function* blocksOf(frame: Buffer): Generator<{ readonly block: Buffer; readonly isStored: boolean }> {
  const flags = frame.readUInt8(4)
  // Magic number, flags, block size, the fields that the flags name, and a checksum.
  let at = 6 + ((flags & CONTENT_SIZE_BIT) === 0 ? 0 : 8) + ((flags & DICTIONARY_BIT) === 0 ? 0 : 4) + 1
  for (;;) {
    const word = frame.readUInt32LE(at)
    if (word === 0) return
    const from = at + 4
    const to = from + (word % STORED_BIT)
    yield { block: frame.subarray(from, to), isStored: word >= STORED_BIT }
    at = to + ((flags & BLOCK_CHECKSUM_BIT) === 0 ? 0 : 4)
  }
}

/** Each sequence has a token (two lengths of four bits), literals, and the place where its match begins. */
function unpackedLength(block: Buffer): number {
  let length = 0
  let at = 0
  const more = (nibble: number): number => {
    if (nibble < 15) return nibble
    let sum = nibble
    for (let byte = 255; byte === 255; sum += byte) byte = block.readUInt8(at++)
    return sum
  }
  while (at < block.length) {
    const token = block.readUInt8(at++)
    const literals = more(token >> 4)
    length += literals
    at += literals
    // The last sequence has literals only.
    if (at >= block.length) return length
    at += 2
    length += more(token & 15) + SHORTEST_MATCH
  }
  return length
}
