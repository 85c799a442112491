import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkEntry,
  fileFieldsProblem,
  checkKnownHash,
  decodeEntry,
  decodeKnownHash,
  encodeKnownHash,
  KNOWN_HASH_MAX_BYTES,
  knownHashKey,
  parseKnownHashKey,
} from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { entry as entryOf } from '../fixtures/entries.ts'
import { hashValue, knownHash } from './arbitraries.ts'
import { refusal } from './refusal.ts'

const VALUE = hashValue('md5', 'ab'.repeat(8) + 'cd'.repeat(8))
const ENTRY = entryOf('md5', VALUE, { sourceId: '42-7' })
const KEY = knownHashKey(ENTRY)

const changed = (fields: object): unknown => ({ ...ENTRY, ...fields })
const decode = (key: string, value: unknown) =>
  decodeKnownHash(Buffer.from(key), Buffer.from(JSON.stringify(value)))

describe('the key of an entry', () => {
  test('is type:value:source:sourceId', () => {
    expect(KEY).toBe(`md5:${VALUE}:ncmec:42-7`)
  })

  test.each<[string, string]>([
    ['a:b', 'a%3Ab'],
    ['100 %', '100%20%25'],
    ['ü/😀', '%C3%BC%2F%F0%9F%98%80'],
  ])('encodes the sourceId %j as %s, so that no part can run into another', (sourceId, encoded) => {
    const key = knownHashKey({ ...ENTRY, sourceId })
    expect(key).toBe(`md5:${VALUE}:ncmec:${encoded}`)
    expect(parseKnownHashKey(key)).toEqual({ type: 'md5', value: VALUE, source: 'ncmec', sourceId })
  })

  test('reads back as what it was made of, for every entry', () => {
    fc.assert(
      fc.property(knownHash, (entry) => {
        const { type, value, source, sourceId } = entry
        expect(parseKnownHashKey(knownHashKey(entry))).toEqual({ type, value, source, sourceId })
      }),
    )
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['the record that names the topic', '_topic'],
    ['three parts', `md5:${VALUE}:ncmec`],
    ['five parts', `md5:${VALUE}:ncmec:1:2`],
    ['an unknown type', `crc32:${VALUE}:ncmec:1`],
    ['a type of every object', `toString:${VALUE}:ncmec:1`],
    ['a value in upper case', `md5:${VALUE.toUpperCase()}:ncmec:1`],
    ['a value of another length', `sha1:${VALUE}:ncmec:1`],
    ['a source in upper case', `md5:${VALUE}:NCMEC:1`],
    ['no source', `md5:${VALUE}::1`],
    ['no sourceId', `md5:${VALUE}:ncmec:`],
    ['a broken percent sign', `md5:${VALUE}:ncmec:%`],
    ['percent-encoded bytes that are not UTF-8', `md5:${VALUE}:ncmec:%FF`],
    ['a percent-encoding in lower case', `md5:${VALUE}:ncmec:%3a`],
    ['a percent-encoding that is not needed', `md5:${VALUE}:ncmec:%41`],
    ['a sourceId that is not encoded', `md5:${VALUE}:ncmec:a b`],
    ['a half of a surrogate pair', `md5:${VALUE}:ncmec:\ud800`],
    ['a control character', `md5:${VALUE}:ncmec:%1B`],
    ['a sourceId of 65 bytes', `md5:${VALUE}:ncmec:${'a'.repeat(65)}`],
  ])('is not read from %s', (_, text) => {
    expect(parseKnownHashKey(text)).toBeUndefined()
  })

  test('has one spelling: whatever text is read as a key is that key', () => {
    const nearlyKeys = fc
      .tuple(fc.constantFrom('md5', 'MD5', 'sha1', ''), fc.string({ unit: 'binary' }))
      .map(([type, rest]) => `${type}:${VALUE}:a:${rest}`)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearlyKeys), (text) => {
        const identity = parseKnownHashKey(text)
        if (identity) expect(knownHashKey(identity)).toBe(text)
      }),
    )
  })
})

