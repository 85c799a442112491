// Which state of the sources a kept result is of.
import { execFileSync } from 'node:child_process'

const ROOT = new URL('../../', import.meta.url)

/** The commit of the sources, marked if something in these paths (else: all but results) has been changed since. */
export function commitOfSources(paths: readonly string[] = ['.', ':!bench/results']): string {
  const changed = git('status', '--porcelain', '--', ...paths)
  return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '-changed'}`
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
