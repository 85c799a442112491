import { describe, expect, test } from 'vitest'
import { DeathLedger, isCondemned, isSingly } from '../../../src/stream/live/poison-records.ts'
import { WorkJournal } from '../../../src/stream/live/work-journal.ts'

describe('the journal of work', () => {
  test('tells another thread what is in work, and nothing of what has ended', () => {
    const journal = new WorkJournal()
    const seenByOthers = new WorkJournal(journal.block)
    expect(seenByOthers.spans()).toEqual([])
    const endFirst = journal.begin({ topic: 'reports', partition: 0, from: 10, to: 19 })
    journal.begin({ topic: 'reports', partition: 2, from: 7, to: 7 })
    endFirst()
    expect(seenByOthers.spans()).toEqual([{ topic: 'reports', partition: 2, from: 7, to: 7 }])
    journal.begin({ topic: 'reports', partition: 0, from: 20, to: 2 ** 40 })
    expect(seenByOthers.spans()).toContainEqual({ topic: 'reports', partition: 0, from: 20, to: 2 ** 40 })
  })
})

describe('deaths teach', () => {
  const batch = { topic: 'reports', partition: 1, from: 100, to: 199 }

  test('nothing when they come once, or at different places', () => {
    const ledger = new DeathLedger()
    expect(ledger.note([batch])).toBe(false)
    expect(ledger.note([{ topic: 'reports', partition: 0, from: 100, to: 199 }])).toBe(false)
    expect(ledger.note([{ topic: 'reports', partition: 1, from: 200, to: 299 }])).toBe(false)
    expect(ledger.note([{ ...batch, topic: 'reports.other' }])).toBe(false)
    expect(ledger.note([])).toBe(false)
  })

  test('to go record by record after the second near one offset, and to leave the record out after the third', () => {
    const ledger = new DeathLedger()
    ledger.note([batch])
    expect(ledger.note([{ topic: 'reports', partition: 1, from: 150, to: 260 }])).toBe(true)
    expect(isSingly(ledger.caution, { topic: 'reports', partition: 1, from: 120, to: 180 })).toBe(true)
    expect(isSingly(ledger.caution, { topic: 'reports', partition: 2, from: 120, to: 180 })).toBe(false)
    expect(isCondemned(ledger.caution, { topic: 'reports', partition: 1, offset: 170 })).toBe(false)
    expect(ledger.note([{ topic: 'reports', partition: 1, from: 170, to: 170 }])).toBe(true)
    expect(isCondemned(ledger.caution, { topic: 'reports', partition: 1, offset: 170 })).toBe(true)
    expect(isCondemned(ledger.caution, { topic: 'reports', partition: 1, offset: 171 })).toBe(false)
    expect(isCondemned(ledger.caution, { topic: 'reports', partition: 0, offset: 170 })).toBe(false)
    expect(isCondemned(ledger.caution, { topic: 'reports.other', partition: 1, offset: 170 })).toBe(false)
  })
})
