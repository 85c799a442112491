// Replaces a file as a whole, or not at all.
import { randomBytes } from 'node:crypto'
import { open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * A partial file that has not grown for this long is left over from a killed process, in milliseconds. (A process id
 * proves nothing: matchers that share a volume run in containers, which often have the same ids.)
 */
const LEFTOVER_AFTER_MS = 10 * 60_000

/**
 * Replaces a file as a whole: `write` fills a new one beside it, which takes its name once the disk has all of it.
 * If anything fails, or the process ends before, the older file stays as it was. Throws what `write` or the system
 * throws, and leaves nothing behind. A later write removes what a killed process left, after ten minutes.
 */
export async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(file)
  const partial = join(folder, partialName(basename(file)))
  try {
    const handle = await open(partial, 'wx', 0o600)
    try {
      // Compared on the file system's own clock, which may be another machine's.
      const { mtimeMs } = await handle.stat()
      await removeLeftovers(folder, basename(file), mtimeMs - LEFTOVER_AFTER_MS)
      await write(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, file)
  } catch (error) {
    await unlink(partial).catch(() => {})
    throw error
  }
  await syncFolder(folder)
}

/** Without this the new file may survive a power cut, and its name not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Unique for each writer. */
const partialName = (name: string): string => `.${name}.${randomBytes(16).toString('hex')}.partial`

async function removeLeftovers(folder: string, name: string, beforeMs: number): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`.${name}.`)) continue
    if (!/^[0-9a-f]{32}\.partial$/.test(entry.slice(name.length + 2))) continue
    const leftover = join(folder, entry)
    // Its writer has just renamed or removed it.
    const written = await stat(leftover).catch(() => undefined)
    if (written && written.mtimeMs < beforeMs) await unlink(leftover).catch(() => {})
  }
}
