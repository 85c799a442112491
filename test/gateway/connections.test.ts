// Connections that would hold a place at the gateway for nothing: each is ended, and the others go on.
import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { networkOf } from '../../src/gateway/network-of.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { reportOf, secretFile, startGateway, type GatewayChanges } from './gateway-in-memory.ts'
import { closedBy, openRaw, sendRaw, statusesIn } from './raw-requests.ts'

const authority = new Authority('tests')
const BODY = JSON.stringify(reportOf('a'))
const DOCUMENT = 'GET /v1/openapi.json HTTP/1.1\r\nHost: gateway\r\n\r\n'

function startSecure(changes: GatewayChanges) {
  const { certificate, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  return startGateway({
    ...changes,
    settings: { tls: { certificate: secretFile(certificate), key: secretFile(key) } },
  })
}

function openSession(url: string, initialWindowSize?: number): ClientHttp2Session {
  const session = connect(url, {
    ca: authority.certificate,
    settings: initialWindowSize === undefined ? {} : { initialWindowSize },
  })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

const endedFor = async (
  { metrics }: Awaited<ReturnType<typeof startGateway>>,
  code: string,
): Promise<number> => {
  const text = await metrics.registry.metrics()
  const [, count] = text.match(new RegExp(`connections_ended_total{code="${code}"} (\\d+)`)) ?? []
  return Number(count)
}

describe('a client that does not read its answers is cut off', () => {
  test('over HTTP/1.1', async () => {
    const gateway = await startGateway({ times: { answerMs: 300 } })
    const socket = await openRaw(gateway.url)
    // It is not read from: the answers fill the buffers of both sides.
    for (let n = 0; n < 100; n++) socket.write(DOCUMENT.repeat(20))
    await eventually(async () => (await endedFor(gateway, 'answer-unread')) === 1, 20_000, 20)
    expect(await closedBy(socket, 20_000)).toBe(true)
  })

  test('over HTTP/2', async () => {
    const gateway = await startSecure({ times: { answerMs: 300 } })
    const session = openSession(gateway.url, 0)
    const closed = once(session, 'close')
    for (let n = 0; n < 16; n++) session.request({ ':path': '/v1/openapi.json' }).on('error', () => {})
    await closed
    expect(await endedFor(gateway, 'answer-unread')).toBeGreaterThan(0)
  })

  test('but one that reads them is not, however many there are', async () => {
    const gateway = await startGateway({ times: { answerMs: 10_000 } })
    const text = await sendRaw(gateway.url, DOCUMENT.repeat(20))
    expect(statusesIn(text)).toHaveLength(20)
    expect(await endedFor(gateway, 'answer-unread')).toBe(0)
  })
})

describe('a connection without a valid credential is cut off in time', () => {
  test('over HTTP/1.1, although it sends requests', async () => {
    const gateway = await startGateway({ times: { credentialMs: 500 } })
    const socket = await openRaw(gateway.url)
    const asking = setInterval(() => socket.write(DOCUMENT), 100)
    onTestFinished(() => clearInterval(asking))
    expect(await closedBy(socket, 20_000)).toBe(true)
    expect(await endedFor(gateway, 'no-credential')).toBe(1)
  })

  test('over HTTP/1.1 with TLS', async () => {
    const gateway = await startSecure({ times: { credentialMs: 500 } })
    const { port } = new URL(gateway.url)
    const socket = connectTls({ port: Number(port), host: '127.0.0.1', ca: authority.certificate })
    socket.on('error', () => {})
    expect(await closedBy(socket, 20_000)).toBe(true)
    expect(await endedFor(gateway, 'no-credential')).toBe(1)
  })

  test('over HTTP/2, although it sends pings', async () => {
    const gateway = await startSecure({ times: { credentialMs: 500 } })
    const session = openSession(gateway.url)
    const closed = once(session, 'close')
    await once(session, 'connect')
    const asking = setInterval(() => session.destroyed || session.ping(() => {}), 100)
    onTestFinished(() => clearInterval(asking))
    await closed
    expect(await endedFor(gateway, 'no-credential')).toBe(1)
  })

  test('and one that has shown one stays', async () => {
    const gateway = await startSecure({ times: { credentialMs: 1_000 } })
    const session = openSession(gateway.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/v1/reports',
      authorization: `Bearer ${gateway.keyOf('example')}`,
      'content-type': 'application/json',
    })
    stream.end(BODY)
    const [answer] = await once(stream, 'response')
    expect(answer[':status']).toBe(202)
    stream.resume()
    // Begins later, without a credential, and ends for that.
    const other = openSession(gateway.url)
    await once(other, 'close')
    expect(session.destroyed).toBe(false)
  })
})

test('a session of HTTP/2 that is idle is closed, also while a client has answers that it does not read', async () => {
  const gateway = await startSecure({ times: { idleMs: 300 } })
  const idle = openSession(gateway.url)
  const unread = openSession(gateway.url, 0)
  const closed = [once(idle, 'close'), once(unread, 'close')]
  unread.request({ ':path': '/v1/openapi.json' }).on('error', () => {})
  await Promise.all(closed)
  expect(await endedFor(gateway, 'answer-unread')).toBe(0)
})

test('one address gets its share of the connections, and new ones when others of it end', async () => {
  const gateway = await startGateway({ limits: { connections: 10, connectionsPerAddress: 2 } })
  const first = await openRaw(gateway.url)
  const second = await openRaw(gateway.url)
  expect(await closedBy(await openRaw(gateway.url), 20_000)).toBe(true)
  expect(await endedFor(gateway, 'address')).toBe(1)
  expect([first.destroyed, second.destroyed]).toEqual([false, false])
  first.destroy()
  await eventually(async () => statusesIn(await sendRaw(gateway.url, DOCUMENT))[0] === 200, 20_000, 20)
})

test('connections beyond all that are allowed, and heads that are refused, are counted', async () => {
  const gateway = await startGateway({ limits: { connections: 1 } })
  const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`
  expect(statusesIn(await sendRaw(gateway.url, head))).toEqual([431])
  const text = await gateway.metrics.registry.metrics()
  expect(text).toContain('hashwarden_gateway_refusals_total{code="headers-too-large"} 1')
  await eventually(
    async () => {
      const sockets = [await openRaw(gateway.url), await openRaw(gateway.url)]
      for (const socket of sockets) socket.destroy()
      return (await endedFor(gateway, 'full')) > 0
    },
    20_000,
    20,
  )
})

test('all addresses of one network of IPv6 are one client', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8:1:2::9')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8::9')).toBe('2001:db8:0:0')
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0')
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  expect(networkOf('::ffff:192.0.2.7')).toBe('::ffff:192.0.2.7')
})
