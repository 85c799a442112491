// Which client a request is from: HTTP basic, because that is what readers of this kind of API speak.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readSecret, SecretError } from '../../secrets/secret.ts'
import type { SharingClient } from '../../settings/sharing-settings.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { ShareRefusal } from '../../telemetry/share-metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'

const HASH = /^sha256:([0-9a-f]{64})$/
/** Nothing has this hash. The password of a client whose hashes can't be read is compared with it. */
const NO_HASH = Buffer.alloc(32)

/** A client whose password can't be checked. The message names the setting, never the content. */
class PasswordHashError extends Error {
  readonly code = 'PASSWORD_HASH'
  override readonly name = 'PasswordHashError'
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

/** A password of 256 random bits, and what the server keeps of it. (Such a one needs no slow hash: it can't be guessed.) */
export function newPassword(): { readonly password: string; readonly passwordHash: string } {
  const password = `hwshare-${randomBytes(32).toString('base64url')}`
  return { password, passwordHash: `sha256:${sha256(password).toString('hex')}` }
}

/** The hashes that a client may sign in by. @throws SecretError, PasswordHashError */
export function passwordHashes({ name, passwordHash }: SharingClient): readonly Buffer[] {
  const setting = `sharing.clients[${name}].passwordHash`
  return readSecret(passwordHash, setting)
    .split(/\r?\n/)
    .map((line) => {
      const [, hex] = HASH.exec(line.trim()) ?? []
      if (hex === undefined)
        throw new PasswordHashError(
          `${setting} is not the hash of a password: put a line there that \`hashwarden hashset serve --new-password\` prints (sha256: and 64 hexadecimal digits)`,
        )
      return Buffer.from(hex, 'hex')
    })
}

/** Who a request is from: a client that has proved it, or why not, with the client that it names if we have one of this name. */
type SignedIn<C> =
  | { readonly client: C; readonly refused?: undefined }
  | { readonly named?: C | undefined; readonly refused: ShareRefusal }

/** Tells which client a request is from. Hashes are read each time, so that a new file counts at once. */
export class SignIn<C extends SharingClient> {
  readonly #clients: readonly C[]
  readonly #unreadable: StateLog

  constructor(clients: readonly C[], logger: Logger) {
    this.#clients = clients
    this.#unreadable = new StateLog({
      logger,
      level: 'error',
      begins: 'The password hash of a client can’t be read: it is refused until it can',
      ends: 'The password hashes of all clients can be read again',
    })
  }

  /**
   * What this header names and proves. An unknown name takes the same work as a known one, and has to get the same answer: the
   * time of a refusal doesn't tell who our clients are.
   */
  signIn(authorization: string | undefined): SignedIn<C> {
    const credentials = credentialsOf(authorization)
    if (credentials === undefined) return { refused: 'unknown-client' }
    const client = this.#clients.find(({ name }) => name === credentials.name)
    const given = sha256(credentials.password)
    const hashes = this.#hashesOf(client ?? this.#clients[0])
    const isRight = (hashes ?? [NO_HASH]).map((hash) => timingSafeEqual(hash, given)).includes(true)
    if (client === undefined) return { refused: 'unknown-client' }
    if (hashes === undefined) return { named: client, refused: 'password-file' }
    return isRight ? { client } : { named: client, refused: 'wrong-password' }
  }

  /** Undefined: they can't be read. */
  #hashesOf(client: C | undefined): readonly Buffer[] | undefined {
    if (client === undefined) return undefined
    try {
      const hashes = passwordHashes(client)
      this.#unreadable.leave(client.name)
      return hashes
    } catch (error) {
      this.#unreadable.enter(
        client.name,
        error instanceof SecretError || error instanceof PasswordHashError
          ? error.message
          : errorSummary(error),
      )
      return undefined
    }
  }
}

function credentialsOf(
  authorization: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  // The password may hold colons, the name can't.
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
