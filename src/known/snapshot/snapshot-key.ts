// The key that encrypts snapshots.
import { createSecretKey, type KeyObject } from 'node:crypto'
import { readSecretFile } from '../../secrets/secret.ts'

const KEY_BYTES = 32
/** 64 digits and CR LF are the longest form; one more byte shows that a file is longer. */
const MAX_FILE_BYTES = KEY_BYTES * 2 + 3

/** A key file without a key in it. The message names the file and what to do, never its content. */
export class SnapshotKeyError extends Error {
  readonly code = 'SNAPSHOT_KEY'
  override readonly name = 'SnapshotKeyError'
}

/**
 * Reads the key of snapshots: 32 raw bytes, or 64 hexadecimal digits with or without a newline. Throws
 * SnapshotKeyError, and SecretError where the file can't be read or others may read it.
 */
export async function readSnapshotKey(file: string): Promise<KeyObject> {
  const bytes = readSecretFile(file, 'The key file', MAX_FILE_BYTES)
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
