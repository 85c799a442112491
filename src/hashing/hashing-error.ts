import type { FileHash } from './file-hash.ts'

/** Why a file has no hashes. Closed, so that a caller can count by it. */
export type HashingErrorCode =
  | 'missing'
  | 'not-a-file'
  | 'unreadable'
  | 'empty-file'
  | 'unsupported-format'
  | 'not-a-picture'
  | 'too-many-pixels'
  | 'too-many-bytes'
  | 'damaged-picture'

/**
 * A file that could not be hashed: a value to route, so that the other files still are. Its message is one
 * line that says where (the file), what was wrong, and what to do. It names the file, so it is for the person
 * who named it, never for a log.
 */
export class HashingError extends Error {
  override readonly name = 'HashingError'
  readonly code: HashingErrorCode
  readonly file: string
  /** The digests of a picture that was read whole but could not be decoded: they can still be compared. */
  readonly hashes: readonly FileHash[]

  constructor(
    code: HashingErrorCode,
    file: string,
    problem: string,
    remedy: string,
    hashes: readonly FileHash[] = [],
  ) {
    super(`${printable(file)}: ${problem}; ${remedy}`)
    this.code = code
    this.file = file
    this.hashes = hashes
  }
}

/** A file name as one line of text: control characters (a name may hold newlines and escapes) become \xNN. */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** What the file system says of a path that cannot be opened, read or listed. */
export function pathError(file: string, cause: unknown): HashingError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new HashingError('missing', file, 'no such file or folder', 'check the path')
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new HashingError('unreadable', file, 'may not be read', 'give this user read permission')
  }
  return new HashingError('unreadable', file, `reading failed (${code})`, 'check the disk and try again')
}
