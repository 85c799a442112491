// API keys as text: `hw_<id>_<secret>_<checksum>`. The prefix and the checksum let scanners find keys that somebody has put
// where they don't belong. The gateway's side keeps the SHA-256 of the text alone.
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The secret is the base64url of 32 bytes; the checksum that of the CRC-32 of all before it. */
const KEY = /^(hw_([a-z0-9]{8})_[A-Za-z0-9_-]{43})_([A-Za-z0-9_-]{6})$/
const ID_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export interface GivenKey {
  readonly id: string
  /** SHA-256 of the key's text. */
  readonly digest: Buffer
}

/** A key of 256 random bits. Such a one needs no slow hash: it can't be guessed. */
export function newKey(): { readonly key: string; readonly id: string; readonly digest: Buffer } {
  const id = [...randomBytes(ID_LENGTH)].map((byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('')
  const body = `hw_${id}_${randomBytes(32).toString('base64url')}`
  const key = `${body}_${checksumOf(body)}`
  return { key, id, digest: digestOf(key) }
}

/** What a text says as a key; undefined if it is none, or was mistyped. */
export function readKey(text: string): GivenKey | undefined {
  const [, body, id, checksum] = KEY.exec(text) ?? []
  if (body === undefined || checksum !== checksumOf(body)) return undefined
  return { id, digest: digestOf(text) }
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64url')
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
