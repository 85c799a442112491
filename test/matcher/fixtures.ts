// Known sets, reports and a policy to match with: plain values, no doubles of our own parts.
import { expect } from 'vitest'
import { decodeHit, encodeHit, type Hit } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report, ReportedHash } from '../../src/contract/report.ts'
import type { HashType } from '../../src/hash/hash-type.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import type { ReceivedReport } from '../../src/matcher/received-report.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import type { HashRule, Policy } from '../../src/policy/policy.ts'
import { hashValue } from '../contract/arbitraries.ts'

export const PDQ = hashValue('pdq', 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2))
export const OTHER_PDQ = hashValue('pdq', '1b2c3d4e5f60718293a4b5c6d7e8f901'.repeat(2))
export const SHA256 = hashValue('sha256', '5b'.repeat(16) + '05'.repeat(16))
export const SHA1 = hashValue('sha1', '6b'.repeat(10) + '06'.repeat(10))
export const MD5 = hashValue('md5', '7b'.repeat(8) + '07'.repeat(8))
export const BLOCKHASH = hashValue('blockhash', 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2))

export const POLICY: Policy = {
  hashes: {
    sha256: { part: 'hit' },
    sha1: { part: 'hit' },
    md5: { part: 'hit' },
    pdq: {
      part: 'hit',
      maxDistanceBits: 31,
      minQuality: 50,
      orientations: { forms: ORIENTATIONS.slice(1), maxDistanceBits: 31 },
    },
    blockhash: { part: 'corroborate', maxDistanceBits: 10 },
  },
  origins: {},
}

export function setOf(...entries: readonly KnownHash[]): PlainKnownSet {
  const set = new PlainKnownSet()
  for (const [offset, one] of entries.entries()) {
    set.apply({ identity: one, key: knownHashKey(one), entry: one }, offset)
  }
  return set
}

export const reportOf = (hashes: readonly ReportedHash[], fields: Partial<Report> = {}): ReceivedReport => ({
  report: {
    schema: 'report/1',
    reportId: 'report-1',
    platform: 'example',
    observedAt: '2026-03-04T05:06:07Z',
    mediaType: 'image',
    contentRef: 'content-1',
    ...fields,
    hashes,
  },
  receivedAtMs: Date.UTC(2026, 2, 4, 5, 6, 8),
})

/** A reported hash of good quality, where its type has one. */
export const reported = (type: HashType, value: string, quality?: number): ReportedHash => ({
  type,
  value,
  ...(quality === undefined ? {} : { quality }),
})

export const GOOD_PDQ = reported('pdq', PDQ, 90)

export function hitOf(set: PlainKnownSet, report: ReceivedReport, policy: Policy = POLICY): Hit | undefined {
  const [hit] = new Matcher(set, policy).match([report])
  if (hit) expect(decodeHit(Buffer.from(encodeHit(hit))), 'a hit keeps its own contract').toEqual(hit)
  return hit
}

/** The hit that there must be. */
export function sureHitOf(set: PlainKnownSet, report: ReceivedReport, policy: Policy = POLICY): Hit {
  const hit = hitOf(set, report, policy)
  if (!hit) throw new Error('Expected a hit, found none.')
  return hit
}

export const withRule = (type: 'pdq' | 'blockhash' | 'md5', rule: HashRule): Policy => ({
  ...POLICY,
  hashes: { ...POLICY.hashes, [type]: rule },
})
