import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalReport } from '../../src/contract/canonical-report.ts'
import { canonicalJson } from '../../src/contract/json.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { Compile } from 'typebox/compile'
import {
  checkReport,
  decodeReport,
  Report,
  REPORT_MAX_BYTES,
  reportDigest,
} from '../../src/contract/report.ts'
import { report as anyReport } from './arbitraries.ts'
import { changed, decode, MD5, PDQ, REPORT, withHash, without } from './example-report.ts'
import { refusal } from './refusal.ts'

describe('a report is accepted', () => {
  test.each<[string, unknown]>([
    ['with only what is required', REPORT],
    ['with a hash value in upper case', withHash({ ...MD5, value: 'A'.repeat(32) })],
    [
      'with one hash of each type',
      changed({ hashes: [MD5, PDQ, { ...PDQ, type: 'blockhash', quality: 3 }] }),
    ],
    ['with a hash type repeated, of a video', changed({ mediaType: 'video', hashes: [PDQ, PDQ] })],
    [
      'with 16 hashes, of a video',
      changed({ mediaType: 'video', hashes: Array.from({ length: 16 }, () => MD5) }),
    ],
    ['with the lowest and the highest quality', changed({ hashes: [{ ...PDQ, quality: 0 }] })],
    ['with a fraction of a second', changed({ observedAt: '2026-01-02T03:04:05.678901Z' })],
    ['with a reference of 256 characters', changed({ contentRef: 'a'.repeat(256) })],
  ])('%s', (_, value) => {
    expect(decode(value)).toEqual(value)
  })

  test('and its value stays as the platform wrote it', () => {
    const value = withHash({ ...MD5, value: 'Aa'.repeat(16) })
    expect(decode(value)).toEqual(value)
  })
})

describe('bytes that are no report are refused', () => {
  test.each<[string, Uint8Array | null, string]>([
    ['no value at all', null, 'empty'],
    ['no bytes', Buffer.alloc(0), 'empty'],
    ['more than 16 KiB', Buffer.alloc(REPORT_MAX_BYTES + 1, ' '), 'oversized'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'not-utf8'],
    ['a half of a surrogate pair in UTF-8 clothes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not-utf8'],
    ['text that is not JSON', Buffer.from('{"schema"'), 'not-json'],
    ['JSON behind a byte order mark', Buffer.from(`\uFEFF${JSON.stringify(REPORT)}`), 'not-json'],
    ['16,000 open brackets', Buffer.from('['.repeat(16_000)), 'not-json'],
    ['8,000 nested arrays', Buffer.from('['.repeat(8_000) + ']'.repeat(8_000)), 'malformed-value'],
    ['null', Buffer.from('null'), 'malformed-value'],
    ['a list', Buffer.from('[]'), 'malformed-value'],
    ['a number', Buffer.from('1'), 'malformed-value'],
  ])('%s', (_, bytes, code) => {
    expect(decodeReport(bytes)).toEqual(new Rejection(code as Rejection['code']))
  })

  test('a report of exactly 16 KiB is still read', () => {
    const text = JSON.stringify(REPORT)
    expect(decodeReport(Buffer.from(text.padEnd(REPORT_MAX_BYTES)))).toEqual(REPORT)
  })

  test('bytes in the middle of a larger buffer are read, and only they', () => {
    const text = JSON.stringify(REPORT)
    const buffer = Buffer.from(`]]${text}]]`)
    expect(decodeReport(buffer.subarray(2, 2 + text.length))).toEqual(REPORT)
  })
})

