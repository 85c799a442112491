import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readEnvironmentSecret, readSecret, SecretError } from '../../src/secrets/secret.ts'

function secretFile(content: string, mode = 0o600): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}

test.each([
  ['hunter2', 'hunter2'],
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  [' with blanks \n\n', ' with blanks \n'],
])('of a file with %j the secret is %j', (content, secret) => {
  expect(readSecret({ file: secretFile(content) }, 'kafka.sasl.password')).toBe(secret)
})

test('of a variable it is the text', () => {
  vi.stubEnv('HASHWARDEN_TEST_SECRET', 'hunter2')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(readSecret({ variable: 'HASHWARDEN_TEST_SECRET' }, 'kafka.sasl.password')).toBe('hunter2')
})

test.each([
  [
    'an empty file',
    () => ({ file: secretFile('\n') }),
    /kafka\.sasl\.password is empty: put it into the file /,
  ],
  [
    'a file that is not there',
    () => ({ file: '/nowhere/secret' }),
    /kafka\.sasl\.password \/nowhere\/secret: ENOENT/,
  ],
  [
    'a file that others may read',
    () => ({ file: secretFile('hunter2', 0o644) }),
    /mode 0644\): run chmod 600/,
  ],
  [
    'a variable that is not set',
    () => ({ variable: 'HASHWARDEN_NOT_SET' }),
    /put it into the environment variable HASHWARDEN_NOT_SET/,
  ],
])('%s is refused by its place, without a word of what it holds', (_, place, expected) => {
  const read = (): string => readSecret(place(), 'kafka.sasl.password')
  expect(read).toThrow(SecretError)
  expect(read).toThrow(expected)
  expect(read).not.toThrow(/hunter2/)
})

test('a secret of the environment is in a variable, or in the file that another one names', () => {
  const file = secretFile('postgres://of-a-file\n')
  expect(readEnvironmentSecret('DATABASE_URL', { DATABASE_URL: 'postgres://plain' })).toBe('postgres://plain')
  expect(readEnvironmentSecret('DATABASE_URL', { DATABASE_URL_FILE: file })).toBe('postgres://of-a-file')
  expect(readEnvironmentSecret('DATABASE_URL', { DATABASE_URL: '', DATABASE_URL_FILE: '' })).toBeUndefined()
})

test('a secret of the environment that is there twice, or whose file others may read, is refused by its name', () => {
  const both = { DATABASE_URL: 'postgres://plain', DATABASE_URL_FILE: secretFile('postgres://of-a-file') }
  expect(() => readEnvironmentSecret('DATABASE_URL', both)).toThrow(
    new SecretError('Both DATABASE_URL and DATABASE_URL_FILE are set: keep one of them'),
  )
  const open = { DATABASE_URL_FILE: secretFile('postgres://of-a-file', 0o604) }
  expect(() => readEnvironmentSecret('DATABASE_URL', open)).toThrow(
    /file of DATABASE_URL .* is open to others/,
  )
})