describe('a record of the topic', () => {
  test('is an entry with its key, for every entry', () => {
    fc.assert(
      fc.property(knownHash, (entry) => {
        const { type, value, source, sourceId } = entry
        const key = knownHashKey(entry)
        expect(decodeKnownHash(Buffer.from(key), Buffer.from(encodeKnownHash(entry)))).toEqual({
          identity: { type, value, source, sourceId },
          key,
          entry,
        })
      }),
    )
  })

  test('without a value is a removal of its key', () => {
    const identity = { type: 'md5', value: VALUE, source: 'ncmec', sourceId: '42-7' }
    expect(decodeKnownHash(Buffer.from(KEY), null)).toEqual({ identity, key: KEY, entry: null })
  })

  test.each<[string, string]>([
    ['another value', KEY.replace('ab', 'cd')],
    ['another source', KEY.replace('ncmec', 'iwf')],
    ['another sourceId', `${KEY}1`],
    ['nothing of ours', '_topic'],
  ])('whose key names %s is refused', (_, key) => {
    expect(refusal(decode(key, ENTRY))).toBe('key-mismatch')
  })

  test('without a key, or with one that is not UTF-8, is refused', () => {
    expect(refusal(decodeKnownHash(null, Buffer.from(encodeKnownHash(ENTRY))))).toBe('key-mismatch')
    expect(refusal(decodeKnownHash(Buffer.from([0xff]), null))).toBe('key-mismatch')
  })

  test.each<[string, Uint8Array, string]>([
    ['empty bytes', Buffer.alloc(0), 'empty'],
    ['more than 16 KiB', Buffer.alloc(KNOWN_HASH_MAX_BYTES + 1), 'oversized'],
    ['bytes that are not UTF-8', Buffer.from([0xff]), 'not-utf8'],
    ['text that is not JSON', Buffer.from('{'), 'not-json'],
  ])('with %s is refused', (_, bytes, code) => {
    expect(refusal(decodeKnownHash(Buffer.from(KEY), bytes))).toBe(code)
  })
})

describe('an entry', () => {
  test.each<[string, unknown, string]>([
    ['another schema', changed({ schema: 'known-hash/2' }), 'unknown-schema at /schema'],
    ['no schema', changed({ schema: undefined }), 'missing-field at /schema'],
    ['an unknown field', changed({ picture: 1 }), 'unknown-field'],
    [
      'an unknown field of handling',
      changed({ handling: { ...ENTRY.handling, x: 1 } }),
      'unknown-field at /handling',
    ],
    ['a value in upper case', changed({ value: VALUE.toUpperCase() }), 'malformed-value at /value'],
    [
      'the MD5 of an empty file',
      changed({ value: 'd41d8cd98f00b204e9800998ecf8427e' }),
      'degenerate-hash at /value',
    ],
    ['one repeated byte', changed({ value: 'ab'.repeat(16) }), 'degenerate-hash at /value'],
    ['a value of another type', changed({ value: 'a'.repeat(40) }), 'wrong-hash-length at /value'],
    ['an unknown type', changed({ type: 'crc32' }), 'malformed-value at /type'],
    ['an unknown role', changed({ role: 'maybe' }), 'malformed-value at /role'],
    ['a source of 33 characters', changed({ source: 'a'.repeat(33) }), 'malformed-value at /source'],
    ['a source with a colon', changed({ source: 'a:b' }), 'malformed-value at /source'],
    ['an empty sourceId', changed({ sourceId: '' }), 'malformed-value at /sourceId'],
    ['a sourceId of 65 bytes', changed({ sourceId: 'a'.repeat(65) }), 'malformed-value at /sourceId'],
    [
      'a sourceId of 22 characters and 66 bytes',
      changed({ sourceId: '€'.repeat(22) }),
      'malformed-value at /sourceId',
    ],
    [
      'a half of a surrogate pair as sourceId',
      changed({ sourceId: '\udc00' }),
      'malformed-value at /sourceId',
    ],
    ['a line feed in the sourceId', changed({ sourceId: 'a\nb' }), 'malformed-value at /sourceId'],
    [
      "a terminal's escape in the sourceId",
      changed({ sourceId: '\u009b31m' }),
      'malformed-value at /sourceId',
    ],
    [
      'a scheme of 17 characters',
      changed({ classification: { scheme: 'a'.repeat(17), code: '1' } }),
      'malformed-value at /classification/scheme',
    ],
    [
      'a code of 33 characters',
      changed({ classification: { scheme: 'a', code: '1'.repeat(33) } }),
      'malformed-value at /classification/code',
    ],
    [
      'an added time that is not UTC',
      changed({ addedAt: '2026-01-02T03:04:05+01:00' }),
      'malformed-value at /addedAt',
    ],
    ['17 tags', changed({ tags: Array(17).fill('a') }), 'out-of-range at /tags'],
    ['null', null, 'malformed-value'],
  ])('with %s is refused', (_, value, expected) => {
    // Through JSON, in which an undefined field is an absent one.
    expect(refusal(checkKnownHash(JSON.parse(JSON.stringify(value))))).toBe(expected)
  })

  test.each(['a'.repeat(64), `${'€'.repeat(21)}a`, '😀'.repeat(16)])(
    'may have the sourceId %s of 64 bytes',
    (sourceId) => {
      expect(checkKnownHash(changed({ sourceId }))).toEqual({ ...ENTRY, sourceId })
    },
  )

  test('that is refused tells nothing of its content, however many fields are unknown', () => {
    const hostile = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`SECRET/${n}`, 'SECRET']))
    const rejection = checkKnownHash({ ...hostile, ...ENTRY, handling: hostile })
    expect(rejection).toBeInstanceOf(Rejection)
    expect(refusal(rejection)).not.toContain('SECRET')
  })

  test('has the same bytes whatever the order of its fields', () => {
    fc.assert(
      fc.property(knownHash, (entry) => {
        const reversed = checkKnownHash(Object.fromEntries(Object.entries(entry).toReversed()))
        if (reversed instanceof Rejection) throw new TypeError(reversed.toString())
        expect(encodeKnownHash(reversed)).toBe(encodeKnownHash(entry))
      }),
    )
  })
})

