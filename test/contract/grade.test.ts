import { describe, expect, test } from 'vitest'
import type { Match } from '../../src/contract/hit.ts'
import { grade, support } from '../../src/contract/grade.ts'
import { priority } from '../../src/policy/priority.ts'

const REPORT = '0'.repeat(64)
const OTHER_REPORT = '1'.repeat(64)

const known = (source: string, sourceId: string, origin = source): Match['known'][number] => ({
  source,
  sourceId,
  origin,
  classification: { scheme: 'ncmec', code: 'A1' },
  addedAt: '2026-01-02T03:04:05Z',
})

const match = (type: Match['type'], entries: Match['known'], reportDigest = REPORT): Match => ({
  reportDigest,
  type,
  value: '0'.repeat(64),
  knownValue: '0'.repeat(64),
  distance: 0,
  threshold: 0,
  known: entries,
})

const judged = (type: Match['type'], quality: number): Match => ({
  ...match(type, [known('a', '1')]),
  quality,
})

describe('the grade', () => {
  test.each<[string, readonly Match[], string]>([
    ['a SHA-256 alone', [match('sha256', [known('a', '1')])], 'exact'],
    [
      'a SHA-256 among perceptual matches',
      [match('pdq', [known('b', '1')]), match('sha256', [known('a', '1')])],
      'exact',
    ],
    [
      'a SHA-1 and an MD5 of one entry in one report',
      [match('sha1', [known('a', '1')]), match('md5', [known('a', '1')])],
      'exact',
    ],
    [
      'a SHA-1 and an MD5 that share one entry among several',
      [match('md5', [known('a', '2'), known('b', '3')]), match('sha1', [known('a', '1'), known('b', '3')])],
      'exact',
    ],
    [
      'a SHA-1 and an MD5 of different entries',
      [match('sha1', [known('a', '1')]), match('md5', [known('a', '2')])],
      'exact-weak',
    ],
    [
      'a SHA-1 and an MD5 with one sourceId of different sources',
      [match('sha1', [known('a', '1')]), match('md5', [known('b', '1')])],
      'exact-weak',
    ],
    [
      'a SHA-1 and an MD5 of one entry in different reports',
      [match('sha1', [known('a', '1')]), match('md5', [known('a', '1')], OTHER_REPORT)],
      'exact-weak',
    ],
    ['a SHA-1 alone', [match('sha1', [known('a', '1')])], 'exact-weak'],
    ['an MD5 alone', [match('md5', [known('a', '1')])], 'exact-weak'],
    [
      'two MD5 of one entry',
      [match('md5', [known('a', '1')]), match('md5', [known('a', '1')])],
      'exact-weak',
    ],
    [
      'an MD5 with a PDQ of one entry',
      [match('md5', [known('a', '1')]), match('pdq', [known('a', '1')])],
      'exact-weak',
    ],
    ['a PDQ with a quality', [judged('pdq', 50)], 'perceptual'],
    ['a PDQ with the quality 0', [judged('pdq', 0)], 'perceptual'],
    ['a PDQ without a quality', [match('pdq', [known('a', '1')])], 'perceptual-weak'],
    [
      'two PDQ, of which one has a quality',
      [match('pdq', [known('a', '1')]), judged('pdq', 80)],
      'perceptual',
    ],
    ['a PDQ with a quality and a blockhash', [judged('pdq', 50), match('blockhash', [])], 'perceptual'],
    [
      'a PDQ and a blockhash of one entry, both without a quality',
      [match('pdq', [known('a', '1')]), match('blockhash', [known('a', '1')])],
      'perceptual-weak',
    ],
    [
      'an MD5 with a PDQ that has a quality',
      [match('md5', [known('a', '1')]), judged('pdq', 90)],
      'exact-weak',
    ],
  ])('of %s', (_, matches, expected) => {
    expect(grade(matches)).toBe(expected)
    expect(grade(matches.toReversed())).toBe(expected)
  })

  test('is not moved by a source and a sourceId that run together: a + b-1 is not a-b + 1', () => {
    expect(grade([match('sha1', [known('a', 'b:1')]), match('md5', [known('a-b', '1')])])).toBe('exact-weak')
  })

  test('the stronger the grade, the higher the priority', () => {
    expect(priority('exact')).toBeGreaterThan(priority('exact-weak'))
    expect(priority('exact-weak')).toBeGreaterThan(priority('perceptual'))
    expect(priority('perceptual')).toBeGreaterThan(priority('perceptual-weak'))
    expect(priority('perceptual-weak')).toBeGreaterThanOrEqual(1)
  })
})

describe('support', () => {
  test('counts each origin once, however many of its lists and entries agree', () => {
    const entries = [
      known('ncmec', '1'),
      known('ncmec', '2'),
      known('mirror-of-ncmec', '1', 'ncmec'),
      known('iwf', '1'),
    ]
    expect(support([match('pdq', entries)])).toEqual({ origins: 2, hashTypes: 1 })
  })

  test('counts each kind of hash once, over all matches', () => {
    const matches = [
      match('pdq', [known('a', '1')]),
      match('pdq', [known('b', '1')]),
      match('md5', [known('a', '1')]),
    ]
    expect(support(matches)).toEqual({ origins: 2, hashTypes: 2 })
  })
})
