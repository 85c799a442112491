// Problems with files: errors, and the texts of warnings.
import { printable } from './file-path.ts'

/** Why a file has no hashes, or fewer than it could have. Closed, so that a caller can count by it. */
export type ProblemCode =
  // The file was not read: it has no hashes.
  | 'missing'
  | 'not-a-file'
  | 'unreadable'
  | 'empty-file'
  // The file was read: it has its digests.
  | 'unsupported-format'
  | 'not-a-picture'
  | 'damaged-picture'
  | 'hidden-frames'
  | 'too-small'
  | 'side-too-long'
  | 'too-many-pixels'
  | 'too-many-bytes'
  | 'too-much-memory'
  | 'too-slow'
  | 'decoder-ended'

/** What was wrong with a file, and what to do. */
export interface Problem {
  readonly code: ProblemCode
  readonly problem: string
  readonly remedy: string
}

/** One line that says where (the file), what was wrong, and what to do. */
export const problemLine = (file: string, { problem, remedy }: Problem): string =>
  `${printable(file)}: ${problem}; ${remedy}`

/**
 * A file that was not read: a value to route, so that the other files still are hashed. Its message names the
 * file, so it is for the person who named it, never for a log.
 */
export class HashingError extends Error {
  override readonly name = 'HashingError'
  readonly code: ProblemCode
  /** The file's path as text. */
  readonly file: string
  readonly problem: Problem

  constructor(file: string, problem: Problem) {
    super(problemLine(file, problem))
    this.code = problem.code
    this.file = file
    this.problem = problem
  }
}

/** What the file system says of a path that can't be opened, read or listed. */
export function pathProblem(cause: unknown): Problem {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'missing', problem: 'no such file or folder', remedy: 'check the path' }
    case 'EACCES':
    case 'EPERM':
      return { code: 'unreadable', problem: 'may not be read', remedy: 'give this user read permission' }
    case 'ELOOP':
      return {
        code: 'unreadable',
        problem: 'the link leads back to itself',
        remedy: 'mend or remove the link',
      }
    case 'ENAMETOOLONG':
      return { code: 'unreadable', problem: 'the path is too long', remedy: 'name a folder nearer to it' }
    default:
      return {
        code: 'unreadable',
        problem: `reading failed (${code})`,
        remedy: 'check the disk and try again',
      }
  }
}

/** A socket, a pipe or a device: reading one may never end. */
export const NOT_A_FILE: Problem = {
  code: 'not-a-file',
  problem: 'neither a file nor a folder',
  remedy: 'name a file or a folder',
}
