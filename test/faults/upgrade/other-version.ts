// Another version of this program, checked out beside this one.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OtherVersion } from '../../../src/cli/local/service-process.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The last version that has landed: upgrades start from it, and go back to it. Change it when a version lands. */
export const LANDED = 'a1d5037'

export interface Checkout extends OtherVersion {
  readonly commit: string
}

/** Checks a commit out into .cache/versions, installed and built; the next time it is there. */
export function checkOut(ref: string, say: (line: string) => void): Checkout {
  const commit = run(ROOT, 'git', 'rev-parse', '--short', `${ref}^{commit}`).trim()
  const folder = join(ROOT, '.cache', 'versions', commit)
  if (!existsSync(folder)) {
    say(`Checking out ${commit}, and building it…`)
    const partial = `${folder}.partial`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true })
    const archive = `${partial}.tar`
    run(ROOT, 'git', 'archive', '--output', archive, commit)
    run(partial, 'tar', '-xf', archive)
    rmSync(archive)
    install(partial)
    // The kernel and the console.
    run(partial, process.execPath, join('deploy', 'local', 'setup.mjs'))
    renameSync(partial, folder)
  }
  const schema: unknown = JSON.parse(readFileSync(join(folder, 'config', 'hashwarden.schema.json'), 'utf8'))
  return {
    commit,
    main: join(folder, 'src', 'cli', 'main.ts'),
    known: (settings) => Object(knownBy(schema, settings)) as object,
  }
}

/** The packages of this version, if the lock file is the same; otherwise its own. */
function install(folder: string): void {
  const [theirs, ours] = [folder, ROOT].map((root) => readFileSync(join(root, 'package-lock.json'), 'utf8'))
  if (theirs === ours) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  else run(folder, 'npm', 'ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error')
}

/** A value without the fields that a JSON Schema does not name. */
function knownBy(schema: unknown, value: unknown): unknown {
  const fields: unknown = Reflect.get(Object(schema), 'properties')
  if (fields === undefined || value === null || typeof value !== 'object' || Array.isArray(value))
    return value
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(Object(fields), name))
  return Object.fromEntries(
    known.map(([name, field]) => [name, knownBy(Reflect.get(Object(fields), name), field)]),
  )
}

const run = (cwd: string, command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
