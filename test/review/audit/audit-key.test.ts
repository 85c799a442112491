// The key of the audit: open to its owner only, made once for a local demonstration, never shown.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { auditKey, auditVerifiers } from '../../../src/review/audit/audit-key.ts'
import { printVerifier, verifierOf } from '../../../src/review/audit/signed-note.ts'

const origin = 'hashwarden.test'

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-key-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a local demonstration makes one key, for its owner only, and finds it again', () => {
  const folder = emptyFolder()
  const first = auditKey({ origin }, folder)
  const again = auditKey({ origin }, folder)
  expect(first && again && createPublicKey(first).equals(createPublicKey(again))).toBe(true)
  expect(readdirSync(folder)).toEqual(['audit-key.pem'])
  expect(statSync(join(folder, 'audit-key.pem')).mode & 0o777).toBe(0o600)
  expect(() => auditKey({ origin }, undefined)).toThrow('review.audit.keyFile')
})

test('a key file that others may read, or that holds no Ed25519 key, is refused in words that quote nothing of it', () => {
  const folder = emptyFolder()
  const keyFile = join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const key = auditKey({ origin, keyFile }, folder)
  expect(key && createPublicKey(key).equals(createPublicKey(privateKey))).toBe(true)
  chmodSync(keyFile, 0o644)
  expect(() => auditKey({ origin, keyFile }, folder)).toThrow('chmod 600')
  for (const content of [
    'not-a-key-at-all',
    generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }),
  ]) {
    const other = join(folder, 'other.pem')
    writeFileSync(other, content, { mode: 0o600 })
    const reading = (): unknown => auditKey({ origin, keyFile: other }, folder)
    expect(reading).toThrow('openssl genpkey -algorithm ed25519')
    expect(reading).not.toThrow('not-a-key-at-all')
  }
  expect(() => auditKey({ origin, keyFile: join(folder, 'missing') }, folder)).toThrow('missing')
})

test('checkpoints are verified by the present key and by those that the settings name', () => {
  const present = generateKeyPairSync('ed25519').privateKey
  const former = verifierOf({ name: origin, privateKey: generateKeyPairSync('ed25519').privateKey })
  const verifiers = auditVerifiers({ origin, verifierKeys: [printVerifier(former)] }, present)
  expect(verifiers.map(printVerifier)).toEqual([
    printVerifier(verifierOf({ name: origin, privateKey: present })),
    printVerifier(former),
  ])
  expect(auditVerifiers({ origin }, undefined)).toEqual([])
  expect(() => auditVerifiers({ origin, verifierKeys: ['nonsense'] }, present)).toThrow('name+id+key')
})
