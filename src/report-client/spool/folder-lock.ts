// One process a folder: two that sent from the same files would delete each other's.
import { closeSync, openSync, readFileSync, realpathSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of this thread. */
const held = new Set<string>()

/** @throws Error if another client has it. Returns what gives it back. */
export function lockFolder(folder: string): () => void {
  const real = realpathSync(folder)
  const path = join(real, 'lock')
  if (held.has(real)) throw inUse(folder, process.pid)
  if (!writeLock(path)) {
    const found = readFileSync(path, 'utf8')
    const [pid, startedAt] = found.split(' ')
    if (isRunning(Number(pid), startedAt)) throw inUse(folder, Number(pid))
    takeAside(path, found, folder)
    if (!writeLock(path)) throw inUse(folder, Number(pid))
  }
  held.add(real)
  return () => {
    held.delete(real)
    unlinkSync(path)
  }
}

const inUse = (folder: string, pid: number): Error =>
  new Error(`The spool ${folder} is in use by the process ${pid}: give each client a folder of its own`)

/** Returns false if there is one already. */
function writeLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${process.pid} ${startOf(process.pid)}`)
    closeSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Of two that do it at a time one fails here, or finds that the other was quicker. */
function takeAside(path: string, found: string, folder: string): void {
  const aside = `${path}.${process.pid}`
  renameSync(path, aside)
  if (readFileSync(aside, 'utf8') !== found) {
    renameSync(aside, path)
    throw inUse(folder, Number(found.split(' ')[0]))
  }
  unlinkSync(aside)
}

function isRunning(pid: number, startedAt: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // With EPERM it may not be signalled, so it is there.
    if (codeOf(error) !== 'EPERM') return false
  }
  // Another process may have got the number since: the first one of a container always has the same.
  return startOf(pid) === startedAt
}

/** When a process began, as Linux counts it; elsewhere nothing. */
function startOf(pid: number): string {
  try {
    // The name of the program, in parentheses, may hold spaces. Field 22 is the twentieth behind it.
    return /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1].split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
