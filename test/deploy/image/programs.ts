// Programs of this machine, run to their end.
import { spawnSync } from 'node:child_process'

/** Runs a program whose words go to this terminal. Throws if it fails. */
export function run(program: string, words: readonly string[]): void {
  const { status, error } = spawnSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (error) throw new Error(`${program} can't be started: is it installed?`, { cause: error })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} failed with exit code ${status}`)
}

/** The output of a program, without the end of its last line. Throws if it fails. */
export function output(program: string, words: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error) throw new Error(`${program} can't be started: is it installed?`, { cause: error })
  if (status !== 0)
    throw new Error(`${program} ${words.join(' ')} failed with exit code ${status}: ${stderr}`)
  return stdout.trimEnd()
}
