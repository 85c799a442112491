// The list of codes that deploy/codes.md prints: each is given for what it says, and by the topics that it names.
import { describe, expect, test } from 'vitest'
import { decodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { Rejection, REJECTIONS, type RejectionCode } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { knownHash } from '../fixtures/entries.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import { changed, MD5 } from './example-report.ts'

const VALUE = parseHashValue('md5', 'd3b07384d113edec49eaa6238ad5ff00')
if (VALUE === undefined) throw new Error('The value of this test is no MD5')
const SAMPLE = knownHash('md5', VALUE)
const KEY = Buffer.from(knownHashKey(SAMPLE))
const asBytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const codeOf = (decoded: unknown): string => (decoded instanceof Rejection ? decoded.code : 'accepted')
const ofReport = (bytes: Uint8Array | null): string => codeOf(decodeReport(bytes))
const ofKnown = (bytes: Uint8Array | null, key: Uint8Array = KEY): string =>
  codeOf(decodeKnownHash(key, bytes))
const report = (fields: object): Buffer => asBytes(changed(fields))
const known = (fields: object): Buffer => asBytes({ ...SAMPLE, ...fields })

/** Codes that the topic or the batch gives, and no single message: test/stream and test/integration have them. */
const OF_THE_STREAM = new Set(['wrong-platform', 'kills-matcher', 'batch-too-large', 'batch-unreadable'])

/** By code, a record of each topic that gives it. */
const SAMPLES: Partial<Record<RejectionCode, { readonly reports?: string; readonly known?: string }>> = {
  empty: { reports: ofReport(null), known: ofKnown(Buffer.alloc(0)) },
  oversized: { reports: ofReport(Buffer.alloc(20_000, 32)), known: ofKnown(Buffer.alloc(20_000, 32)) },
  'not-utf8': { reports: ofReport(Buffer.from([0xff])), known: ofKnown(Buffer.from([0xff])) },
  'not-json': { reports: ofReport(asBytes('{')), known: ofKnown(asBytes('{')) },
  'unknown-schema': {
    reports: ofReport(report({ schema: 'report/9' })),
    known: ofKnown(known({ schema: 'known-hash/9' })),
  },
  'unknown-field': { reports: ofReport(report({ more: 1 })), known: ofKnown(known({ more: 1 })) },
  'missing-field': {
    reports: ofReport(report({ reportId: undefined })),
    known: ofKnown(known({ source: undefined })),
  },
  'malformed-value': { reports: ofReport(report({ platform: 7 })), known: ofKnown(known({ source: 7 })) },
  'out-of-range': {
    reports: ofReport(report({ hashes: [] })),
    known: ofKnown(known({ tags: Array.from({ length: 99 }, () => 'tag') })),
  },
  'unknown-hash-type': { reports: ofReport(report({ hashes: [{ ...MD5, type: 'md6' }] })) },
  'wrong-hash-length': {
    reports: ofReport(report({ hashes: [{ ...MD5, value: 'a'.repeat(64) }] })),
    known: ofKnown(known({ value: 'a'.repeat(64) })),
  },
  'repeated-hash-type': {
    reports: ofReport(report({ mediaType: 'image', hashes: [MD5, MD5] })),
  },
  'degenerate-hash': { known: ofKnown(known({ value: '0'.repeat(32) })) },
  'key-mismatch': { known: ofKnown(known({}), Buffer.from('md5:x')) },
}

describe('the codes of refused messages', () => {
  test('are each given by a record that is as the code says', () => {
    const given = Object.fromEntries(
      Object.entries(SAMPLES).map(([code, { reports, known: entry }]) => [
        code,
        [...new Set([reports, entry].filter((one) => one !== undefined))],
      ]),
    )
    expect(given).toEqual(Object.fromEntries(Object.keys(SAMPLES).map((code) => [code, [code]])))
  })

  test('name the topics that give them, and none is left out', () => {
    const of = Object.entries(SAMPLES).map(([code, { reports, known: entry }]) => [
      code,
      reports && entry ? 'both' : reports ? 'reports' : 'known hashes',
    ])
    const listed = Object.entries(REJECTIONS).filter(([code]) => !OF_THE_STREAM.has(code))
    expect(Object.fromEntries(of)).toEqual(Object.fromEntries(listed.map(([code, kind]) => [code, kind.of])))
  })
})
