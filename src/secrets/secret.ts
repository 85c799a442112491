// The room `secrets` reads passwords, tokens and keys from files or the environment. A leaf: it imports nothing.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Longer than any password, token or private key. */
const MAX_BYTES = 64 * 1024

/** Where a secret is: a file, or a variable of the environment. One of the two; never the secret itself. */
export interface Secret {
  readonly file?: string | undefined
  readonly variable?: string | undefined
}

/** A secret that can't be used: names its place and what to do, never what it holds. */
export class SecretError extends Error {
  readonly code = 'SECRET'
  override readonly name = 'SecretError'
}

/**
 * Reads the start of a file, at most `maxBytes`, that only its owner may open. `what` names it in errors, as in
 * “the key file”. Throws SecretError.
 *
 * Synchronous, because files of secrets are small, and read where nothing can be awaited (a socket being made).
 */
export function readSecretFile(file: string, what: string, maxBytes = MAX_BYTES): Buffer {
  const { bytes, mode, ownedByRoot } = readStart(file, what, maxBytes)
  // PostgreSQL's rule for key files: if root owns the file, its group may read it (so Kubernetes mounts secrets);
  // else only its owner may.
  const forbidden = mode & (ownedByRoot ? 0o037 : 0o077)
  if (process.platform !== 'win32' && forbidden !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0')
    throw new SecretError(`${what} ${file} is open to others (mode ${shown}): run chmod 600 ${file}`)
  }
  return bytes
}

/**
 * A secret of one line, without the newline that editors leave behind it. `setting` names the setting that points to
 * it, as in `kafka.sasl.password`. Throws SecretError.
 */
export function readSecret({ file, variable }: Secret, setting: string): string {
  const place = file === undefined ? `the environment variable ${variable}` : `the file ${file}`
  const text =
    file === undefined
      ? (process.env[variable ?? ''] ?? '')
      : readSecretFile(file, `The file of ${setting}`).toString('utf8')
  const secret = text.replace(/\r?\n$/, '')
  if (secret !== '') return secret
  throw new SecretError(`${setting} is empty: put it into ${place}`)
}

function readStart(
  file: string,
  what: string,
  maxBytes: number,
): { readonly bytes: Buffer; readonly mode: number; readonly ownedByRoot: boolean } {
  try {
    const fd = openSync(file, 'r')
    try {
      const { mode, uid } = fstatSync(fd)
      const bytes = Buffer.alloc(maxBytes)
      const length = readSync(fd, bytes, 0, maxBytes, null)
      return { bytes: bytes.subarray(0, length), mode, ownedByRoot: uid === 0 }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    // Without its cause: kafkajs passes on the innermost error only, and this one says it all.
    throw new SecretError(
      `Cannot read ${what.charAt(0).toLowerCase()}${what.slice(1)} ${file}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
