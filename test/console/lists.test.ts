// The lists page's words: where a list stands, and which lists need a person.
import { describe, expect, test } from 'vitest'
import { needing, standOf } from '../../src/console/pages/curating/shown.ts'
import type { ListView } from '../../src/contract/review.ts'

const AT = '2026-03-01T00:00:00Z'
const WELL: ListView = { source: 'a', isSynced: true, checkedAt: AT }
const PENDING = {
  id: 'p',
  why: 'removes-much',
  before: 9,
  adds: 0,
  changes: 0,
  removes: 9,
  since: AT,
} as const
const PROBLEM = { code: 'refused', text: 'No.', since: AT }

describe('a list', () => {
  test('is in step only while it is read in time and was read to its end once', () => {
    expect(standOf(WELL)).toBe('well')
    expect(standOf({ ...WELL, isStale: true })).toBe('stale')
    expect(standOf({ source: 'a', isSynced: true })).toBe('first')
    expect(standOf({ source: 'a', isSynced: false })).toBe('by-hand')
  })

  test('shows a problem or a change that waits before its age', () => {
    expect(standOf({ ...WELL, isStale: true, problem: PROBLEM, pending: PENDING })).toBe('problem')
    expect(standOf({ ...WELL, isStale: true, pending: PENDING })).toBe('waits')
    const answer = { verdict: 'apply', at: AT } as const
    expect(standOf({ ...WELL, pending: PENDING, answer })).toBe('answered')
  })

  test('needs a person when it is stale, too', () => {
    const lists = [WELL, { ...WELL, source: 'b', isStale: true as const }]
    const view = { at: AT, lists, origins: { declared: {}, proposals: [], lines: '' } }
    expect(needing(view).map(({ source }) => source)).toEqual(['b'])
  })
})