describe('a rejection names the rule and the place', () => {
  test.each<[string, unknown, string]>([
    ['another schema', changed({ schema: 'report/2' }), 'unknown-schema at /schema'],
    ['a schema that is no text', changed({ schema: 1 }), 'unknown-schema at /schema'],
    ['no schema', without('schema'), 'missing-field at /schema'],
    ['no reportId', without('reportId'), 'missing-field at /reportId'],
    ['no platform', without('platform'), 'missing-field at /platform'],
    ['no observedAt', without('observedAt'), 'missing-field at /observedAt'],
    ['no mediaType', without('mediaType'), 'missing-field at /mediaType'],
    ['no contentRef', without('contentRef'), 'missing-field at /contentRef'],
    ['no hashes', without('hashes'), 'missing-field at /hashes'],
    ['a hash without a type', withHash({ value: MD5.value }), 'missing-field at /hashes/0/type'],
    ['a hash without a value', withHash({ type: 'md5' }), 'missing-field at /hashes/0/value'],
    ['viewed without thisFile', changed({ viewed: {} }), 'missing-field at /viewed/thisFile'],
    ['basis without kind', changed({ basis: {} }), 'missing-field at /basis/kind'],
    ['an unknown field', changed({ picture: '…' }), 'unknown-field'],
    ['an unknown field of viewed', changed({ viewed: { thisFile: 'no', x: 1 } }), 'unknown-field at /viewed'],
    ['an unknown field of basis', changed({ basis: { kind: 'seized', x: 1 } }), 'unknown-field at /basis'],
    ['an unknown field of a hash', withHash({ ...MD5, x: 1 }), 'unknown-field at /hashes/0'],
    ['a quality of a cryptographic hash', withHash({ ...MD5, quality: 80 }), 'unknown-field at /hashes/0'],
    ['a quality over 100', withHash({ ...PDQ, quality: 101 }), 'out-of-range at /hashes/0/quality'],
    ['a quality under 0', withHash({ ...PDQ, quality: -1 }), 'out-of-range at /hashes/0/quality'],
    [
      'a quality that is no integer',
      withHash({ ...PDQ, quality: 1.5 }),
      'malformed-value at /hashes/0/quality',
    ],
    ['no hash', changed({ hashes: [] }), 'out-of-range at /hashes'],
    [
      '17 hashes',
      changed({ mediaType: 'video', hashes: Array.from({ length: 17 }, () => MD5) }),
      'out-of-range at /hashes',
    ],
    ['hashes that are no list', changed({ hashes: { 0: MD5 } }), 'malformed-value at /hashes'],
    ['a hash that is null', withHash(null), 'malformed-value at /hashes/0'],
    ['a hash that is a list', withHash([]), 'malformed-value at /hashes/0'],
    ['an unknown hash type', withHash({ ...MD5, type: 'crc32' }), 'unknown-hash-type at /hashes/0/type'],
    [
      'a hash type of every object',
      withHash({ ...MD5, type: 'toString' }),
      'unknown-hash-type at /hashes/0/type',
    ],
    ['a hash type that is no text', withHash({ ...MD5, type: 1 }), 'unknown-hash-type at /hashes/0/type'],
    [
      'an MD5 a digit short',
      withHash({ ...MD5, value: 'a'.repeat(31) }),
      'wrong-hash-length at /hashes/0/value',
    ],
    [
      'a SHA-1 called MD5',
      withHash({ ...MD5, value: 'a'.repeat(40) }),
      'wrong-hash-length at /hashes/0/value',
    ],
    [
      'a value that is not hexadecimal',
      withHash({ ...MD5, value: 'g'.repeat(32) }),
      'malformed-value at /hashes/0/value',
    ],
    [
      'a value with a line feed',
      withHash({ ...MD5, value: `${'a'.repeat(32)}\n` }),
      'malformed-value at /hashes/0/value',
    ],
    [
      'a hash type twice, of an image',
      changed({ hashes: [MD5, PDQ, PDQ] }),
      'repeated-hash-type at /hashes/2',
    ],
    [
      'the second hash being bad',
      changed({ hashes: [MD5, { ...PDQ, value: '0' }] }),
      'wrong-hash-length at /hashes/1/value',
    ],
    [
      'a time with an offset',
      changed({ observedAt: '2026-01-02T03:04:05+00:00' }),
      'malformed-value at /observedAt',
    ],
    [
      'a time without a zone',
      changed({ observedAt: '2026-01-02T03:04:05' }),
      'malformed-value at /observedAt',
    ],
    [
      'a time in lower case',
      changed({ observedAt: '2026-01-02t03:04:05Z' }),
      'malformed-value at /observedAt',
    ],
    [
      'a time on February 30',
      changed({ observedAt: '2026-02-30T03:04:05Z' }),
      'malformed-value at /observedAt',
    ],
    ['a time in milliseconds', changed({ observedAt: 1_767_323_045_000 }), 'malformed-value at /observedAt'],
    [
      'a time of 41 characters',
      changed({ observedAt: `2026-01-02T03:04:05.${'0'.repeat(20)}Z` }),
      'out-of-range at /observedAt',
    ],
    [
      'an https URL as contentRef',
      changed({ contentRef: 'https://example.org/1.jpg' }),
      'malformed-value at /contentRef',
    ],
    [
      'a data URL as contentRef',
      changed({ contentRef: 'data:image/png;base64,AAAA' }),
      'malformed-value at /contentRef',
    ],
    ['a URL as actorRef', changed({ actorRef: 'http://example.org' }), 'malformed-value at /actorRef'],
    [
      'a URL as reference of a basis',
      changed({ basis: { kind: 'seized', ref: 'a/b' } }),
      'malformed-value at /basis/ref',
    ],
    [
      'a contentRef of 257 characters',
      changed({ contentRef: 'a'.repeat(257) }),
      'malformed-value at /contentRef',
    ],
    ['an empty contentRef', changed({ contentRef: '' }), 'malformed-value at /contentRef'],
    ['a platform in upper case', changed({ platform: 'Example' }), 'malformed-value at /platform'],
    ['a mediaType that is not known', changed({ mediaType: 'audio' }), 'malformed-value at /mediaType'],
    ['viewed: maybe', changed({ viewed: { thisFile: 'maybe' } }), 'malformed-value at /viewed/thisFile'],
    ['an annotation that is not known', changed({ annotations: ['x'] }), 'malformed-value at /annotations/0'],
    ['no annotation', changed({ annotations: [] }), 'out-of-range at /annotations'],
    [
      'a country in lower case',
      changed({ jurisdictions: ['US', 'de'] }),
      'malformed-value at /jurisdictions/1',
    ],
    ['a negative length', changed({ byteLength: -1 }), 'out-of-range at /byteLength'],
    ['a length over 2^53', changed({ byteLength: 1e300 }), 'out-of-range at /byteLength'],
    ['an optional field that is null', changed({ actorRef: null }), 'malformed-value at /actorRef'],
  ])('%s', (_, value, expected) => {
    expect(refusal(decode(value))).toBe(expected)
  })

  // A literal `__proto__` in JSON makes a field of that name; in an object literal it would set the prototype.
  test.each<[string, string, string, string]>([
    ['a report', '{', '{"__proto__":{"x":1},', 'unknown-field'],
    ['a hash', '[{', '[{"__proto__":{"x":1},', 'unknown-field at /hashes/0'],
  ])('a field __proto__ of %s is an unknown field', (_, before, after, expected) => {
    expect(refusal(decodeReport(Buffer.from(JSON.stringify(REPORT).replace(before, after))))).toBe(expected)
  })

  test.each(['constructor', 'toString', 'hasOwnProperty', '', '/', '~'])(
    'a field named %j is an unknown field',
    (name) => {
      expect(refusal(decode(changed({ [name]: 1 })))).toBe('unknown-field')
      expect(refusal(decode(changed({ viewed: { thisFile: 'no', [name]: 1 } })))).toBe(
        'unknown-field at /viewed',
      )
    },
  )
})

