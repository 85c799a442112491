import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultMissed } from './fault.ts'

const LOOK_MS = 50

/** The state of a process as Linux has it: R, S, D, T (stopped), Z. */
export function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Behind the command's name, which may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

/** Stops a process by SIGSTOP for `ms` milliseconds, and lets it go on. Throws FaultMissed if it wasn't stopped throughout. */
export async function stopFor(pid: number, ms: number): Promise<void> {
  const untilMs = performance.now() + ms
  process.kill(pid, 'SIGSTOP')
  try {
    await sleep(LOOK_MS)
    while (performance.now() < untilMs) {
      if (stateOf(pid) !== 'T') throw new FaultMissed(`Process ${pid} was not stopped`)
      await sleep(LOOK_MS)
    }
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
