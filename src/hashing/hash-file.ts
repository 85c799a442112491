import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { CryptographicType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import { blockhash } from './blockhash.ts'
import type { FileHash, HashedFile } from './file-hash.ts'
import { HashingError, pathError } from './hashing-error.ts'
import { pdq } from './pdq.ts'
import { isNamedLikePicture, type PictureFormat, pictureFormat } from './picture-format.ts'
import { decodePicture, type RgbaPicture, Undecodable } from './picture.ts'

/** Larger pictures are refused, because a picture's bytes are held in memory until it is decoded. */
const MAX_PICTURE_BYTES = 512 * 1024 * 1024

const CHUNK_BYTES = 1024 * 1024
const DIGESTS: readonly CryptographicType[] = ['sha256', 'sha1', 'md5']

/**
 * Reads a file once and hashes it: SHA-256, SHA-1 and MD5 of any file of any size (streamed), PDQ and blockhash
 * of a picture as far as it has them (see {@link pdq} and {@link blockhash}). Three things are errors:
 * - a picture that cannot be decoded, because its digests alone would look like a picture that was checked (the
 *   error carries them);
 * - a file that is no picture but named like one, for the same reason;
 * - an empty file: its digests are those of every empty file, and a list that holds them by mistake would
 *   accuse whoever has one.
 */
export function hashFile(file: string): Promise<HashedFile | HashingError> {
  // Without an encoding a file's stream is made of buffers.
  const chunks = createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>
  return hashChunks(file, chunks)
}

/** The same for a file whose bytes are at hand; `file` is its name. */
export function hashBytes(file: string, bytes: Buffer): Promise<HashedFile | HashingError> {
  return hashChunks(file, bytes.length === 0 ? [] : [bytes])
}

async function hashChunks(
  file: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<HashedFile | HashingError> {
  const digests = DIGESTS.map((type) => ({ type, digest: createHash(type) }))
  let format: PictureFormat | undefined
  let byteCount = 0
  let pictureBytes: Buffer[] = []
  try {
    for await (const chunk of chunks) {
      if (byteCount === 0) format = pictureFormat(chunk)
      byteCount += chunk.length
      for (const { digest } of digests) digest.update(chunk)
      if (!format?.decodable) continue
      if (byteCount <= MAX_PICTURE_BYTES) pictureBytes.push(chunk)
      else pictureBytes = []
    }
  } catch (cause) {
    return pathError(file, cause)
  }
  if (byteCount === 0) return new HashingError('empty-file', file, 'the file is empty', 'get the whole file')

  const hashes: FileHash[] = digests.map(({ type, digest }) => ({
    type,
    // Lower-case digits, as many as the algorithm of this name has: canonical.
    value: digest.digest('hex') as HashValue,
  }))
  if (!format && !isNamedLikePicture(file)) return { file, hashes }
  const picture = await pictureOf(format, pictureBytes, byteCount)
  if (!(picture instanceof Undecodable)) return { file, hashes: [...hashes, ...pictureHashes(picture)] }
  return new HashingError(picture.code, file, picture.problem, picture.remedy, hashes)
}

async function pictureOf(
  format: PictureFormat | undefined,
  bytes: Buffer[],
  byteCount: number,
): Promise<RgbaPicture | Undecodable> {
  if (!format) {
    return new Undecodable(
      'not-a-picture',
      'the file is named like a picture, but its first bytes are of none',
      'get the original file, or rename it if it is something else',
    )
  }
  if (!format.decodable) {
    return new Undecodable(
      'unsupported-format',
      `${format.name} pictures cannot be decoded`,
      'convert it to JPEG, PNG, WebP, GIF, TIFF or AVIF',
    )
  }
  if (byteCount > MAX_PICTURE_BYTES) {
    return new Undecodable(
      'too-many-bytes',
      `the ${format.name} picture has ${byteCount} bytes of at most ${MAX_PICTURE_BYTES}`,
      'compress it or hash a smaller copy of it',
    )
  }
  return await decodePicture(Buffer.concat(bytes), format.name)
}

/** The perceptual hashes that a picture has. */
function pictureHashes(picture: RgbaPicture): FileHash[] {
  const hashes: FileHash[] = []
  const pdqHash = pdq(picture)
  if (pdqHash) hashes.push({ type: 'pdq', ...pdqHash })
  const blockhashValue = blockhash(picture)
  if (blockhashValue) hashes.push({ type: 'blockhash', value: blockhashValue })
  return hashes
}