describe('the check', () => {
  test('says of every value what the whole schema says', () => {
    const schema = Compile(Report)
    const strange = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        'pdq',
        {},
        { type: 'pdq' },
        { type: 'none', value: '' },
        { ...PDQ, type: 'md5' },
      ),
      fc.constantFrom<unknown>(
        { ...MD5, quality: 1 },
        { ...PDQ, quality: 101 },
        { ...PDQ, quality: 1.5 },
        { ...PDQ, quality: null },
        { ...PDQ, more: 1 },
        { ...MD5, value: 'g'.repeat(32) },
        { ...MD5, value: 'ā'.repeat(32) },
        [MD5],
        PDQ,
        MD5,
      ),
    )
    const hashes = fc.array(strange, { maxLength: 3 })
    fc.assert(
      fc.property(
        anyReport,
        fc.option(hashes, { nil: undefined }),
        fc.constantFrom('', 'x'),
        (one, others, more) => {
          const value: unknown = {
            ...one,
            mediaType: 'video',
            ...(others ? { hashes: others } : {}),
            ...(more ? { [more]: 1 } : {}),
          }
          expect(!(checkReport(value) instanceof Rejection)).toBe(schema.Check(value))
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('the codec', () => {
  test('a report written in canonical JSON is read back as it was', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const bytes = Buffer.from(canonicalJson(report))
        expect(bytes.length).toBeLessThanOrEqual(REPORT_MAX_BYTES)
        expect(decodeReport(bytes)).toEqual(report)
      }),
    )
  })

  test('reading never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(decodeReport(bytes)).toBeInstanceOf(Rejection)
        },
      ),
    )
  })

  test('the digest does not depend on the order of fields', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const reversed = checkReport(Object.fromEntries(Object.entries(report).toReversed()))
        expect(reversed).not.toBeInstanceOf(Rejection)
        if (!(reversed instanceof Rejection)) expect(reportDigest(reversed)).toBe(reportDigest(report))
      }),
    )
  })

  test('the digest differs when anything differs', () => {
    const digests = [
      REPORT,
      changed({ contentRef: 'content-2' }),
      withHash(PDQ),
      changed({ viewed: { thisFile: 'no' } }),
    ]
      .map(checkReport)
      .map((report) => (report instanceof Rejection ? report.toString() : reportDigest(report)))
    expect(new Set(digests).size).toBe(digests.length)
    expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true)
  })
})

test('the quick way to the canonical form of a report makes the same text as the plain one', () => {
  fc.assert(
    fc.property(anyReport, (value) => {
      expect(canonicalReport(value)).toBe(canonicalJson(value))
    }),
    { numRuns: 1_000 },
  )
  // A field that is new in the contract has to be put into the quick way, too.
  const all = {
    ...REPORT,
    actorRef: 'a',
    annotations: ['viral', 'infant'],
    basis: { kind: 'cybertip', ref: 'r' },
    byteLength: 0,
    collectionRef: 'c',
    cybertipId: '1',
    jurisdictions: ['US', 'DE-BE'],
    viewed: { thisFile: 'yes', by: 'human' },
  }
  expect(new Set(Object.keys(all))).toEqual(new Set(Object.keys(Report.properties)))
  const checked = checkReport(all)
  if (checked instanceof Rejection) throw new Error(checked.toString())
  expect(canonicalReport(checked)).toBe(canonicalJson(all))
})
