// The values that a run of the whole system is to keep quiet about: each is planted where its like comes from.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { entry } from '../fixtures/entries.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import type { HashType } from '../../src/hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { CLIENT_SECRET } from '../review/identity-provider.ts'
import { REVIEW, STRANGER, USER, WATCHER } from '../integration/secure-broker.ts'
import { Marks } from './marks.ts'

const random = seededRandom(2026)

function valueOf(type: HashType, digits: number): HashValue {
  const value = parseHashValue(type, randomBalancedHash(random).slice(0, digits))
  if (value === undefined) throw new Error('no such value')
  return value
}

/** Each with its type. */
export const VALUES = {
  /** Known, and reported. */
  pdq: ['pdq', randomBalancedHash(random)],
  sha256: ['sha256', valueOf('sha256', 64)],
  md5: ['md5', valueOf('md5', 32)],
  /** Known from a list with a bad line, and removed again. */
  listed: ['pdq', randomBalancedHash(random)],
  /** Reported, and not known. */
  harmless: ['pdq', randomBalancedHash(random)],
  /** In records that are refused. */
  refused: ['sha1', valueOf('sha1', 40)],
} as const satisfies Record<string, readonly [HashType, HashValue]>

/** No two begin with the same 14 letters. */
export const REFERENCES = {
  reportId: 'rep:5a1-planted.report',
  contentRef: 'cont:77q.planted-content',
  actorRef: 'act:19k-planted.uploader',
  collectionRef: 'coll:83m-planted.collection',
  basisRef: 'basis:64z-planted.basis',
  platform: 'plat-48w-planted-platform',
  cybertipId: '77150368842391605528',
  sourceId: 'src 31:r-planted/entry',
  series: 'ser 20:y-planted/series',
  field: 'fld-92h-planted-field',
  recordKey: 'key:55t-planted.record',
} as const

/** A person who reviews, and one who may only look after the machines. */
export const PEOPLE = {
  'sub-40c-planted-reviewer': { name: 'Nme-71d Planted Reviewer', groups: ['grp-12f-planted-reviewers'] },
  'sub-87e-planted-operator': { name: 'Nme-26p Planted Operator', groups: ['grp-95j-planted-operators'] },
} as const
export const [REVIEWER, OPERATOR] = Object.keys(PEOPLE) as [
  'sub-40c-planted-reviewer',
  'sub-87e-planted-operator',
]
/** What a reviewer writes. */
export const NOTE = 'note-33v: what a reviewer wrote'
export const REASON = 'reason-58d: why a reviewer decided so'

export const SNAPSHOT_KEY = randomBytes(32)
export const AUDIT_KEY = generateKeyPairSync('ed25519').privateKey

export function plantedMarks(): Marks {
  const marks = new Marks()
  for (const [name, [type, value]] of Object.entries(VALUES)) marks.hash(`hash value ${name}`, type, value)
  for (const [name, text] of Object.entries(REFERENCES)) marks.text(name, text)
  for (const [subject, { name, groups }] of Object.entries(PEOPLE)) {
    marks.text('a person’s subject', subject).text('a person’s name', name)
    for (const group of groups) marks.text('a group of people', group)
  }
  marks.text('a reviewer’s note', NOTE).text('a reviewer’s reason', REASON)
  for (const { name, password } of [USER, STRANGER, REVIEW, WATCHER])
    marks.text(`Kafka’s password of ${name}`, password)
  // The seed is the last 32 bytes of PKCS 8.
  const auditSeed = AUDIT_KEY.export({ type: 'pkcs8', format: 'der' }).subarray(-32)
  return marks
    .text('the client’s secret', CLIENT_SECRET)
    .bytes('the snapshot’s key', SNAPSHOT_KEY)
    .bytes('the audit’s key', auditSeed)
}

export const KNOWN: readonly KnownHash[] = (['pdq', 'sha256', 'md5'] as const).map((name) => {
  const [type, value] = VALUES[name]
  return entry(type, value, {
    source: 'example-list',
    sourceId: REFERENCES.sourceId,
    series: REFERENCES.series,
  })
})

/** With all that a report may name. */
export const REPORT: Report = {
  schema: 'report/1',
  reportId: REFERENCES.reportId,
  platform: REFERENCES.platform,
  observedAt: '2026-03-04T05:06:07Z',
  mediaType: 'image',
  contentRef: REFERENCES.contentRef,
  actorRef: REFERENCES.actorRef,
  collectionRef: REFERENCES.collectionRef,
  cybertipId: REFERENCES.cybertipId,
  basis: { kind: 'own-terms', ref: REFERENCES.basisRef },
  hashes: [
    { type: 'pdq', value: VALUES.pdq[1], quality: 90 },
    { type: 'sha256', value: VALUES.sha256[1] },
    { type: 'md5', value: VALUES.md5[1].toUpperCase() },
  ],
}
