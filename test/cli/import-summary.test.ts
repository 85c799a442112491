import { describe, expect, test } from 'vitest'
import {
  pendingText,
  rejectionLines,
  summaryJson,
  summaryText,
  withheldText,
} from '../../src/cli/import-summary.ts'
import { amountText } from '../../src/cli/progress.ts'
import type { IntakeSummary } from '../../src/lists/import/summary.ts'

const SUMMARY: IntakeSummary = {
  read: 5,
  accepted: { md5: 5 },
  notMatched: {},
  skipped: {},
  quarantined: {},
  rejected: [],
  rejectedCount: 0,
  useless: 0,
  unknownClass: 0,
  added: 5,
  changed: 0,
  stopped: 0,
  unchanged: 0,
  removed: 0,
  absent: 0,
  withheld: 0,
}
const LINES = { format: 'lines', schemes: ['ncmec'], dryRun: false }
const PENDING = {
  id: 'abc',
  why: 'removes-much' as const,
  before: 40,
  adds: 0,
  changes: 0,
  removes: 12,
  since: '2026-01-01T00:00:00Z',
}

describe('the summary of an import', () => {
  test('says how many of the changed entries match no more', () => {
    const stopping = { ...SUMMARY, changed: 3, stopped: 2 }
    expect(summaryText(stopping, LINES)).toEqual([
      '5 added, 3 changed (2 of them no match any more), 0 unchanged',
    ])
    expect(summaryJson(stopping, LINES)).toMatchObject({ changed: 3, stopped: 2 })
  })

  test('of plain lines is one line', () => {
    expect(summaryText(SUMMARY, LINES)).toEqual(['5 added, 0 changed, 0 unchanged'])
  })

  test('of another list is a table: what was accepted, kept, left out, held back and rejected', () => {
    const summary = {
      ...SUMMARY,
      read: 1_204,
      accepted: { md5: 1_000, sha1: 1_000 },
      notMatched: { photodna: 200 },
      skipped: { 'vics-us 0: non-pertinent': 3 },
      quarantined: { 'md5: it is the digest of an empty file': 1 },
      rejectedCount: 2,
      removed: 7,
    }
    expect(summaryText(summary, { format: 'vics', schemes: ['vics-us'], dryRun: false })).toEqual([
      'vics, scheme vics-us: 1,204 records',
      '  accepted               md5                                     1,000',
      '  accepted               sha1                                    1,000',
      '  kept, not matched yet  photodna                                  200',
      '  left out               vics-us 0: non-pertinent                    3',
      '  held back              md5: it is the digest of an empty file      1',
      '  rejected               see standard error                          2',
      '5 added, 0 changed, 0 unchanged, 7 removed, 1 degenerate ones held back',
    ])
  })

  test('of a dry run and of a change that waits says that nothing was published', () => {
    expect(summaryText(SUMMARY, { ...LINES, dryRun: true }).at(-1)).toMatch(/^Dry run: 5 added/)
    expect(summaryText({ ...SUMMARY, pending: PENDING }, LINES).at(-1)).toMatch(
      /^Nothing was published\. It would be: 5 added/,
    )
  })

  test('as JSON has the counts by name, and the places of what was rejected', () => {
    const rejected = [{ where: 'record 7', reason: 'its code is none of the scheme vics-us' }]
    expect(
      summaryJson({ ...SUMMARY, rejected, rejectedCount: 1 }, { format: 'vics', schemes: [], dryRun: true }),
    ).toEqual({
      format: 'vics',
      scheme: null,
      dryRun: true,
      read: 5,
      accepted: { md5: 5 },
      notMatched: {},
      skipped: {},
      quarantined: {},
      rejected,
      rejectedCount: 1,
      added: 5,
      changed: 0,
      unchanged: 0,
      removed: 0,
    })
  })
})

describe('standard error', () => {
  const rejected = [
    { where: 'line 7', reason: 'no value' },
    { where: 'record 2', reason: 'no id' },
  ]

  test('names the place of each rejection, and counts the rest', () => {
    expect(rejectionLines('list.txt', { rejected, rejectedCount: 1_002 })).toEqual([
      'list.txt:7: no value',
      'list.txt, record 2: no id',
      '… and 1,000 more that can’t be used',
    ])
    expect(rejectionLines('-', { rejected, rejectedCount: 2 })).toEqual([
      'line 7: no value',
      'record 2: no id',
    ])
  })

  test('says what a change that waits would do, and how to let it', () => {
    expect(pendingText(PENDING, 'iwf')).toBe(
      'Nothing was published: the list would remove 12 of the 40 entries that iwf has (30 %). Is it the right list, and whole? If so, say --yes.',
    )
    expect(pendingText({ ...PENDING, why: 'adds-much', adds: 5_000 }, 'iwf')).toContain(
      'add 5,000 entries to the 40 that iwf has',
    )
    expect(withheldText({ ...SUMMARY, withheld: 3, rejectedCount: 1 })).toMatch(
      /^3 entries that the list lacks were left/,
    )
  })
})

describe('progress', () => {
  test('shows the share, the rate and the time left once they are steady', () => {
    const reading = { what: 'List', unit: 'bytes' as const, total: 400_000_000 }
    expect(amountText({ ...reading, amount: 100_000_000, ms: 4_000 })).toBe('List 25 %, 25 MB/s, 12 s left')
    expect(amountText({ ...reading, amount: 1_000_000, ms: 4_000 })).toBe('List 0 %, 1 MB/s, 27 min left')
    expect(amountText({ ...reading, amount: 100_000_000, ms: 900 })).toBe('List 25 %, 1 s')
    expect(amountText({ ...reading, total: undefined, amount: 100_000_000, ms: 4_000 })).toBe(
      'List 100 MB, 25 MB/s, 4 s',
    )
    expect(
      amountText({ what: 'Published', unit: 'entries', total: 100_000, amount: 50_000, ms: 2_000 }),
    ).toBe('Published 50 %, 25,000 entries/s, 2 s left')
  })
})
