// The gateway over TLS: both versions of HTTP, certificates that are renewed, clients that hold connections open.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { request } from 'node:https'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { Certificate } from '../../src/http/certificate.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { eventually } from '../fixtures/eventually.ts'
import { reportOf, secretFile, startGateway, type GatewayChanges } from './gateway-in-memory.ts'
import { HeldLog } from './held-log.ts'
import { closedBy, openRaw } from './raw-requests.ts'

const authority = new Authority('tests')

function tlsFiles() {
  const { certificate, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  return { certificate: secretFile(certificate), key: secretFile(key) }
}

const startSecure = (changes: GatewayChanges = {}) =>
  startGateway({ ...changes, settings: { tls: tlsFiles(), ...changes.settings } })

function openSession(url: string): ClientHttp2Session {
  const session = connect(url, { ca: authority.certificate })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

async function post(
  session: ClientHttp2Session,
  key: string,
  body: string | undefined,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/reports',
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    ...headers,
  })
  const answered = once(stream, 'response')
  if (body !== undefined) stream.end(body)
  const [answer]: IncomingHttpHeaders[] = await answered
  return { status: Number(answer[':status']), headers: answer, text: (await buffer(stream)).toString() }
}

describe('over TLS', () => {
  test('a client that speaks HTTP/2 gets it, and reports by it', async () => {
    const { url, keyOf, written } = await startSecure()
    expect(url).toMatch(/^https:/)
    const session = openSession(url)
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((id) => post(session, keyOf('example'), JSON.stringify(reportOf(id)))),
    )
    expect(session.alpnProtocol).toBe('h2')
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    expect(JSON.parse(answers[0].text)).toEqual({ accepted: 1, repeated: 0 })
    expect(await written()).toHaveLength(3)
  })

  test('a client that speaks HTTP/1.1 is served, too', async () => {
    const { url, keyOf, written } = await startSecure()
    const asked = request(`${url}/v1/reports`, {
      method: 'POST',
      ca: authority.certificate,
      headers: { 'x-api-key': keyOf('example'), 'content-type': 'application/json' },
    })
    asked.end(JSON.stringify(reportOf('a')))
    const [answer] = await once(asked, 'response')
    expect(answer.statusCode).toBe(202)
    answer.resume()
    expect(await written()).toHaveLength(1)
  })

  test('a refusal over HTTP/2 comes before the body is sent, and the connection goes on', async () => {
    const { url, keyOf } = await startSecure()
    const session = openSession(url)
    expect((await post(session, 'hw_wrong', undefined)).status).toBe(401)
    expect((await post(session, keyOf('example'), undefined, { 'content-type': 'text/plain' })).status).toBe(
      415,
    )
    const declared = { 'content-length': String(9 << 20) }
    expect((await post(session, keyOf('example'), undefined, declared)).status).toBe(413)
    expect((await post(session, keyOf('example'), JSON.stringify(reportOf('a')))).status).toBe(202)
  })

  test('a body over HTTP/2 that comes too slowly is answered with 408', async () => {
    const { url, keyOf, intake } = await startSecure({ limits: { requestSeconds: 1 } })
    const session = openSession(url)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/v1/reports',
      authorization: `Bearer ${keyOf('example')}`,
      'content-type': 'application/json',
    })
    stream.on('error', () => {})
    stream.write('[')
    const [answer] = await once(stream, 'response')
    expect(answer[':status']).toBe(408)
    await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
  })

  test('streams that a client opens and resets, over and over, cost it its connection or nothing', async () => {
    const { url, keyOf, intake } = await startSecure()
    const session = openSession(url)
    for (let n = 0; n < 300; n++) {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/v1/reports',
        authorization: `Bearer ${keyOf('example')}`,
        'content-type': 'application/json',
      })
      stream.on('error', () => {})
      stream.write('[')
      if (n === 0) await eventually(async () => intake.inFlightBytes > 0, 10_000, 5)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const other = openSession(url)
    expect((await post(other, keyOf('example'), JSON.stringify(reportOf('a')))).status).toBe(202)
    await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
  })

  test('a client of TLS before 1.2 is refused, and one that never shakes hands is cut off', async () => {
    const { url } = await startSecure({ times: { handshakeMs: 500 } })
    const { port } = new URL(url)
    const silent = await openRaw(url)
    expect(await closedBy(silent, 9_000)).toBe(true)
    const old = connectTls({
      port: Number(port),
      host: '127.0.0.1',
      ca: authority.certificate,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    old.on('error', () => {})
    expect(await closedBy(old, 20_000)).toBe(true)
    expect(old.authorized).toBe(false)
  })

  test('the end of the process ends idle connections, and those with work once it is done', async () => {
    const log = new HeldLog()
    const { url, keyOf, close } = await startSecure({ log })
    const idle = openSession(url)
    expect((await post(idle, keyOf('example'), JSON.stringify(reportOf('a')))).status).toBe(202)
    const busy = openSession(url)
    log.hold()
    const answer = post(busy, keyOf('example'), JSON.stringify(reportOf('b')))
    await eventually(async () => log.calls === 2, 10_000, 5)
    const closed = [once(idle, 'close'), once(busy, 'close')]
    const ending = close()
    await closed[0]
    log.release()
    expect((await answer).status).toBe(202)
    await Promise.all([ending, ...closed])
  })
})

test('a certificate that is renewed in place counts for the next connection, and a broken one changes nothing', async () => {
  const files = tlsFiles()
  const first = readFileSync(files.certificate, 'utf8')
  const certificate = new Certificate(files, 'gateway.tls', createTelemetry('silent').logger)
  const seen: unknown[] = []
  certificate.keep({ setSecureContext: ({ cert }) => seen.push(cert) })
  onTestFinished(() => certificate.stop())
  expect(certificate.options.cert).toBe(first)
  certificate.renew()
  expect(seen).toEqual([])
  const { certificate: second, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  writeFileSync(files.certificate, second)
  writeFileSync(files.key, key)
  certificate.renew()
  expect(seen).toEqual([second])
})
