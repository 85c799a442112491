// The key that signs the audit's checkpoints: an Ed25519 key in a PEM file that its owner alone may open.
import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSecretFile, SecretError } from '../../secrets/secret.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { parseVerifier, verifierOf, type NoteVerifier } from './signed-note.ts'

const LOCAL_KEY = 'audit-key.pem'

type AuditSettings = ReviewSettings['audit']

/** The settings name no key that is needed. The message says what to do. */
export class NoAuditKeyError extends Error {
  readonly code = 'NO_AUDIT_KEY'
  override readonly name = 'NoAuditKeyError'
}

/**
 * The key that signs checkpoints.
 * @throws NoAuditKeyError unless the settings name a key, or this is a local demonstration
 * @throws SecretError
 */
export function auditKey(settings: AuditSettings, localFolder: string | undefined): KeyObject {
  const key = auditKeyIfAny(settings, localFolder)
  if (key) return key
  throw new NoAuditKeyError(
    'Nothing signs the audit: name the file of an Ed25519 key in review.audit.keyFile (openssl genpkey -algorithm ed25519 makes one)',
  )
}

/**
 * The key of the settings; without one, that of the local demonstration, if this is one.
 * @throws SecretError
 */
export function auditKeyIfAny(
  { keyFile }: AuditSettings,
  localFolder: string | undefined,
): KeyObject | undefined {
  if (keyFile !== undefined) return readAuditKey(keyFile)
  return localFolder === undefined ? undefined : localAuditKey(localFolder)
}

/**
 * The keys that checkpoints may be signed by: the present one, and those that the settings name.
 * @throws VerifierKeyError
 */
export const auditVerifiers = (
  { origin, verifierKeys = [] }: AuditSettings,
  key: KeyObject | undefined,
): readonly NoteVerifier[] => [
  ...(key ? [verifierOf({ name: origin, privateKey: key })] : []),
  ...verifierKeys.map(parseVerifier),
]

/** @throws SecretError The message says what to do. */
function readAuditKey(file: string): KeyObject {
  const pem = readSecretFile(file, 'The key file of review.audit.keyFile')
  const key = privateKeyOf(pem)
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw new SecretError(
    `The key file of review.audit.keyFile ${file} holds no Ed25519 private key in PEM (PKCS #8): make one by openssl genpkey -algorithm ed25519`,
  )
}

function privateKeyOf(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    // The parser's own message may quote the file.
    return undefined
  }
}

/** The key of a local demonstration, in this folder; made by the first one that asks. */
function localAuditKey(folder: string): KeyObject {
  const file = join(folder, LOCAL_KEY)
  const { privateKey } = generateKeyPairSync('ed25519')
  const own = `${file}.${randomUUID()}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(own, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  try {
    // Of several processes one makes it, and it is whole from the first moment.
    linkSync(own, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(own)
  }
  return readAuditKey(file)
}
