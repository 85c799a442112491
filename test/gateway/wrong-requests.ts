// Requests that are wrong in every way that we know, made by chance from a seed: bodies, kinds, headers, and bytes that are no
// HTTP at all.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { reportOf } from './gateway-in-memory.ts'

/** One that a client library can send, or raw bytes on a connection. */
export type WrongRequest =
  { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer } | { readonly raw: Buffer }

type Random = () => number

const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)]

const ODD_VALUES = [
  'null',
  'true',
  '1e999',
  '-1e999',
  '9007199254740993',
  '1'.repeat(500),
  '0.1',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '[]',
  '{}',
  '['.repeat(300) + ']'.repeat(300),
  '{"__proto__":{"platform":"other"}}',
  JSON.stringify('x'.repeat(20_000)),
]
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'platform',
  'reportId',
  'hashes',
  'toString',
  '',
  '\\u0061',
]

/** The text of a report with something wrong in it. */
function oddReport(random: Random): string {
  const text = JSON.stringify(reportOf(`wrong-${Math.floor(random() * 1e12)}`))
  const name = pick(random, ODD_NAMES)
  const value = pick(random, ODD_VALUES)
  switch (Math.floor(random() * 6)) {
    case 0:
      return text.replace('{', `{"${name}":${value},`)
    case 1:
      return text.replace('{"type"', `{"${name}":${value},"type"`)
    case 2:
      return text.replace(/"md5"/, value)
    case 3:
      return text.replace(/:"[^"]*"/, `:${value}`)
    case 4:
      return value
    default:
      // A right one, among others or in a damaged body.
      return text
  }
}

/** Bytes changed, taken out, put in, or cut off. */
function damaged(random: Random, text: Buffer): Buffer {
  const bytes = [...text]
  for (let n = Math.ceil(random() * 8); n > 0; n--) {
    const at = Math.floor(random() * bytes.length)
    const byte =
      random() < 0.5 ? pick(random, [...Buffer.from('{}[]",:\\0-e \n\r\t')]) : Math.floor(random() * 256)
    bytes.splice(at, Math.floor(random() * 3), ...(random() < 0.7 ? [byte] : []))
  }
  return Buffer.from(random() < 0.2 ? bytes.slice(0, Math.floor(random() * bytes.length)) : bytes)
}

function oddBody(random: Random): Buffer {
  const reports = Array.from({ length: 1 + Math.floor(random() * 4) }, () => oddReport(random))
  const list = Buffer.from(random() < 0.5 ? `[${reports.join(',')}]` : reports.join('\n'))
  return random() < 0.5 ? damaged(random, list) : list
}

const TYPES = [
  ...Array.from({ length: 9 }, () => 'application/json'),
  ...Array.from({ length: 6 }, () => 'application/x-ndjson'),
  'text/plain',
  'application/json; charset=utf-16',
  'multipart/form-data; boundary=a',
  'application/x-www-form-urlencoded',
  ';',
]
const ENCODINGS = [
  ...Array.from({ length: 6 }, () => ['identity', 'gzip', 'zstd']).flat(),
  'br',
  'gzip, zstd',
]
const BOMBS = [gzipSync(Buffer.alloc(32 << 20, '[')), zstdCompressSync(Buffer.alloc(32 << 20, '['))] as const

function packed(random: Random, encoding: string, body: Buffer): Buffer {
  if (random() < 0.02) return BOMBS[encoding === 'gzip' ? 0 : 1]
  const whole = encoding === 'gzip' ? gzipSync(body) : zstdCompressSync(body)
  const chance = random()
  if (chance < 0.5) return whole
  return chance < 0.8 ? damaged(random, whole) : body
}

const HEADS = [
  'POST /v1/reports HTTP/1.1',
  'GET /v1/reports HTTP/1.1',
  'POST /v1/reports HTTP/9.9',
  'POST  /v1/reports HTTP/1.1',
  'POST /v1/../v1/reports HTTP/1.1',
  'POST /v1/reports%00 HTTP/1.1',
  'POST http://[::1/ HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT a:1 HTTP/1.1',
  'PRI * HTTP/2.0',
] as const
const HEADERS = [
  'Host: a',
  'Host: a',
  'Host: a\r\nHost: b',
  'Content-Length: 3',
  'Content-Length: -3',
  'Content-Length: 3, 4',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding : chunked',
  'X: \0',
  'X: a\n b',
  `X: ${'a'.repeat(9_000)}`,
  'Expect: 100-continue',
  'Expect: something',
  'Upgrade: h2c\r\nConnection: upgrade',
] as const

function rawRequest(random: Random, key: string): Buffer {
  const headers = Array.from({ length: Math.floor(random() * 5) }, () => pick(random, HEADERS))
  const lines = [
    pick(random, HEADS),
    ...headers,
    ...(random() < 0.5 ? [`X-API-Key: ${key}`, 'Content-Type: application/json'] : []),
    '',
    pick(random, ['', '0\r\n\r\n', 'zz\r\nabc\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', 'abc']),
  ]
  const bytes = Buffer.from(lines.join('\r\n'), 'latin1')
  return random() < 0.3 ? damaged(random, bytes) : bytes
}

export function wrongRequest(random: Random, key: string): WrongRequest {
  if (random() < 0.1) return { raw: rawRequest(random, key) }
  const encoding = pick(random, ENCODINGS)
  const body = oddBody(random)
  return {
    headers: {
      'content-type': pick(random, TYPES),
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
      ...(random() < 0.95 ? { 'x-api-key': key } : { authorization: `Bearer ${key.slice(0, -1)}` }),
    },
    body: encoding === 'gzip' || encoding === 'zstd' ? packed(random, encoding, body) : body,
  }
}
