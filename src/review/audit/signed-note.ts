// Signed notes, as C2SP (c2sp.org/signed-note) and Go's sumdb/note have them: a text, and lines with signatures under it.
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { isUtf8 } from 'node:buffer'

/** The signature type of Ed25519 in the specification. */
const ED25519 = 1
const KEY_BYTES = 32
const KEY_ID_BYTES = 4
const NOTE_MAX_BYTES = 1_000_000
const MOST_SIGNATURES = 100
const SIGNATURE_LINE = '— '

/** A key that signs notes, and the name that it signs under. */
export interface NoteSigner {
  readonly name: string
  /** Ed25519. */
  readonly privateKey: KeyObject
}

/** A key that verifies notes. */
export interface NoteVerifier {
  readonly name: string
  /** Ed25519. */
  readonly publicKey: KeyObject
}

/** A verifier key that can't be read. The message says why. */
class VerifierKeyError extends Error {
  readonly code = 'VERIFIER_KEY'
  override readonly name = 'VerifierKeyError'
}

/** No white space of Unicode and no plus sign: both separate the parts of keys and signatures. */
const isName = (name: string): boolean => /^[^\p{White_Space}+]+$/u.test(name) && name.isWellFormed()

export const verifierOf = ({ name, privateKey }: NoteSigner): NoteVerifier => ({
  name,
  publicKey: createPublicKey(privateKey),
})

/** The type of the signature, then the 32 bytes of the public key. */
function encodedKey({ publicKey }: NoteVerifier): Buffer {
  const { x } = publicKey.export({ format: 'jwk' })
  if (publicKey.asymmetricKeyType !== 'ed25519' || x === undefined)
    throw new VerifierKeyError('The key is not Ed25519')
  return Buffer.concat([Buffer.of(ED25519), Buffer.from(x, 'base64url')])
}

/** Four bytes that tell the keys of one name apart. */
const keyId = (verifier: NoteVerifier): Buffer =>
  createHash('sha256')
    .update(`${verifier.name}\n`)
    .update(encodedKey(verifier))
    .digest()
    .subarray(0, KEY_ID_BYTES)

/** `name+id+key`, as tools for signed notes take it. */
export const printVerifier = (verifier: NoteVerifier): string =>
  [verifier.name, keyId(verifier).toString('hex'), encodedKey(verifier).toString('base64')].join('+')

/** Reads `name+id+key`. @throws VerifierKeyError */
export function parseVerifier(text: string): NoteVerifier {
  // The key, in base64, may have plus signs itself.
  const [, name, id, key] = /^([^+]*)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = Buffer.from(key ?? '', 'base64')
  if (name === undefined || !isName(name) || bytes.length !== 1 + KEY_BYTES || bytes[0] !== ED25519)
    throw new VerifierKeyError('A verifier key reads name+id+key, with an Ed25519 key: copy all of it')
  const x = bytes.subarray(1).toString('base64url')
  const verifier = {
    name,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  }
  if (keyId(verifier).toString('hex') !== id)
    throw new VerifierKeyError(
      `The verifier key of ${name} is damaged: its id belongs to another key or name`,
    )
  return verifier
}

/** Signs a text, which ends with a line feed. Equal texts make equal notes. */
export function signNote(text: string, signer: NoteSigner): string {
  if (!isName(signer.name))
    throw new VerifierKeyError('The name of a key has neither white space nor a plus sign')
  if (!text.endsWith('\n') || !isNoteText(text))
    throw new TypeError('The text of a note consists of whole lines')
  const signature = Buffer.concat([
    keyId(verifierOf(signer)),
    sign(null, Buffer.from(text), signer.privateKey),
  ])
  return `${text}\n${SIGNATURE_LINE}${signer.name} ${signature.toString('base64')}\n`
}

/** A note by its parts. Nothing is verified. */
export interface ParsedNote {
  readonly text: string
  readonly signatures: readonly {
    readonly name: string
    readonly keyId: Buffer
    readonly signature: Buffer
  }[]
}

/** Undefined: it is no note. */
export function parseNote(bytes: Uint8Array): ParsedNote | undefined {
  if (bytes.length > NOTE_MAX_BYTES || !isUtf8(bytes)) return undefined
  const note = Buffer.from(bytes).toString('utf8')
  const end = note.lastIndexOf('\n\n')
  if (!isNoteText(note) || end === -1 || !note.endsWith('\n')) return undefined
  const lines = note.slice(end + 2, -1).split('\n')
  const signatures = lines.map(parseSignature).filter((signature) => signature !== undefined)
  if (signatures.length !== lines.length || lines.length > MOST_SIGNATURES) return undefined
  return { text: note.slice(0, end + 1), signatures }
}

function parseSignature(line: string): ParsedNote['signatures'][number] | undefined {
  const [, name, base64] = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
  if (name === undefined || base64 === undefined || !isName(name)) return undefined
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== base64) return undefined
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) }
}

/** No control characters but the line feed. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const isNoteText = (text: string): boolean => !/[\u0000-\u0009\u000b-\u001f]/.test(text)

/**
 * Whether one of these keys has signed the note. A signature under the name and id of one of them that is wrong spoils the
 * note; those of other keys say nothing.
 */
export function isSignedBy({ text, signatures }: ParsedNote, verifiers: readonly NoteVerifier[]): boolean {
  const known = signatures.flatMap((one) => {
    const verifier = verifiers.find((other) => other.name === one.name && keyId(other).equals(one.keyId))
    return verifier ? [{ verifier, signature: one.signature }] : []
  })
  const bytes = Buffer.from(text)
  return (
    known.length > 0 &&
    known.every(({ verifier, signature }) => verify(null, bytes, verifier.publicKey, signature))
  )
}
