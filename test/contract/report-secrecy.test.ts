// A rejection goes into logs and into the topic of dead letters: it may hold nothing of what was refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { decode, MD5, PDQ, REPORT, withHash } from './example-report.ts'
import { refusal } from './refusal.ts'

describe('a rejection never holds anything of the message', () => {
  // Marked with a text that no schema holds, so that it would be seen in a rejection; the slash keeps it from being
  // a valid reference.
  const marked = fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', '/', '~1', '\u0000', '__proto__'),
    )
    .map(([text, special]) => `/SECRET${text}${special}SECRET`)
  const hostileFields = fc.dictionary(marked, fc.oneof(marked, fc.object({ key: marked })), { maxKeys: 30 })
  const PLACE =
    /^(\/(schema|reportId|platform|observedAt|mediaType|contentRef|actorRef|collectionRef|byteLength|cybertipId|jurisdictions|annotations|hashes|viewed|basis|type|value|quality|thisFile|by|kind|ref|\d+))*$/

  function expectNothingTold(value: unknown): void {
    const rejection = decode(value)
    if (!(rejection instanceof Rejection)) throw new TypeError('A hostile report was accepted.')
    expect(rejection.toString()).not.toContain('SECRET')
    expect(rejection.at).toMatch(PLACE)
  }

  test('in hostile field names, however many and at any level', () => {
    fc.assert(
      fc.property(
        hostileFields.filter((fields) => Object.keys(fields).length > 0),
        fc.constantFrom('report', 'hash', 'viewed', 'basis', 'everywhere', 'only'),
        (fields, where) => {
          const at = (place: string): object => (where === place || where === 'everywhere' ? fields : {})
          expectNothingTold(
            where === 'only'
              ? fields
              : {
                  ...REPORT,
                  ...at('report'),
                  hashes: [MD5, { ...PDQ, ...at('hash') }],
                  viewed: { thisFile: 'no', ...at('viewed') },
                  basis: { kind: 'seized', ...at('basis') },
                },
          )
        },
      ),
    )
  })

  test('in hostile values, in any field', () => {
    const OPTIONAL = {
      actorRef: 'a',
      collectionRef: 'b',
      byteLength: 1,
      cybertipId: '1',
      jurisdictions: ['US'],
      annotations: ['viral'],
      viewed: { thisFile: 'no' },
      basis: { kind: 'seized' },
    }
    const full: Record<string, unknown> = { ...REPORT, ...OPTIONAL }
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(full)),
        fc.oneof(marked, fc.array(marked, { minLength: 1 }), hostileFields),
        (field, value) => {
          expectNothingTold({ ...full, [field]: value })
        },
      ),
    )
  })

  test.each(['type', 'value', 'quality'])('in a hostile %s of a hash', (field) => {
    fc.assert(
      fc.property(fc.oneof(marked, hostileFields), (value) => {
        expectNothingTold(withHash({ ...PDQ, [field]: value }))
      }),
    )
  })

  test('in text that is not JSON', () => {
    expect(refusal(decodeReport(Buffer.from('{"SECRET')))).toBe('not-json')
  })
})
