// The search for leaks can fail: what it looks for is found in every form, and nothing else is.
import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { packHex } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { Marks } from './marks.ts'

const random = seededRandom(16)
const VALUE = randomBalancedHash(random)
const BYTES = Buffer.from(VALUE, 'hex')
const REFERENCE = 'ref:planted.uploader-7261'
const KEY = Buffer.from(randomBalancedHash(random), 'hex')
const marks = new Marks()
  .hash('the value', 'pdq', VALUE)
  .text('the reference', REFERENCE)
  .bytes('the key', KEY)

const words = new Uint32Array(8)
packHex(VALUE, words, 0)
const littleEndian = new Uint32Array(Uint8Array.from(BYTES).buffer)
const longWords = new BigUint64Array(Uint8Array.from(BYTES).buffer)
const inLine = (text: string): string =>
  `{"level":30,"time":"2026-03-04T05:06:07.890Z","msg":"A report (${text}) came"}\n`
const escaped = (text: string): string =>
  text.replaceAll(/./g, (letter) => `\\u00${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
const percent = (bytes: Buffer): string =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

test.each<[string, string | Buffer]>([
  ['lower case', VALUE],
  ['upper case', VALUE.toUpperCase()],
  ['its first 16 digits', VALUE.slice(0, 16)],
  ['16 digits of its middle', VALUE.slice(21, 37)],
  ['its last 16 digits', VALUE.slice(-16)],
  ['raw bytes', BYTES],
  ['raw bytes, cut', BYTES.subarray(3, 12)],
  ['base64', BYTES.toString('base64')],
  ['base64url', BYTES.toString('base64url')],
  ['base64 of a text that holds it', Buffer.from(`{"value":"${VALUE}"}`).toString('base64')],
  ['hexadecimal of the text', Buffer.from(VALUE).toString('hex')],
  ['base64 of raw bytes among others', Buffer.concat([Buffer.from('xy'), BYTES]).toString('base64')],
  ['a buffer as Node prints it', inspect(BYTES)],
  ['bytes as Node prints them', inspect(Uint8Array.from(BYTES))],
  ['bytes as JSON', JSON.stringify(BYTES)],
  ['bytes with colons', VALUE.replaceAll(/..(?!$)/g, '$&:')],
  ['bytes as 0x12, 0x34', [...BYTES].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')],
  ['percent-encoded bytes', percent(BYTES)],
  ['percent-encoded text', percent(Buffer.from(VALUE))],
  ['escapes of JSON', escaped(VALUE)],
  ['words', inspect(words)],
  ['words in the other order of bytes', inspect(littleEndian)],
  ['words of 64 bits', inspect(longWords)],
  ['a number', String(BigInt(`0x${VALUE}`))],
  ['its SHA-256, cut', createHash('sha256').update(VALUE).digest('hex').slice(0, 24)],
  ['the SHA-1 of its bytes', createHash('sha1').update(BYTES).digest('base64')],
])('a value is found as %s', (_, said) => {
  const content =
    typeof said === 'string' ? inLine(said) : Buffer.concat([Buffer.from('a '), said, Buffer.from(' b')])
  expect(marks.find(content).join()).toContain('the value')
})

test('a PDQ value is found mirrored and turned', () => {
  // Turned by 180 degrees: every bit whose row and column differ in parity is another one.
  const turned = words.map((word) => word ^ (0x55555555 ^ 0x0000ffff))
  const digits = [...turned].map((word) => word.toString(16).padStart(8, '0')).join('')
  expect(marks.find(inLine(digits)).join()).toContain('the value')
})

test.each([
  ['as it is', REFERENCE],
  ['upper case', REFERENCE.toUpperCase()],
  ['cut', REFERENCE.slice(0, 14)],
  ['percent-encoded', encodeURIComponent(REFERENCE)],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(REFERENCE))],
  ['escaped', escaped(REFERENCE)],
  ['base64', Buffer.from(REFERENCE).toString('base64')],
  ['base64url of JSON', Buffer.from(JSON.stringify({ a: REFERENCE })).toString('base64url')],
  ['hexadecimal', Buffer.from(REFERENCE).toString('hex')],
  ['its MD5', createHash('md5').update(REFERENCE).digest('hex')],
])('a reference is found, %s', (_, said) => {
  expect(marks.find(inLine(said)).join()).toContain('the reference')
})

test('a key is found in its PEM, and in a part of it', () => {
  const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from('302e0201', 'hex'), KEY]).toString('base64')}\n-----END PRIVATE KEY-----\n`
  expect(marks.find(pem).join()).toContain('the key')
  expect(marks.find(KEY.toString('hex').slice(7, 24))).toEqual(['the key'])
})

test('nothing is found where nothing is', () => {
  const others = Array.from({ length: 2_000 }, () => inLine(randomBalancedHash(random))).join('')
  expect(marks.find(others)).toEqual([])
  expect(marks.find(inLine(VALUE.slice(0, 15)))).toEqual([])
  expect(marks.find(Buffer.from(others).toString('base64'))).toEqual([])
})