describe('an entry that is held back', () => {
  const held = { why: 'disabled', until: '2027-01-01T00:00:00Z' }

  test('is a removal for the known set, and whole for the readers of lists', () => {
    const change = decode(KEY, changed({ held }))
    expect(change).toMatchObject({ key: KEY, entry: null })
    const whole = decodeEntry(Buffer.from(KEY), Buffer.from(JSON.stringify(changed({ held }))))
    expect(whole).toMatchObject({ key: KEY, entry: { held } })
  })

  test('says whether its own list holds it back, and nobody else by name', () => {
    const byList = changed({ held: { why: 'disabled', by: 'list' } })
    expect(checkKnownHash(byList)).toMatchObject({ held: { by: 'list' } })
    expect(refusal(checkKnownHash(changed({ held: { ...held, by: 'cleo' } })))).toMatch(/at \/held\/by$/)
  })

  test('may have a degenerate value only if it is held for that', () => {
    const value = hashValue('md5', 'aa'.repeat(16))
    expect(refusal(checkKnownHash(changed({ value })))).toBe('degenerate-hash at /value')
    expect(refusal(checkKnownHash(changed({ value, held })))).toBe('degenerate-hash at /value')
    expect(checkKnownHash(changed({ value, held: { why: 'degenerate' } }))).toMatchObject({ value })
  })
})

describe('an entry of a type that is kept and not searched', () => {
  const KEPT = { ...ENTRY, type: 'photodna' as const, value: 'ab'.repeat(144) }
  const key = `photodna:${KEPT.value}:ncmec:42-7`

  test('is an entry for the readers of lists, and nothing for the known set', () => {
    expect(decode(key, KEPT)).toBe('not-searched')
    expect(decodeKnownHash(Buffer.from(key), null)).toBe('not-searched')
    const change = decodeEntry(Buffer.from(key), Buffer.from(JSON.stringify(KEPT)))
    expect(change).toMatchObject({ key, entry: { type: 'photodna' } })
    expect(parseKnownHashKey(key)).toBeUndefined()
  })

  test.each([
    ['another length', 'photodna', 'ab'.repeat(143)],
    ['no hexadecimal digits', 'zz40', 'z'.repeat(32)],
    ['a colon', 'vpdq', 'a:b'],
  ])('is refused with %s', (_, type, value) => {
    expect(decodeEntry(Buffer.from(`${type}:${value}:ncmec:42-7`), null)).toBeInstanceOf(Rejection)
  })
})

test('what the entries of a file share is refused as each of the entries would be', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.constantFrom('', 'a', 'a'.repeat(64), 'ü'.repeat(33), '\ud800', 'a\u0000b'),
  )
  const fields = fc.record(
    {
      sourceId: text,
      series: text,
      victimIdentified: fc.boolean(),
      tags: fc.array(text, { maxLength: 17 }),
      validUntil: fc.constantFrom('2027-01-01T00:00:00Z', '2027-01-01', '2027-13-01T00:00:00Z'),
    },
    { requiredKeys: ['sourceId'] },
  )
  fc.assert(
    fc.property(fields, (shared) => {
      const entry = checkEntry({ ...ENTRY, ...shared })
      const expected = entry instanceof Rejection ? entry.toString() : undefined
      expect(fileFieldsProblem(shared)?.toString()).toBe(expected)
    }),
    { numRuns: 1_000 },
  )
})
