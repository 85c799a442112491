// One process a folder: two that sent from the same files would delete each other's.
import { closeSync, openSync, readFileSync, realpathSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of this process: its own number tells nothing, because a container's first process always has the same. */
const held = new Set<string>()

/** @throws Error if another process that lives has it. Returns what gives it back. */
export function lockFolder(folder: string): () => void {
  const real = realpathSync(folder)
  const path = join(real, 'lock')
  if (held.has(real)) throw new Error(`The spool ${folder} is in use by another client of this process`)
  try {
    writeLock(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const owner = Number(readFileSync(path, 'utf8'))
    if (owner !== process.pid && isAlive(owner))
      throw new Error(
        `The spool ${folder} is in use by the process ${owner}: give each process a folder of its own`,
        { cause: error },
      )
    unlinkSync(path)
    writeLock(path)
  }
  held.add(real)
  return () => {
    held.delete(real)
    unlinkSync(path)
  }
}

function writeLock(path: string): void {
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, String(process.pid))
  closeSync(file)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may not be signalled, so it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
