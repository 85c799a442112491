// The head of a snapshot file: written, read and checked.
import { randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import { chunkSeal, deriveFileKeys, keyCheck, sha256, type ChunkSeal } from './chunk-seal.ts'
import type { OpenFile } from './open-file.ts'
import { decodeSnapshotHeader, encodeSnapshotHeader, type SnapshotHeader } from './snapshot-header.ts'
import {
  CHECKSUM_BYTES,
  decodeFixedHead,
  encodeFixedHead,
  FIXED_HEAD_BYTES,
  FORMAT_VERSION,
  KEY_CHECK_BYTES,
  MAX_CHUNK_BYTES,
  MAX_HEADER_BYTES,
  planFile,
  SALT_BYTES,
  startsAsSnapshot,
  type FilePlan,
} from './snapshot-layout.ts'

/** How the chunks behind a head are laid out and sealed. */
export interface ChunkLayout {
  readonly chunkBytes: number
  readonly seal: ChunkSeal
  readonly plan: FilePlan
}

/** Makes the head of a new file. Throws RangeError if the header is invalid. */
export function makeHead(
  header: SnapshotHeader,
  key: KeyObject | undefined,
  chunkBytes: number,
): ChunkLayout & { readonly bytes: Buffer } {
  const headerBytes = encodeSnapshotHeader(header)
  const salt = randomBytes(SALT_BYTES)
  const keys = key && deriveFileKeys(key, salt)
  const fixed = { encrypted: key !== undefined, chunkBytes, headerBytes: headerBytes.length, salt }
  const beforeCheck = Buffer.concat([encodeFixedHead(fixed), headerBytes])
  const beforeChecksum = Buffer.concat([beforeCheck, keyCheck(keys, beforeCheck)])
  const checksum = sha256(beforeChecksum)
  const bytes = Buffer.concat([beforeChecksum, checksum])
  const seal = chunkSeal(keys, checksum)
  return {
    bytes,
    chunkBytes,
    seal,
    plan: planFile(bytes.length, header.sections, chunkBytes, seal.byteLength),
  }
}

/** Reads and checks the head, and that the file is as long as it says. Throws SnapshotRefusal. */
export async function readHead(
  file: OpenFile,
  key: KeyObject | undefined,
): Promise<ChunkLayout & { readonly header: SnapshotHeader }> {
  const start = await file.read(0, Math.min(FIXED_HEAD_BYTES, file.byteLength))
  if (!startsAsSnapshot(start)) throw file.refusal('not-a-snapshot', 'is no snapshot of a known-hash set')
  if (start.length < FIXED_HEAD_BYTES) throw file.truncated()
  const { version, encrypted, flagsKnown, chunkBytes, headerBytes, salt } = decodeFixedHead(start)
  if (version !== FORMAT_VERSION) {
    throw file.refusal(
      'other-version',
      `is of format version ${version}; this program reads ${FORMAT_VERSION}`,
    )
  }
  // A damaged length must not make us allocate a buffer of that length.
  if (headerBytes > MAX_HEADER_BYTES) throw file.damaged('head')
  const checkAt = FIXED_HEAD_BYTES + headerBytes
  const bytes = await file.read(0, checkAt + KEY_CHECK_BYTES + CHECKSUM_BYTES)
  const checksum = bytes.subarray(checkAt + KEY_CHECK_BYTES)
  if (!sha256(bytes.subarray(0, checkAt + KEY_CHECK_BYTES)).equals(checksum)) throw file.damaged('head')
  const header = decodeSnapshotHeader(bytes.subarray(FIXED_HEAD_BYTES, checkAt))
  if (!header || !flagsKnown || chunkBytes === 0 || chunkBytes > MAX_CHUNK_BYTES) {
    // The checksum is right, so this is no damage: another program wrote it.
    throw file.refusal('other-version', 'has a head that this program does not know')
  }
  if (encrypted && !key) throw file.refusal('no-key', 'is encrypted, and no key file is set')
  if (!encrypted && key) {
    throw file.refusal(
      'not-encrypted',
      'is not encrypted although a key file is set: anybody can have made it',
    )
  }
  const keys = key && deriveFileKeys(key, salt)
  const expectedCheck = keyCheck(keys, bytes.subarray(0, checkAt))
  if (!timingSafeEqual(expectedCheck, bytes.subarray(checkAt, checkAt + KEY_CHECK_BYTES))) {
    throw file.refusal('wrong-key', 'was encrypted with another key')
  }
  const seal = chunkSeal(keys, checksum)
  const plan = planFile(bytes.length, header.sections, chunkBytes, seal.byteLength)
  if (file.byteLength < plan.byteLength) throw file.truncated()
  if (file.byteLength > plan.byteLength) {
    throw file.refusal('damaged', `is damaged: ${file.byteLength - plan.byteLength} bytes follow its end`)
  }
  return { header, chunkBytes, seal, plan }
}
