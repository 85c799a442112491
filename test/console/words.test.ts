// The console's words: chance, time, reasons, and what "viewed" means.
import { describe, expect, test } from 'vitest'
import { auditWords } from '../../src/console/wording/audit.ts'
import { chanceWords } from '../../src/console/wording/chance.ts'
import { viewedWords } from '../../src/console/wording/report.ts'
import { age, ago, bytes, masked, rest } from '../../src/console/wording/times.ts'
import { inOrder, whySentence } from '../../src/console/wording/why.ts'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'

test.each([
  [8.06e-17, '1 in 12 quadrillion'],
  [1e-3, '1 in 1,000'],
  [9.999e-7, '1 in 1 million'],
  [1.0001e-9, '1 in 1 billion'],
  [0.004, '1 in 250'],
  [2.9e-5, '1 in 34,000'],
  [4e-77, '1 in 10⁷⁶'],
  [3.2, 'about 3.2'],
  [0.5, 'about 1'],
  [0, 'none'],
])('a chance of %d is said as %s', (expected, words) => {
  expect(chanceWords(expected)).toBe(words)
})

test('an action of the audit that this version does not know is shown by its name', () => {
  expect(auditWords('signed-in-elsewhere')).toBe('signed-in-elsewhere')
  expect(auditWords('sign-in')).toBe('Signed in')
})

describe('viewed', () => {
  test('only a person’s viewing of this very file is said as one', () => {
    expect(viewedWords({ thisFile: 'yes', by: 'human' }).short).toBe('Yes, by a person')
    expect(viewedWords({ thisFile: 'yes', by: 'human' }).meaning).toContain('no warrant')
  })

  test.each([
    [{ thisFile: 'unknown' } as const],
    [{ thisFile: 'no' } as const],
    [{ thisFile: 'yes' } as const],
    [{ thisFile: 'yes', by: 'automated' } as const],
    [{ thisFile: 'unknown', by: 'human' } as const],
  ])('%j is never taken for it: a warrant is needed', (viewed) => {
    expect(viewedWords(viewed).short).not.toContain('by a person')
    expect(viewedWords(viewed).meaning).toContain('needs a warrant')
  })

  test('is explained in two sentences that name United States v. Wilson', () => {
    for (const thisFile of ['yes', 'no', 'unknown'] as const) {
      const { meaning } = viewedWords({ thisFile })
      expect(meaning.replace('v. Wilson', '').replace('9th Cir. 2021', '').match(/\./g)).toHaveLength(2)
      expect(meaning).toContain('United States v. Wilson')
    }
  })
})

test('every rule that a matcher can name is a sentence, and what makes the hit comes first', () => {
  const rules = [
    ...HASH_TYPE_NAMES.map((type) => `equal:${type}`),
    ...ORIENTATIONS.slice(1).map((orientation) => `near-${orientation}:pdq`),
    'near:pdq',
    'corroborates:blockhash',
    'quality-absent:pdq',
    'degenerate:md5',
  ]
  for (const rule of rules) expect(whySentence(rule)).toMatch(/^[AT].* .*\.$/)
  expect(inOrder(['corroborates:blockhash', 'degenerate:md5', 'near:pdq', 'equal:md5'])).toEqual([
    'equal:md5',
    'near:pdq',
    'corroborates:blockhash',
    'degenerate:md5',
  ])
  expect(whySentence('a-rule-of-tomorrow:pdq')).toBe('a-rule-of-tomorrow:pdq')
})

test('ages and rests are short', () => {
  const times = [0, 59_000, 61_000, 7.3e6, 2e8]
  expect(times.map((ms) => age(0, ms))).toEqual(['< 1 min', '< 1 min', '1 min', '2 h', '2 d'])
  expect(times.map((ms) => ago(0, ms))).toEqual(['just now', 'just now', '1 min ago', '2 h ago', '2 d ago'])
  expect([600_000, 61_000, 400, -5].map(rest)).toEqual(['10:00', '1:01', '0:01', '0:00'])
  expect([999, 34_211, 1.25e6].map(bytes)).toEqual(['999 B', '34.2 kB', '1.25 MB'])
})

test('a reference is never shown whole', () => {
  for (const reference of ['a', 'abcd', 'user-12345', 'object-77120-and-more'])
    expect(masked(reference)).not.toContain(reference.length > 2 ? reference : `${reference}!`)
  expect(masked('object-77120')).toBe('obje…7120')
})
