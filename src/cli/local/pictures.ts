// The pictures of the demonstration and their altered copies, hashed in memory.
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { ALTERATIONS } from '../../sample/alterations.ts'
import { findFiles } from '../../hashing/find-files.ts'
import { hashBytes } from '../../hashing/hash-file.ts'
import { type BytePath, pathBytes, pathText, printable } from '../../hashing/file-path.ts'
import { HashingError } from '../../hashing/hashing-error.ts'
import type { FileHash } from '../../hashing/file-hash.ts'

/** A picture of the demonstration. Every second one is in the known set. The others must not be found. */
export interface DemoPicture {
  readonly name: string
  readonly known: boolean
  readonly hashes: readonly FileHash[]
}

/** An altered copy of a picture. */
export interface DemoCopy {
  readonly picture: DemoPicture
  readonly alteration: string
  readonly hashes: readonly FileHash[]
}

export interface DemoPictures {
  readonly pictures: readonly DemoPicture[]
  readonly copies: readonly DemoCopy[]
  /** One line for each file that could not be hashed. */
  readonly problems: readonly string[]
}

/**
 * Hashes the pictures of a folder and altered copies of each. A copy exists in memory only, while it is hashed. Ends early
 * if the signal aborts.
 */
export async function hashPictures(
  folder: string,
  onPicture: (name: string) => void,
  signal?: AbortSignal,
): Promise<DemoPictures> {
  const pictures: DemoPicture[] = []
  const copies: DemoCopy[] = []
  const problems: string[] = []
  for await (const file of findFiles([folder])) {
    if (signal?.aborted) break
    if (!(file instanceof HashingError) && !/\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(file)) continue
    const made = file instanceof HashingError ? file : await copiesOf(file, pictures.length % 2 === 0)
    if (made instanceof HashingError) {
      problems.push(made.message)
      continue
    }
    pictures.push(made.picture)
    copies.push(...made.copies)
    onPicture(made.picture.name)
  }
  return { pictures, copies, problems }
}

async function copiesOf(
  path: BytePath,
  known: boolean,
): Promise<{ picture: DemoPicture; copies: readonly DemoCopy[] } | HashingError> {
  const file = pathText(path)
  const bytes = await readFile(pathBytes(path))
  const original = await hashBytes(file, bytes)
  if (original instanceof HashingError) return original
  const name = printable(basename(file, extname(file)))
  const picture = { name, known, hashes: original[0].hashes }
  const copies: DemoCopy[] = []
  for (const { name: alteration, apply } of ALTERATIONS) {
    const copy = await hashBytes(file, await apply(bytes))
    if (copy instanceof HashingError) return copy
    copies.push({ picture, alteration, hashes: copy[0].hashes })
  }
  return { picture, copies }
}
