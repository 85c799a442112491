// What a person reads when Kafka can't be used: against real TLS servers that are wrong in one way each. (That brokers
// behave alike is shown by test/integration/security.test.ts.)
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer as createPlainServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { SecretError } from '../../../src/secrets/secret.ts'
import { AccessRefusedError, LogUnreachableError } from '../../../src/log/log-faults.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import type { TlsFiles } from '../../../src/kafka/security/kafka-connection.ts'
import { TlsFileError } from '../../../src/kafka/security/sockets.ts'
import { Authority } from './certificates.ts'

const authority = new Authority('authority of the tests')
const right = authority.issue({ name: 'broker', hosts: ['127.0.0.1', 'localhost'] })
const stranger = new Authority('another authority')

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'hashwarden-tls-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function fileOf(text: string, mode = 0o600): string {
  const file = join(folder(), 'file.pem')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

/** A server that closes every connection once it is spoken to: by TLS, or without options at the first byte. */
async function listening(options?: TlsOptions): Promise<number> {
  const server: Server = options
    ? createServer(options, (socket) => {
        socket.on('error', () => {}).once('data', () => socket.destroy())
      })
    : createPlainServer((socket) => {
        socket.on('error', () => {}).once('data', () => socket.destroy())
      })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

function logOn(port: number, tls?: TlsFiles): KafkaLog {
  const log = new KafkaLog({ brokers: [`127.0.0.1:${port}`], clientId: 'test', ...(tls && { tls }) })
  onTestFinished(() => log.close())
  return log
}

const complaint = (port: number, tls?: TlsFiles): Promise<Error> => complaintOf(logOn(port, tls))

async function complaintOf(log: KafkaLog): Promise<Error> {
  try {
    await log.describe(['reports'])
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('It was accepted.')
}

const serverOf = ({ certificate, key }: { certificate: string; key: string }): TlsOptions => ({
  cert: certificate,
  key,
})

test.each<[string, TlsOptions, RegExp]>([
  [
    'of an unknown authority',
    serverOf(stranger.issue({ name: 'broker', hosts: ['127.0.0.1'] })),
    /isn't trusted here.*kafka\.tls\.ca/,
  ],
  [
    'that has expired',
    serverOf(authority.issue({ name: 'broker', hosts: ['127.0.0.1'], validDays: [-9, -2] })),
    /has expired: renew it/,
  ],
  [
    'of tomorrow',
    serverOf(authority.issue({ name: 'broker', hosts: ['127.0.0.1'], validDays: [1, 9] })),
    /isn't valid yet.*clocks/,
  ],
  [
    'of another host',
    serverOf(authority.issue({ name: 'broker', hosts: ['kafka.example'] })),
    /another name.*kafka\.tls\.servername/,
  ],
])('a broker with a certificate %s is refused in one line', async (_, server, expected) => {
  const port = await listening(server)
  const error = await complaint(port, { ca: fileOf(authority.certificate) })
  expect(error).toBeInstanceOf(AccessRefusedError)
  expect(error.message).toContain(`127.0.0.1:${port}`)
  expect(error.message).toMatch(expected)
  expect(error.message).not.toContain('\n')
})

test.each<[string, { readonly certificate: string; readonly key: string } | undefined, RegExp]>([
  ['no certificate', undefined, /client certificate.*kafka\.tls\.certificate/],
  ['one of another authority', stranger.issue({ name: 'matcher' }), /not trust the certificate .*file\.pem/],
])('a broker that wants our certificate and gets %s says so', async (_, own, expected) => {
  const port = await listening({
    ...serverOf(right),
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  })
  const ours = own && { certificate: fileOf(own.certificate), key: fileOf(own.key) }
  const error = await complaint(port, { ca: fileOf(authority.certificate), ...ours })
  expect(error.message).toMatch(expected)
})

test('a port that does not speak TLS, and one that does, are told apart from a broker that is away', async () => {
  const closing = await listening()
  const secure = await complaint(closing, { ca: fileOf(authority.certificate) })
  expect(secure).toBeInstanceOf(LogUnreachableError)
  expect(secure.message).toMatch(/this port does not speak TLS/)
  const plain = await complaint(closing)
  expect(plain).toBeInstanceOf(LogUnreachableError)
  expect(plain.message).toMatch(/asks for TLS \(kafka\.tls\), or a sign-in \(kafka\.sasl\)/)
})

test('an authority that is put into its file later is trusted without a restart', async () => {
  const port = await listening(serverOf(right))
  const ca = fileOf(stranger.certificate)
  const log = logOn(port, { ca })
  expect(await complaintOf(log)).toBeInstanceOf(AccessRefusedError)
  writeFileSync(ca, authority.certificate)
  // It is spoken to now, and closes the connection.
  expect(await complaintOf(log)).toBeInstanceOf(LogUnreachableError)
})

test.each<[string, () => TlsFiles, RegExp, new (message: string) => Error]>([
  [
    'an authority file that is not there',
    () => ({ ca: '/nowhere/ca.pem' }),
    /kafka\.tls\.ca \/nowhere\/ca\.pem.*ENOENT/,
    TlsFileError,
  ],
  [
    'an authority file without a certificate',
    () => ({ ca: fileOf('nothing') }),
    /holds no certificate/,
    TlsFileError,
  ],
  [
    'a key that others may read',
    () => ({ certificate: fileOf(right.certificate), key: fileOf(right.key, 0o644) }),
    /open to others \(mode 0644\): run chmod 600/,
    SecretError,
  ],
  [
    'the key of another certificate',
    () => ({ certificate: fileOf(right.certificate), key: fileOf(stranger.issue({ name: 'x' }).key) }),
    /belongs to kafka\.tls\.certificate/,
    TlsFileError,
  ],
  [
    'a certificate of our own that has expired',
    () => {
      const old = authority.issue({ name: 'matcher', validDays: [-9, -2] })
      return { certificate: fileOf(old.certificate), key: fileOf(old.key) }
    },
    /kafka\.tls\.certificate .* expired on .*: renew it/,
    TlsFileError,
  ],
])('%s is found before anything is connected', (_, files, expected, kind) => {
  const open = (): KafkaLog => new KafkaLog({ brokers: ['127.0.0.1:1'], clientId: 'test', tls: files() })
  expect(open).toThrow(kind)
  expect(open).toThrow(expected)
})
