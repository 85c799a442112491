// The room `secrets` reads passwords, tokens and keys, from files or the environment. A leaf.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { fileProblem } from './file-problem.ts'

/** Longer than any password, token or private key. */
const MAX_BYTES = 64 * 1024

/** Where a secret is: in a file, or in a variable of the environment. Never the secret itself. */
export interface Secret {
  readonly file?: string | undefined
  readonly variable?: string | undefined
}

/** A secret that can't be used. The message names its place and what to do, never the secret. */
export class SecretError extends Error {
  readonly code = 'SECRET'
  override readonly name = 'SecretError'
}

/**
 * Reads the start of a file, at most `maxBytes`. Throws SecretError if others than its owner may open it. `what` names
 * the file in errors, as in “the key file”.
 *
 * It is synchronous: files of secrets are small, and callers that open a socket can't wait.
 */
export function readSecretFile(file: string, what: string, maxBytes = MAX_BYTES): Buffer {
  const { bytes, mode, ownedByRoot } = readStart(file, what, maxBytes)
  // PostgreSQL's rule for key files: the owner alone may read it, and a group if root owns it (as Kubernetes mounts it).
  const forbidden = mode & (ownedByRoot ? 0o037 : 0o077)
  if (process.platform !== 'win32' && forbidden !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0')
    throw new SecretError(`${what} ${file} is open to others (mode ${shown}): run chmod 600 ${file}`)
  }
  return bytes
}

/**
 * Reads a secret of one line, without the newline at its end. `setting` names the setting that points to it, as in
 * `kafka.sasl.password`. Throws SecretError.
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

/**
 * A secret that is in the environment variable `name`, or in the file that the variable `name`_FILE names, as containers
 * have it; undefined if there is neither. Throws SecretError, also if there are both.
 */
export function readEnvironmentSecret(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const text = environment[name]
  const file = environment[`${name}_FILE`]
  if (!file) return text || undefined
  if (text) throw new SecretError(`Both ${name} and ${name}_FILE are set: keep one of them`)
  return readSecret({ file }, name)
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
    // Without a cause: kafkajs passes on the innermost error only, and it should be this one.
    throw new SecretError(
      `Cannot read ${what.charAt(0).toLowerCase()}${what.slice(1)} ${file}: ${fileProblem(error)}`,
    )
  }
}
