// Which client a request is from: HTTP basic, because that is what readers of this kind of API speak.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readSecret } from '../../secrets/secret.ts'
import type { SharingClient } from '../../settings/sharing-settings.ts'

const HASH = /^sha256:([0-9a-f]{64})$/
/** Nothing has this hash, and an unknown client is compared with it, so that its answer takes as long. */
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

/** The client that this header of a request names and proves, or undefined. Hashes are read each time, so a new file counts at once. */
export function clientOf<C extends SharingClient>(
  clients: readonly C[],
  authorization: string | undefined,
): C | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  // The password may hold colons, the name can't.
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  const client = clients.find(({ name }) => name === text.slice(0, colon))
  const given = sha256(text.slice(colon + 1))
  const hashes = client === undefined ? [NO_HASH] : passwordHashes(client)
  const isRight = hashes.map((hash) => timingSafeEqual(hash, given)).includes(true)
  return isRight && client !== undefined ? client : undefined
}
