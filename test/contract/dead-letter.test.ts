import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deadLetterKey, decodeDeadLetter, makeDeadLetter } from '../../src/contract/dead-letter.ts'
import { canonicalJson } from '../../src/contract/json.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { refusal } from './refusal.ts'

const PLACE = { topic: 'reports', partition: 3, offset: 42 }

describe('a dead letter', () => {
  test('is a pointer to the record, with its size, digest and the reason', () => {
    const payload = Buffer.from('{"SECRET":1}')
    expect(makeDeadLetter(PLACE, payload, new Rejection('missing-field', '/reportId'))).toEqual({
      schema: 'dead-letter/1',
      topic: 'reports',
      partition: 3,
      offset: 42,
      size: 12,
      sha256: createHash('sha256').update(payload).digest('hex'),
      reason: { code: 'missing-field', at: '/reportId' },
    })
  })

  test('never holds any of the payload', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 3 }).map((text) => `SECRET${text}`),
          { minLength: 1 },
        ),
        (names) => {
          const payload = Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, name]))))
          const rejection = decodeReport(payload)
          if (!(rejection instanceof Rejection)) throw new TypeError('A hostile report was accepted.')
          expect(canonicalJson(makeDeadLetter(PLACE, payload, rejection))).not.toContain('SECRET')
        },
      ),
    )
  })

  test('of a record without a value has the size 0 and the digest of nothing', () => {
    const { size, sha256 } = makeDeadLetter(PLACE, null, new Rejection('empty'))
    expect(size).toBe(0)
    expect(sha256).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test('has the key topic-partition-offset, the same each time the record is read', () => {
    expect(deadLetterKey(makeDeadLetter(PLACE, Buffer.from('a'), new Rejection('not-json')))).toBe(
      'reports-3-42',
    )
  })

  test('is read back as it was', () => {
    const letter = makeDeadLetter(PLACE, Buffer.from('a'), new Rejection('not-json'))
    expect(decodeDeadLetter(Buffer.from(canonicalJson(letter)))).toEqual(letter)
  })

  test('is read without a field that it does not have: neither a payload nor one of a later version gets in', () => {
    const letter = makeDeadLetter(PLACE, null, new Rejection('empty'))
    const more = { ...letter, payload: 'x', reason: { ...letter.reason, payload: 'x' } }
    expect(decodeDeadLetter(Buffer.from(JSON.stringify(more)))).toEqual(letter)
  })

  test.each<[string, object, string]>([
    ['an unknown reason', { reason: { code: 'because', at: '' } }, 'malformed-value at /reason/code'],
    ['a negative offset', { offset: -1 }, 'out-of-range at /offset'],
    ['a topic that is no name', { topic: 'a b' }, 'malformed-value at /topic'],
  ])('with %s is refused', (_, fields, expected) => {
    const letter = { ...makeDeadLetter(PLACE, null, new Rejection('empty')), ...fields }
    expect(refusal(decodeDeadLetter(Buffer.from(JSON.stringify(letter))))).toBe(expected)
  })
})
