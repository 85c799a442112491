// Finds the files that a command's arguments name.
import { readdir, stat } from 'node:fs/promises'
import { type BytePath, pathBytes, pathIn, pathOfArgument, pathText } from './file-path.ts'
import { HashingError, NOT_A_FILE, pathProblem } from './hashing-error.ts'

/**
 * The files that the arguments of a command name: a file itself, a folder all of its files, at any depth, hidden
 * ones too, by name in the order of their bytes. Links are followed; a folder that was already entered (a loop, or
 * a second link to it) is not entered again. A path that is missing, can't be read, or is neither a file nor a
 * folder (a socket, a pipe, a device) is yielded as an error in its place, and the search goes on. The names of
 * the folders that are open are in memory, and nothing else.
 */
export async function* findFiles(paths: readonly string[]): AsyncGenerator<BytePath | HashingError> {
  for (const path of paths) yield* filesAt(pathOfArgument(path), new Set())
}

async function* filesAt(path: BytePath, entered: Set<string>): AsyncGenerator<BytePath | HashingError> {
  const found = await lookAt(path, entered)
  if (!Array.isArray(found)) {
    if (found) yield found
    return
  }
  for (const name of found.sort()) yield* filesAt(pathIn(path, name), entered)
}

/** A file's own path, the names in a folder, the error of the path, or undefined to pass it over. */
async function lookAt(
  path: BytePath,
  entered: Set<string>,
): Promise<BytePath | string[] | HashingError | undefined> {
  try {
    const status = await stat(pathBytes(path), { bigint: true })
    if (status.isFile()) return path
    if (!status.isDirectory()) return new HashingError(pathText(path), NOT_A_FILE)
    const identity = `${status.dev}:${status.ino}`
    if (entered.has(identity)) return undefined
    entered.add(identity)
    // A byte a character: names that are not UTF-8 stay whole, and take the least memory.
    return await readdir(pathBytes(path), 'latin1')
  } catch (cause) {
    return new HashingError(pathText(path), pathProblem(cause))
  }
}
