import { createSecretKey, type KeyObject } from 'node:crypto'
import { open } from 'node:fs/promises'

const KEY_BYTES = 32
/** 64 digits and CR LF are the longest form; one more byte shows that a file is longer. */
const MAX_FILE_BYTES = KEY_BYTES * 2 + 3

/** A key file that can't be used: names the file and what to do, never its content. */
export class SnapshotKeyError extends Error {
  readonly code = 'SNAPSHOT_KEY'
  override readonly name = 'SnapshotKeyError'
}

/**
 * Reads the key of snapshots: 32 raw bytes, or 64 hexadecimal digits with or without a newline. Throws
 * SnapshotKeyError, also where others may read the file.
 */
export async function readSnapshotKey(file: string): Promise<KeyObject> {
  const { bytes, mode, ownedByRoot } = await readStart(file)
  // PostgreSQL's rule for key files: a group may read what root owns (so Kubernetes mounts secrets), nobody else.
  const forbidden = mode & (ownedByRoot ? 0o037 : 0o077)
  if (process.platform !== 'win32' && forbidden !== 0) {
    throw new SnapshotKeyError(
      `The key file ${file} is open to others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): run chmod 600 ${file}`,
    )
  }
  const key = decodeKey(bytes)
  if (key === undefined) {
    throw new SnapshotKeyError(
      `The key file ${file} holds no key of 256 bits: expected 32 raw bytes or 64 hexadecimal digits, as ` +
        `\`openssl rand -hex 32\` writes them`,
    )
  }
  return createSecretKey(key)
}

function decodeKey(bytes: Buffer): Buffer | undefined {
  const text = /^([0-9a-fA-F]*)(?:\r?\n)?$/.exec(bytes.toString('latin1'))?.[1]
  if (text?.length === KEY_BYTES * 2) return Buffer.from(text, 'hex')
  // 32 hexadecimal digits are a key of 128 bits, written out: chance makes no such raw key.
  return bytes.length === KEY_BYTES && text === undefined ? bytes : undefined
}

async function readStart(
  file: string,
): Promise<{ readonly bytes: Buffer; readonly mode: number; readonly ownedByRoot: boolean }> {
  try {
    const handle = await open(file, 'r')
    try {
      const { mode, uid } = await handle.stat()
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0)
      return { bytes: buffer.subarray(0, bytesRead), mode, ownedByRoot: uid === 0 }
    } finally {
      await handle.close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SnapshotKeyError(`Cannot read the key file ${file}: ${why}`, { cause: error })
  }
}
