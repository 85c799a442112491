// Hashes one file: digests, then the perceptual hashes if it is a picture.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { CryptographicType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import type { FileHash, HashedFile } from './file-hash.ts'
import { type FileKind, fileKind, isNamedLikePicture } from './file-kind.ts'
import { type BytePath, pathBytes, pathText } from './file-path.ts'
import { HashingError, NOT_A_FILE, pathProblem, type Problem, problemLine } from './hashing-error.ts'
import { DEFAULT_LIMITS, type HashingLimits } from './limits.ts'
import { hashPicture, type PictureHashes } from './picture-hashes.ts'
import { Undecodable } from './picture.ts'

const CHUNK_BYTES = 1024 * 1024
const DIGESTS: readonly CryptographicType[] = ['sha256', 'sha1', 'md5']

/** Opening a pipe, which may have taken a file's place, would wait for its writer without this. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A file that was read: its digests, and its bytes if it is a picture. */
export interface FileContent {
  readonly hashed: HashedFile
  /** A picture that is to be decoded. */
  readonly picture?: { readonly format: string; readonly bytes: Buffer }
}

/** One file's hashes; a second view of it, where it has one, follows (see picture-hashes.ts). */
export type FileHashes = readonly [HashedFile, ...HashedFile[]]

/**
 * Reads a file once and hashes it: SHA-256, SHA-1 and MD5 of any file of any size (streamed), PDQ and blockhash
 * of a picture as far as it has them. A picture that can't be hashed, or only with a reservation, has its digests
 * and a warning, because digests alone would look like a picture that was checked; so has a file that is named like
 * a picture and is none. An empty file is an error: its digests are those of every empty file, and a list that
 * holds them by mistake would accuse each of their owners.
 */
export async function hashFile(path: BytePath, limits?: HashingLimits): Promise<FileHashes | HashingError> {
  const content = await readContent(path, limits)
  return content instanceof HashingError ? content : await hashContent(content, limits)
}

/** The same for a file whose bytes are at hand; `file` is its name. */
export async function hashBytes(file: string, bytes: Buffer): Promise<FileHashes | HashingError> {
  const content = await digestChunks(file, bytes.length === 0 ? [] : [bytes], DEFAULT_LIMITS)
  return content instanceof HashingError ? content : await hashContent(content)
}

/** The same for a file whose bytes come one piece after another; `file` is its name. */
export async function hashStream(
  file: string,
  chunks: AsyncIterable<Buffer>,
): Promise<FileHashes | HashingError> {
  const content = await digestChunks(file, chunks, DEFAULT_LIMITS)
  return content instanceof HashingError ? content : await hashContent(content)
}

/** The first half of `hashFile`: reads the file, and keeps its bytes if it is a picture. */
export async function readContent(
  path: BytePath,
  limits = DEFAULT_LIMITS,
): Promise<FileContent | HashingError> {
  const file = pathText(path)
  try {
    await using handle = await open(pathBytes(path), READ_WITHOUT_WAITING)
    if (!(await handle.stat()).isFile()) return new HashingError(file, NOT_A_FILE)
    const chunks = handle.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })
    // Without an encoding a file's stream is made of buffers.
    return await digestChunks(file, chunks as AsyncIterable<Buffer>, limits)
  } catch (cause) {
    return new HashingError(file, pathProblem(cause))
  }
}

async function digestChunks(
  file: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  { maxFileBytes }: HashingLimits,
): Promise<FileContent | HashingError> {
  const digests = DIGESTS.map((type) => ({ type, digest: createHash(type) }))
  let kind: FileKind | undefined
  let byteCount = 0
  let kept: Buffer[] = []
  for await (const chunk of chunks) {
    if (byteCount === 0) kind = fileKind(chunk)
    byteCount += chunk.length
    for (const { digest } of digests) digest.update(chunk)
    if (!kind?.decodable) continue
    if (byteCount <= maxFileBytes) kept.push(chunk)
    else kept = []
  }
  if (byteCount === 0) {
    return new HashingError(file, {
      code: 'empty-file',
      problem: 'the file is empty',
      remedy: 'get the whole file',
    })
  }
  const hashes: FileHash[] = digests.map(({ type, digest }) => ({
    type,
    // Lower-case digits, as many as the algorithm of this name has: canonical.
    value: digest.digest('hex') as HashValue,
  }))
  const hashed: HashedFile = { file, hashes, ...(kind ? { mediaType: kind.mediaType } : {}) }
  const problem = problemOfKind(file, kind, byteCount, maxFileBytes)
  if (problem) return { hashed: withWarning(hashed, problem) }
  return kind?.decodable ? { hashed, picture: { format: kind.name, bytes: Buffer.concat(kept) } } : { hashed }
}

function problemOfKind(
  file: string,
  kind: FileKind | undefined,
  byteCount: number,
  maxFileBytes: number,
): Problem | undefined {
  if (!kind) {
    if (!isNamedLikePicture(file)) return undefined
    return {
      code: 'not-a-picture',
      problem: 'the file is named like a picture, but its first bytes are of none',
      remedy: 'get the original file, or rename it if it is something else',
    }
  }
  if (kind.mediaType !== 'image') return undefined
  if (!kind.decodable) {
    return {
      code: 'unsupported-format',
      problem: `${kind.name} pictures cannot be decoded`,
      remedy: 'convert it to JPEG, PNG, WebP, GIF, TIFF or AVIF',
    }
  }
  if (byteCount <= maxFileBytes) return undefined
  return {
    code: 'too-many-bytes',
    problem: `the ${kind.name} picture has ${byteCount} bytes of at most ${maxFileBytes}`,
    remedy: 'compress it or hash a smaller copy of it',
  }
}

/** The second half of `hashFile`: adds a picture's perceptual hashes. */
export async function hashContent(
  { hashed, picture }: FileContent,
  limits?: HashingLimits,
): Promise<FileHashes> {
  if (!picture) return [hashed]
  const made = await hashPicture(picture.bytes, picture.format, limits)
  if (made instanceof Undecodable) return [withWarning(hashed, made)]
  const about = {
    ...(made.isDamaged ? { damaged: true as const } : {}),
    ...(made.frame > 0 ? { frame: made.frame + 1 } : {}),
  }
  const whole: HashedFile = { ...hashed, ...about, hashes: [...hashed.hashes, ...made.hashes] }
  const reservation = reservationOf(made, picture.format)
  const first = reservation ? withWarning(whole, reservation) : whole
  if (!made.onWhite) return [first]
  return [first, { ...hashed, ...about, view: 'on-white', hashes: made.onWhite }]
}

/** The warning about a picture that has hashes. */
function reservationOf({ isDamaged, hidesFrames }: PictureHashes, format: string): Problem | undefined {
  if (isDamaged) {
    return {
      code: 'damaged-picture',
      problem: `the ${format} picture is damaged, and was hashed as far as it can be decoded`,
      remedy: 'get the whole file if there is one',
    }
  }
  if (!hidesFrames) return undefined
  return {
    code: 'hidden-frames',
    problem: `the first frame of the animated ${format} is nearly blank, and the others cannot be decoded`,
    remedy: 'convert it to WebP or GIF and hash that',
  }
}

/** The same file, with a warning about it. */
export const withWarning = (hashed: HashedFile, problem: Problem): HashedFile => ({
  ...hashed,
  warning: { code: problem.code, message: problemLine(hashed.file, problem) },
})
