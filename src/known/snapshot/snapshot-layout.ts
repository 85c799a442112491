// The snapshot file, byte by byte. It knows nothing of what its sections hold.
//
//   head      magic 8 | version u16 | flags u16 | chunk bytes u32 | header bytes u32 | salt 32
//             | header (canonical JSON) | key check 32 | checksum 32
//   sections  in the header's order, each in chunks: bytes, seal. Only the last chunk of a section is shorter;
//             an empty section has none
//   end       the seal of an empty last chunk
//
// Integers are big-endian. The checksum is the SHA-256 of all of the head before it. The key check is an
// HMAC-SHA-256 of all of the head before it (zeros in a plain file), so that a wrong key and damage can be told apart.
// Chunks follow age's STREAM construction (age-encryption.org/v1; Hoang, Reyhanitabar, Rogaway, Vizár 2015): the
// key of one file comes from the salt by HKDF; the nonce is the chunk's number and a last byte that is 1 for the end;
// the checksum of the head is associated data. A plain file has SHA-256 seals over the same three things. So a
// chunk that was changed, moved, dropped, added, or taken from another file doesn't open, and no byte of the file
// is outside of a seal.

const MAGIC = Buffer.from([0x89, 0x48, 0x57, 0x53, 0x4e, 0x41, 0x50, 0x0a]) // \x89 H W S N A P \n, as PNG's
export const FORMAT_VERSION = 1

const ENCRYPTED_FLAG = 1
const SALT_AT = 20
export const SALT_BYTES = 32
/** Bytes of the head before the header. */
export const FIXED_HEAD_BYTES = SALT_AT + SALT_BYTES
export const KEY_CHECK_BYTES = 32
export const CHECKSUM_BYTES = 32
export const MAX_HEADER_BYTES = 1024 * 1024
/** A reader needs memory for two chunks, so a file may not ask for any size. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024

/** The head up to the header. */
export interface FixedHead {
  readonly version: number
  readonly encrypted: boolean
  /** Whether all flags are known. */
  readonly flagsKnown: boolean
  readonly chunkBytes: number
  readonly headerBytes: number
  /** 32 random bytes of this one file. */
  readonly salt: Buffer
}

/** Whether these bytes, the first of a file, may be the beginning of a snapshot: all of the magic that they reach. */
export function startsAsSnapshot(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, MAGIC.length)
  return bytes.subarray(0, length).equals(MAGIC.subarray(0, length))
}

export function encodeFixedHead({
  encrypted,
  chunkBytes,
  headerBytes,
  salt,
}: Omit<FixedHead, 'version' | 'flagsKnown'>): Buffer {
  const bytes = Buffer.alloc(FIXED_HEAD_BYTES)
  MAGIC.copy(bytes)
  bytes.writeUInt16BE(FORMAT_VERSION, 8)
  bytes.writeUInt16BE(encrypted ? ENCRYPTED_FLAG : 0, 10)
  bytes.writeUInt32BE(chunkBytes, 12)
  bytes.writeUInt32BE(headerBytes, 16)
  salt.copy(bytes, SALT_AT)
  return bytes
}

/** Reads FIXED_HEAD_BYTES bytes that start as a snapshot. Nothing is checked yet: that takes the checksum. */
export function decodeFixedHead(bytes: Buffer): FixedHead {
  const flags = bytes.readUInt16BE(10)
  return {
    version: bytes.readUInt16BE(8),
    encrypted: (flags & ENCRYPTED_FLAG) !== 0,
    flagsKnown: (flags & ~ENCRYPTED_FLAG) === 0,
    chunkBytes: bytes.readUInt32BE(12),
    headerBytes: bytes.readUInt32BE(16),
    salt: bytes.subarray(SALT_AT, FIXED_HEAD_BYTES),
  }
}

/** Where one section's chunks stand. */
export interface SectionPlace {
  readonly name: string
  readonly byteLength: number
  /** Offset in the file of its first chunk. */
  readonly at: number
  /** Number of its first chunk, counted through the whole file. */
  readonly firstChunk: number
  readonly chunks: number
}

/** Where everything stands after the head. */
export interface FilePlan {
  readonly sections: readonly SectionPlace[]
  /** Offset of the seal of the empty last chunk. */
  readonly endAt: number
  /** Number of that chunk. */
  readonly endChunk: number
  readonly byteLength: number
}

/** Lays out sections of known length behind a head of `headBytes`. */
export function planFile(
  headBytes: number,
  sections: readonly { readonly name: string; readonly byteLength: number }[],
  chunkBytes: number,
  sealBytes: number,
): FilePlan {
  let at = headBytes
  let firstChunk = 0
  const places = sections.map(({ name, byteLength }) => {
    const chunks = Math.ceil(byteLength / chunkBytes)
    const place = { name, byteLength, at, firstChunk, chunks }
    at += byteLength + chunks * sealBytes
    firstChunk += chunks
    return place
  })
  return { sections: places, endAt: at, endChunk: firstChunk, byteLength: at + sealBytes }
}
