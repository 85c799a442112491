// Requests that are meant to break the gateway, or that broken clients send: each gets a problem or a closed connection, and
// nothing of it reaches the log.
import { describe, expect, test } from 'vitest'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { GATEWAY_MAX_BYTES } from '../../src/contract/gateway.ts'
import { eventually } from '../fixtures/eventually.ts'
import { problemOf, reportOf, startGateway } from './gateway-in-memory.ts'
import { HeldLog } from './held-log.ts'
import { closedBy, openRaw, sendRaw, statusesIn } from './raw-requests.ts'

const BODY = JSON.stringify(reportOf('a'))

/** The head of a request of reports with these headers after the usual ones. */
const head = (key: string, ...more: readonly string[]): string =>
  [
    'POST /v1/reports HTTP/1.1',
    'Host: gateway',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n')

/** The room that a body takes at least. */
const FIRST_BYTES = 4 * 1024

describe('a request that a proxy could read otherwise (smuggling)', () => {
  test.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['two lengths', [`Content-Length: ${BODY.length}`, 'Content-Length: 1'], BODY],
    ['two lengths in a line', [`Content-Length: ${BODY.length}, 1`], BODY],
    ['a length with a sign', [`Content-Length: +${BODY.length}`], BODY],
    ['a negative length', ['Content-Length: -1'], BODY],
    ['a length in hexadecimal', ['Content-Length: 0x10'], BODY],
    [
      'an unknown transfer coding',
      ['Transfer-Encoding: chunkedd'],
      `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    ],
    ['chunked twice', ['Transfer-Encoding: chunked, chunked'], `0\r\n\r\n`],
    ['a transfer coding after a tab', ['Transfer-Encoding:\tchunked', 'Content-Length: 4'], '0\r\n\r\n'],
    ['a header name with a space', [`Content-Length : ${BODY.length}`], BODY],
    [
      'a header that goes on in the next line',
      ['X-A: 1\r\n Content-Length: 3', `Content-Length: ${BODY.length}`],
      BODY,
    ],
    ['a chunk of a length that is none', ['Transfer-Encoding: chunked'], `zz\r\n${BODY}\r\n0\r\n\r\n`],
    [
      'a chunk of a length beyond all bounds',
      ['Transfer-Encoding: chunked'],
      `ffffffffffffffffff\r\n${BODY}`,
    ],
    [
      'a bare line feed in a header',
      ['X-A: 1\nTransfer-Encoding: chunked', `Content-Length: ${BODY.length}`],
      BODY,
    ],
  ])('by %s is refused, and nothing after it is answered', async (_name, headers, body) => {
    const { url, keyOf, written, post } = await startGateway()
    const key = keyOf('example')
    const second = head(key, `Content-Length: ${BODY.length}`) + BODY.replaceAll('"a"', '"smuggled"')
    const statuses = statusesIn(await sendRaw(url, head(key, ...headers) + body + second))
    expect(statuses).toEqual([400])
    expect(await written()).toEqual([])
    expect((await post(BODY)).status).toBe(202)
  })

  test('two well-formed requests on a connection are two', async () => {
    const { url, keyOf, written } = await startGateway()
    const request = (id: string): string => {
      const body = JSON.stringify(reportOf(id))
      return head(keyOf('example'), `Content-Length: ${body.length}`) + body
    }
    expect(statusesIn(await sendRaw(url, request('a') + request('b')))).toEqual([202, 202])
    expect(await written()).toHaveLength(2)
  })
})

describe('a head that is no head of HTTP', () => {
  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['binary', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]), 400],
    ['another version', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 400],
    ['no host', 'GET /v1/openapi.json HTTP/1.1\r\n\r\n', 400],
    ['a null in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['an address that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    ['the preface of HTTP/2 in the open', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ] as const)('such as %s is refused', async (name, bytes, status) => {
    const { url } = await startGateway()
    const text = await sendRaw(url, bytes)
    expect(statusesIn(text)).toEqual([status])
    // Node itself answers a request without a host, without a body.
    if (name !== 'no host') expect(text).toContain('application/problem+json')
  })
})

describe('a client that is slow', () => {
  test('in sending its body is answered with 408 and cut off, and holds no bytes any more', async () => {
    const { url, keyOf, intake } = await startGateway({ limits: { requestSeconds: 1 } })
    const socket = await openRaw(url)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write(`${head(keyOf('example'), 'Content-Length: 2000000')}[`)
    await eventually(async () => intake.inFlightBytes > 0, 10_000, 5)
    await eventually(async () => statusesIn(text)[0] === 408, 20_000, 5)
    expect(await closedBy(socket, 20_000)).toBe(true)
    expect(intake.inFlightBytes).toBe(0)
  })

  test('and is at it when the process ends is answered with 503', async () => {
    const { url, keyOf, intake, close } = await startGateway()
    const socket = await openRaw(url)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write(`${head(keyOf('example'), 'Content-Length: 2000000')}[`)
    await eventually(async () => intake.inFlightBytes > 0, 10_000, 5)
    await close()
    await eventually(async () => statusesIn(text)[0] === 503, 20_000, 5)
    expect(await closedBy(socket, 20_000)).toBe(true)
  })

  test('and breaks off leaves nothing behind', async () => {
    const { url, keyOf, intake, written, metrics } = await startGateway()
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openRaw(url)))
    for (const socket of sockets) socket.write(`${head(keyOf('example'), 'Content-Length: 2000000')}[`)
    await eventually(async () => intake.inFlightBytes === 50 * FIRST_BYTES, 10_000, 5)
    for (const socket of sockets) socket.destroy()
    await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
    expect(await written()).toEqual([])
    expect(await metrics.registry.metrics()).toContain('hashwarden_gateway_refusals_total{code="internal"} 0')
  })
})

test('after a refusal in the middle of a body the connection serves the next request', async () => {
  const { url, keyOf, intake, written } = await startGateway({ limits: { inFlightMiB: 16 } })
  const key = keyOf('example')
  const part = Buffer.alloc(5_500_000, ' ')
  const slow = await Promise.all(Array.from({ length: 2 }, () => openRaw(url)))
  for (const socket of slow) {
    socket.write(head(key, 'Content-Length: 8000000'))
    socket.write(part)
  }
  await eventually(async () => intake.inFlightBytes === 2 * 8_000_000, 10_000, 5)
  const socket = await openRaw(url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.write(head(key, 'Content-Length: 900000'))
  socket.write(Buffer.alloc(600_000, ' '))
  await eventually(async () => statusesIn(text)[0] === 503, 10_000, 5)
  for (const other of slow) other.destroy()
  await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
  socket.write(Buffer.alloc(300_000, ' '))
  socket.write(head(key, `Content-Length: ${BODY.length}`) + BODY)
  await eventually(async () => statusesIn(text)[1] === 202, 10_000, 5)
  expect(await written()).toHaveLength(1)
})

describe('a body that is too large', () => {
  test('is refused by its declared length before it comes, and its connection is closed', async () => {
    const { url, keyOf, intake } = await startGateway()
    const socket = await openRaw(url)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write(head(keyOf('example'), `Content-Length: ${2 * GATEWAY_MAX_BYTES}`))
    await eventually(async () => statusesIn(text)[0] === 413, 20_000, 5)
    // As much as a body may have is dropped, so that a client that is still sending gets to read the answer.
    socket.write(Buffer.alloc(GATEWAY_MAX_BYTES + 1_000_000, ' '))
    expect(await closedBy(socket, 20_000)).toBe(true)
    expect(intake.inFlightBytes).toBe(0)
  })

  test('with a wrong key is dropped to its end, and its connection serves the next request', async () => {
    const { url, keyOf } = await startGateway()
    const bytes = Buffer.alloc(5_000_000, ' ')
    const text = await sendRaw(url, [
      head('hw_wrong', `Content-Length: ${bytes.length}`),
      bytes,
      head(keyOf('example'), `Content-Length: ${BODY.length}`) + BODY,
    ])
    expect(statusesIn(text)).toEqual([401, 202])
  })

  test('with a wrong key that stops in the middle is cut off', async () => {
    const { url } = await startGateway()
    const socket = await openRaw(url)
    socket.write(head('hw_wrong', 'Content-Length: 5000000'))
    expect(await closedBy(socket, 20_000)).toBe(true)
  })

  test('is refused while it comes in chunks', async () => {
    const { url, keyOf, intake } = await startGateway()
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    const chunks = Array.from({ length: 12 }, () => chunk)
    const text = await sendRaw(url, [head(keyOf('example'), 'Transfer-Encoding: chunked'), ...chunks])
    expect(statusesIn(text)).toEqual([413])
    expect(intake.inFlightBytes).toBe(0)
  })

  test('once it is unpacked is refused, and takes no more memory than a body may', async () => {
    const { post, intake } = await startGateway()
    const zeros = Buffer.alloc(64 << 20, '[')
    for (const [encoding, bomb] of [
      ['gzip', gzipSync(zeros)],
      ['zstd', zstdCompressSync(zeros)],
    ] as const) {
      const answer = await post(bomb, { 'content-encoding': encoding })
      expect(answer.status, encoding).toBe(413)
    }
    expect(intake.inFlightBytes).toBe(0)
  })
})

test('packed bodies count by what they unpack to, for as long as they are in work', async () => {
  const log = new HeldLog()
  const { post, intake } = await startGateway({ log, limits: { inFlightMiB: 16 } })
  const packed = gzipSync(Buffer.concat([Buffer.from(`[${BODY}]`), Buffer.alloc(7_900_000, ' ')]))
  const headers = { 'content-encoding': 'gzip' }
  log.hold()
  const taken = [post(packed, headers), post(packed, headers)]
  await eventually(async () => intake.inFlightBytes > 15_000_000, 20_000, 5)
  expect((await post(packed, headers)).status).toBe(503)
  expect(intake.inFlightBytes).toBeLessThanOrEqual(16 << 20)
  log.release()
  expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([202, 202])
  expect(intake.inFlightBytes).toBe(0)
})

test('no answer to a wrong request quotes a word of it', async () => {
  const { post, url } = await startGateway()
  const secret = 'f00dfacef00dface'
  const bodies = [
    `"${secret}"`,
    `{"${secret}":1}`,
    `[${JSON.stringify(reportOf(`${secret} `))}]`,
    JSON.stringify(reportOf('a', { contentRef: `${secret}/` })),
    JSON.stringify(reportOf('a', { hashes: [{ type: secret, value: secret }] })),
    secret,
  ]
  for (const body of bodies) {
    const answer = await post(body)
    expect(answer.status, body).toBe(400)
    expect(JSON.stringify(answer.body)).not.toContain('f00d')
    expect(problemOf(answer).errors?.length).toBe(1)
  }
  expect(await sendRaw(url, `GET /${secret}%zz?${secret} HTTP/1.1\r\nHost: ${secret}\r\n\r\n`)).not.toContain(
    'f00d',
  )
})

test('more connections than permitted are closed at once, and those that are there go on', async () => {
  const { url } = await startGateway({ limits: { connections: 3 } })
  const kept = await Promise.all(Array.from({ length: 3 }, () => openRaw(url)))
  const more = await openRaw(url)
  expect(await closedBy(more, 20_000)).toBe(true)
  for (const socket of kept) {
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  }
})
