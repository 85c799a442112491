import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HashingError, pathError } from './hashing-error.ts'

/**
 * The files that `paths` name: a file itself, a folder all of its files, at any depth, hidden ones too, by name
 * in the order of their characters' codes. Links are followed; a folder that was already entered (a loop, or a
 * second link to it) is not entered again. A path that is missing or cannot be read is yielded as an error in
 * its place, and the search goes on. Within a folder, what is neither file nor folder (a socket, a pipe) is
 * passed over.
 */
export async function* findFiles(paths: readonly string[]): AsyncGenerator<string | HashingError> {
  for (const path of paths) yield* filesAt(path, true, new Set())
}

async function* filesAt(
  path: string,
  isNamed: boolean,
  entered: Set<string>,
): AsyncGenerator<string | HashingError> {
  const found = await lookAt(path, isNamed, entered)
  if (!Array.isArray(found)) {
    if (found) yield found
    return
  }
  for (const name of found.sort()) yield* filesAt(join(path, name), false, entered)
}

/** A file's own path, the names in a folder, what is wrong with the path, or undefined to pass it over. */
async function lookAt(
  path: string,
  isNamed: boolean,
  entered: Set<string>,
): Promise<string | string[] | HashingError | undefined> {
  try {
    const status = await stat(path, { bigint: true })
    if (status.isFile()) return path
    if (!status.isDirectory()) {
      return isNamed
        ? new HashingError('not-a-file', path, 'neither a file nor a folder', 'name a file or a folder')
        : undefined
    }
    const identity = `${status.dev}:${status.ino}`
    if (entered.has(identity)) return undefined
    entered.add(identity)
    return await readdir(path)
  } catch (cause) {
    return pathError(path, cause)
  }
}
