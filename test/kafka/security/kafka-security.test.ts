// What settings of TLS and SASL become, and that no secret is kept.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkSecurity, kafkaSecurity } from '../../../src/kafka/security/kafka-security.ts'
import type { SaslIdentity } from '../../../src/kafka/security/kafka-connection.ts'
import { SecretError } from '../../../src/secrets/secret.ts'

const connection = { brokers: ['127.0.0.1:9092'], clientId: 'test' }

function secretFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-security-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, content)
  chmodSync(file, 0o600)
  return file
}

test('without TLS and SASL a connection has a socket and nothing else', () => {
  expect(Object.keys(kafkaSecurity(connection))).toEqual(['socketFactory'])
})

test('TLS takes sockets of its own, with and without a sign-in', () => {
  expect(kafkaSecurity({ ...connection, tls: {} })).toMatchObject({ ssl: true })
  expect(kafkaSecurity({ ...connection, tls: {} }).socketFactory).not.toBe(
    kafkaSecurity(connection).socketFactory,
  )
})

test('a password is read from its file at every sign-in, and is in no printed configuration', () => {
  const file = secretFile('first')
  const { sasl } = kafkaSecurity({
    ...connection,
    sasl: { mechanism: 'scram-sha-512', username: 'reader', password: { file } },
  })
  expect(sasl).toMatchObject({ mechanism: 'scram-sha-512', username: 'reader', password: 'first' })
  expect(inspect(sasl)).not.toContain('first')
  writeFileSync(file, 'second')
  expect(sasl).toMatchObject({ password: 'second' })
})

test('bearer tokens take the mechanism that notices a refusal', () => {
  const { sasl } = kafkaSecurity({
    ...connection,
    sasl: { mechanism: 'oauthbearer', token: { file: secretFile('token') } },
  })
  expect(sasl).toHaveProperty('authenticationProvider')
})

const missing = { file: '/does/not/exist' }
test.each<[string, SaslIdentity]>([
  ['kafka.sasl.password', { mechanism: 'plain', username: 'reader', password: missing }],
  ['kafka.sasl.token', { mechanism: 'oauthbearer', token: missing }],
  [
    'kafka.sasl.tokenEndpoint.clientSecret',
    {
      mechanism: 'oauthbearer',
      tokenEndpoint: { url: 'https://example.org/token', clientId: 'reader', clientSecret: missing },
    },
  ],
])(
  'a missing secret of %s shows before the first connection, and the error names the setting',
  (setting, sasl) => {
    expect(() => checkSecurity({ ...connection, sasl })).toThrow(SecretError)
    expect(() => checkSecurity({ ...connection, sasl })).toThrow(setting)
  },
)

test('secrets that can be read pass the check', () => {
  const password = { file: secretFile('secret') }
  expect(() => checkSecurity(connection)).not.toThrow()
  expect(() =>
    checkSecurity({ ...connection, sasl: { mechanism: 'plain', username: 'reader', password } }),
  ).not.toThrow()
})
