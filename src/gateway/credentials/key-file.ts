// API keys from a file of their digests, for deployments that manage keys by files. A line is a key:
// `<id> <platform> sha256:<64 hexadecimal digits>`; blank lines, and those that begin with #, are left out.
import { timingSafeEqual } from 'node:crypto'
import { statSync } from 'node:fs'
import { platformProblem } from '../../contract/reporting-platform.ts'
import { readSecretFile } from '../../secrets/secret.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import type { Caller, CredentialRefusal, Credentials, Presented } from './credentials.ts'
import { presentedKey } from './presented-key.ts'

const MAX_BYTES = 1024 * 1024
/** How often the file is looked at, in milliseconds: a key that is taken out of it stops working within this time. */
const LOOK_MS = 1_000
const LINE = /^([a-z0-9]{8})\s+(\S+)\s+sha256:([0-9a-f]{64})$/
/** Nothing has this digest. A key of an unknown id is compared with it. */
const NO_DIGEST = Buffer.alloc(32)

/** A file of keys that can't be used. The message names the line, never its content. */
class KeyFileError extends Error {
  readonly code = 'KEY_FILE'
  override readonly name = 'KeyFileError'
}

interface KnownKey {
  readonly platform: string
  readonly digest: Buffer
}

type KnownKeys = ReadonlyMap<string, KnownKey>

/** The line of a key, to keep in the file. */
export const keyLine = (id: string, platform: string, digest: Buffer): string =>
  `${id} ${platform} sha256:${digest.toString('hex')}`

export class KeyFile implements Credentials {
  readonly #file: string
  readonly #unreadable: StateLog
  readonly #timer: NodeJS.Timeout
  #keys: KnownKeys
  #seen: string

  /** @throws SecretError, KeyFileError */
  constructor(file: string, logger: Logger) {
    this.#file = file
    this.#unreadable = new StateLog({
      logger,
      level: 'error',
      begins: 'The file of keys can’t be read: those that were read before are still valid',
      ends: 'The file of keys can be read again',
    })
    this.#seen = stamp(file)
    this.#keys = readKeys(file)
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  get size(): number {
    return this.#keys.size
  }

  /** A key of an unknown id takes the same work as a known one, and gets the same answer. */
  authenticate({ headers }: Presented): Caller | CredentialRefusal {
    const given = presentedKey(headers)
    if (given === undefined) return 'not-permitted'
    const known = this.#keys.get(given.id)
    const isRight = timingSafeEqual(known?.digest ?? NO_DIGEST, given.digest)
    return known !== undefined && isRight
      ? { platform: known.platform, credential: given.id }
      : 'not-permitted'
  }

  /** Looks whether the file has changed. */
  look(): void {
    try {
      const now = stamp(this.#file)
      if (now !== this.#seen) {
        this.#keys = readKeys(this.#file)
        this.#seen = now
      }
      this.#unreadable.leave('keys')
    } catch (error) {
      this.#unreadable.enter('keys', error instanceof KeyFileError ? error.message : errorSummary(error))
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Another one after every change of the file. */
function stamp(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? {}
  return `${ino} ${size} ${mtimeNs}`
}

function readKeys(file: string): KnownKeys {
  const bytes = readSecretFile(file, 'The file of gateway.credentials.keysFile', MAX_BYTES)
  if (bytes.length === MAX_BYTES)
    throw new KeyFileError(`${file} is larger than a megabyte: it is no file of keys`)
  const keys = new Map<string, KnownKey>()
  for (const [at, line] of bytes.toString('utf8').split(/\r?\n/).entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const [, id, platform, hex] = LINE.exec(text) ?? []
    const problem = problemOf(id, platform, keys)
    if (problem !== undefined) throw new KeyFileError(`${file}, line ${at + 1}: ${problem}`)
    keys.set(id, { platform, digest: Buffer.from(hex, 'hex') })
  }
  return keys
}

function problemOf(id: string | undefined, platform: string, keys: KnownKeys): string | undefined {
  if (id === undefined)
    return 'expected `id platform sha256:…`, as `hashwarden gateway keys create PLATFORM --line` prints it'
  return platformProblem(platform ?? '') ?? (keys.has(id) ? 'another key has the same id' : undefined)
}
