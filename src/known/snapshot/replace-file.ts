import { randomBytes } from 'node:crypto'
import { open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Files that this process is writing. */
const inWork = new Set<string>()

/**
 * Replaces a file as a whole: `write` fills a new one beside it, which takes its name once the disk has all of it.
 * Whatever fails or ends the process before, the older file stays as it was. Throws what `write` or the system
 * throws, with nothing left behind; what a killed process left is removed here.
 */
export async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(file)
  await removeLeftovers(folder, basename(file))
  const partial = join(folder, partialName(basename(file)))
  inWork.add(partial)
  try {
    const handle = await open(partial, 'wx', 0o600)
    try {
      await write(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, file)
  } catch (error) {
    await unlink(partial).catch(() => {})
    throw error
  } finally {
    inWork.delete(partial)
  }
  await syncFolder(folder)
}

/** Without this the disk may have the new file, and not its name. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The process's id is in the name, so that another doesn't take the file of one that lives for a leftover. */
const partialName = (name: string): string =>
  `.${name}.${process.pid}-${randomBytes(8).toString('hex')}.partial`

async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`.${name}.`)) continue
    const [, pid] = /^(\d+)-[0-9a-f]{16}\.partial$/.exec(entry.slice(name.length + 2)) ?? []
    if (pid === undefined) continue
    const leftover = join(folder, entry)
    // In a container every process may have the same id: one of this id is ours, or its writer is gone.
    const isWritten = Number(pid) === process.pid ? inWork.has(leftover) : isAlive(Number(pid))
    if (!isWritten) await unlink(leftover).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Alive, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
