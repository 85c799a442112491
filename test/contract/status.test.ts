import { expect, test } from 'vitest'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeStatus, encodeStatus, type Status } from '../../src/contract/status.ts'
import { aStatus, matching, reviewing } from '../fixtures/statuses.ts'
import { refusal } from './refusal.ts'

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

test.each<[string, Status]>([
  ['a process that knows nothing yet', aStatus()],
  [
    'a matcher',
    aStatus({
      ready: false,
      waitingFor: [{ code: 'kafka', thread: 2, why: 'not reached yet' }],
      cpuCores: 1.5,
      eventLoopDelaySeconds: 0.02,
      lastError: {
        error: 'LogUnreachableError (KAFKA_UNREACHABLE, ECONNREFUSED)',
        at: '2026-01-02T03:04:04.000Z',
      },
      match: matching({
        partitions: [
          { topic: 'reports', partition: 0, next: 5, end: 9, lagSeconds: 0.4 },
          { topic: 'reports', partition: 1 },
        ],
        perSecond: { reportsRead: 20_000, reportsMatched: 19_999.5, hits: 1, deadLetters: 0 },
        hitsByGrade: { exact: 2 },
        deadLettersByCode: { 'not-json': 1 },
        stageSeconds: { search: 12.25 },
        reportToHit: { bounds: [0.1, 1], counts: [5, 8, 9] },
        canaryToMatch: { bounds: [], counts: [0] },
        canaryAgeSeconds: 4,
        retro: { offset: 9, waitingPartitions: 0 },
      }),
    }),
  ],
  [
    'a review service',
    aStatus({ role: 'review', review: reviewing({ openCases: 3, leasedCases: 1, oldestCaseSeconds: 60 }) }),
  ],
])('the status of %s is read as it was written', (_, status) => {
  expect(decodeStatus(Buffer.from(encodeStatus(status)))).toEqual(status)
})

test('an older reader takes a newer record and leaves out the fields that it does not know, at every depth', () => {
  const status = aStatus({ match: matching({ partitions: [{ topic: 'reports', partition: 0, next: 1 }] }) })
  const newer = {
    ...status,
    colour: 'green',
    memory: { ...status.memory, arenas: 3 },
    match: {
      ...status.match,
      mood: { good: true },
      partitions: [{ topic: 'reports', partition: 0, next: 1, leader: 4 }],
    },
    lookout: { accepted: 9 },
  }
  expect(decodeStatus(bytes(newer))).toEqual(status)
})

test('an older reader takes the status of a role, and of a part of readiness, that it does not know', () => {
  const newer = aStatus({ role: 'lookout', waitingFor: [{ code: 'quarantine', why: 'a reason' }] })
  expect(decodeStatus(bytes(newer))).toEqual(newer)
})

test('another major version of the status is refused', () => {
  expect(refusal(decodeStatus(bytes({ ...aStatus(), schema: 'status/2' })))).toBe(
    'malformed-value at /schema',
  )
})

test.each<[string, object]>([
  ['a control character', { host: 'host\u001b[2J' }],
  ['a whole digest, as hash values have it', { match: matching({ policy: 'a'.repeat(64) }) }],
  [
    'a message in place of an error’s class',
    { lastError: { error: 'user@host: refused', at: aStatus().at } },
  ],
  ['a negative age', { match: matching({ canaryAgeSeconds: -1 }) }],
  ['an unknown value in place of an absent one', { cpuCores: null }],
])('a status with %s is refused', (_, wrong) => {
  expect(decodeStatus(bytes({ ...aStatus(), ...wrong }))).toBeInstanceOf(Rejection)
})
