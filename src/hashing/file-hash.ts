import type { HashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'

/** One hash of a file. */
export interface FileHash {
  readonly type: HashType
  readonly value: HashValue
  /** Only of a PDQ hash: 0 to 100. */
  readonly quality?: number
}

/** A file's hashes, at most one of each type, strongest evidence first. */
export interface HashedFile {
  readonly file: string
  readonly hashes: readonly FileHash[]
}
