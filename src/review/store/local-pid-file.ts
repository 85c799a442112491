// The file in which a running PostgreSQL names itself: `postmaster.pid`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = 'postmaster.pid'
/** No process has it. */
const NO_PID = 999_999_999

/** The server's main process and its port, as its file says; undefined if there is no file, or a half written one. */
export function readPidFile(cluster: string): { readonly pid: number; readonly port: number } | undefined {
  try {
    const lines = readFileSync(join(cluster, FILE), 'utf8').split('\n')
    const [pid, port] = [Number(lines[0]), Number(lines[3])]
    return pid > 1 && port > 0 ? { pid, port } : undefined
  } catch {
    return undefined
  }
}

/** Whether this process is the server of this data folder, and not another one that has got its number since. */
export function isServerOf(pid: number, cluster: string): boolean {
  try {
    // The server works in its data folder. Not every system has /proc, nor every one `ps`.
    if (existsSync('/proc/self/cwd')) return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes(cluster)
  } catch {
    return false
  }
}

/**
 * Takes the number of an ended server out of its file. That number may be another process's by now, which would stop a
 * start. The rest of the file stays: by it PostgreSQL finds out whether children of that server still run.
 */
export function forgetPid(cluster: string, pid: number): void {
  const file = join(cluster, FILE)
  if (readPidFile(cluster)?.pid !== pid || isServerOf(pid, cluster)) return
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(NO_PID)))
}
