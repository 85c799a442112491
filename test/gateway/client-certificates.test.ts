// Client certificates as credentials of the gateway, over both versions of HTTP.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import { Authority, type Identity } from '../kafka/security/certificates.ts'
import { reportOf, secretFile, startGateway } from './gateway-in-memory.ts'

const authority = new Authority('tests')
const clients = new Authority('clients')
const own = clients.issue({ name: 'a client' })
const next = clients.issue({ name: 'the next one' })
const unknown = clients.issue({ name: 'a client' })
const expired = clients.issue({ name: 'a client', validDays: [-10, -1] })
const foreign = new Authority('clients').issue({ name: 'a client' })
const fingerprintOf = ({ certificate }: Identity) => new X509Certificate(certificate).fingerprint256

function start() {
  const { certificate, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  const plain = fingerprintOf(next).replaceAll(':', '').toLowerCase()
  const fingerprints = [fingerprintOf(own), plain, fingerprintOf(expired), fingerprintOf(foreign)]
  return startGateway({
    platforms: ['example', 'other'],
    settings: {
      tls: { certificate: secretFile(certificate), key: secretFile(key) },
      credentials: {
        certificates: {
          ca: secretFile(clients.certificate),
          platforms: fingerprints.map((fingerprint) => ({ fingerprint, platform: 'example' })),
        },
      },
    },
  })
}

type Post = (url: string, identity: Identity | undefined, key?: string) => Promise<number>

const tlsOf = (identity: Identity | undefined) => ({
  ca: authority.certificate,
  ...(identity && { cert: identity.certificate, key: identity.key }),
})
const headersOf = (key: string | undefined) => ({
  'content-type': 'application/json',
  ...(key !== undefined && { 'x-api-key': key }),
})

const byHttp1: Post = async (url, identity, key) => {
  const asked = request(`${url}/v1/reports`, {
    method: 'POST',
    agent: false,
    ...tlsOf(identity),
    headers: headersOf(key),
  })
  asked.end(JSON.stringify(reportOf('a')))
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}

const byHttp2: Post = async (url, identity, key) => {
  const session = connect(url, tlsOf(identity))
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/v1/reports', ...headersOf(key) })
  stream.end(JSON.stringify(reportOf('a')))
  const [answer] = await once(stream, 'response')
  stream.resume()
  return Number(answer[':status'])
}

for (const [version, post] of [
  ['HTTP/1.1', byHttp1],
  ['HTTP/2', byHttp2],
] as const)
  test(`over ${version} a certificate that the settings name lets its platform report, and no other certificate does`, async () => {
    const { url, keyOf, written } = await start()
    expect(await post(url, own)).toBe(202)
    expect((await written()).map(({ value }) => value['platform'])).toEqual(['example'])
    expect(await post(url, next)).toBe(202)
    for (const identity of [unknown, expired, foreign, undefined]) expect(await post(url, identity)).toBe(401)
    for (const identity of [undefined, unknown, expired, foreign, own])
      expect(await post(url, identity, keyOf('example'))).toBe(202)
    expect(await post(url, own, keyOf('other'))).toBe(401)
    expect(await post(url, own, 'hw_wrong')).toBe(401)
  })

test('certificates without TLS are refused at the start', async () => {
  const certificates = {
    ca: '/nowhere.pem',
    platforms: [{ fingerprint: fingerprintOf(own), platform: 'example' }],
  }
  await expect(startGateway({ settings: { credentials: { certificates } } })).rejects.toThrow(
    'needs gateway.tls',
  )
})
