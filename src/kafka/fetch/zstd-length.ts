// How long a zstd frame says that it is unpacked.
const MAGIC = 0xfd2f_b528
const SINGLE_SEGMENT_BIT = 0x20
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]

/**
 * The number of bytes that a zstd frame declares to unpack to, if it declares one (RFC 8878, section 3.1.1.1). It may be
 * false, and another frame may follow.
 */
export function zstdLength(frame: Buffer): number | undefined {
  if (frame.length < 18 || frame.readUInt32LE(0) !== MAGIC) return undefined
  const descriptor = frame[4]
  const isSingle = (descriptor & SINGLE_SEGMENT_BIT) !== 0
  const at = 5 + (isSingle ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? frame[at] : undefined
    case 1:
      return frame.readUInt16LE(at) + 256
    case 2:
      return frame.readUInt32LE(at)
    default:
      return Number(frame.readBigUInt64LE(at))
  }
}
