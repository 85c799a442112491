// A file's hashes, as `hashFiles` yields them.
import type { HashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import type { ProblemCode } from './hashing-error.ts'

/** One hash of a file. */
export interface FileHash {
  readonly type: HashType
  readonly value: HashValue
  /** Only of a PDQ hash: 0 to 100. */
  readonly quality?: number
}

/** A file's hashes, at most one of each type, strongest evidence first. */
export interface HashedFile {
  /** The file's path as text; bytes that are not UTF-8 are printed as \xNN. */
  readonly file: string
  readonly hashes: readonly FileHash[]
  /** What the content is, whatever the name says; none of the two: absent. */
  readonly mediaType?: 'image' | 'video'
  /** Whether the picture was decoded as far as it goes: its perceptual hashes are those of the rest. */
  readonly damaged?: true
  /** The frame or page that was hashed, counted from 1, where it is not the first. */
  readonly frame?: number
  /**
   * The same file a second time: perceptual hashes of what a viewer shows on white, where transparency makes that
   * another picture than the colours alone.
   */
  readonly view?: 'on-white'
  /** Why the file has no perceptual hash though it should, or one with a reservation. */
  readonly warning?: HashingWarning
}

/** What somebody should look at: the message is one line that names the file, so never for a log. */
interface HashingWarning {
  readonly code: ProblemCode
  readonly message: string
}
