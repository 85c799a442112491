// What the system says of a process: its processor time and its memory (Linux).
import { readFileSync } from 'node:fs'

/** Of the clock that /proc counts in: a hundredth of a second on every Linux. */
const TICKS_PER_SECOND = 100
/** Places in /proc/<pid>/stat behind the name, which may hold blanks: user and system time. */
const USER = 11
const SYSTEM = 12

/** Seconds that all threads of a process have computed so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER]) + Number(fields[SYSTEM])) / TICKS_PER_SECOND
}

/** MiB that a process has in memory now, and has had at most. */
export function residentMiB(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (field: string): number =>
    Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
  return { now: of('VmRSS'), peak: of('VmHWM') }
}
