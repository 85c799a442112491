// npm's own commands, with their output as JSON.
import { spawnSync } from 'node:child_process'

const ROOT = new URL('../../', import.meta.url).pathname

/** What npm printed on standard output. Its exit code says little: 1 stands for a finding, and for no answer at all. */
export function npm(words: readonly string[], folder = ROOT): string {
  const { stdout, error } = spawnSync('npm', words, {
    cwd: folder,
    encoding: 'utf8',
    // npm says in words what it says in JSON.
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error) throw new Error('npm can’t be started: is it installed?', { cause: error })
  return stdout
}
