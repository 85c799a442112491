import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/contract/known-hash.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { exportText, mayLeave, type ExportFormat } from '../../../src/lists/curate/export-list.ts'
import { entry } from '../../fixtures/entries.ts'

const A = ('a1'.repeat(8) + 'a2'.repeat(8)) as HashValue
const B = ('b1'.repeat(8) + 'b2'.repeat(8)) as HashValue
const ENTRIES = [
  entry('md5', A),
  entry('md5', B, { sourceId: '2', held: { why: 'disabled' } }),
  entry('md5', B, { sourceId: '3', role: 'suppress' }),
]

function exported(format: ExportFormat): { text: string; written: number; leftOut: number } {
  const counts = { written: 0, leftOut: 0 }
  const text = [...exportText(ENTRIES, format, counts)].join('')
  return { text, ...counts }
}

test.each(['vics', 'lines'] as const)(
  '%s has no entry that is held back or suppresses, and says how many those are',
  (format) => {
    const { text, written, leftOut } = exported(format)
    expect(text.toLowerCase()).toContain(A)
    expect(text.toLowerCase()).not.toContain(B)
    expect({ written, leftOut }).toEqual({ written: 1, leftOut: 2 })
  },
)

test('our CSV says of each entry that it is held back or suppresses, so it holds all of them', () => {
  const { text, written, leftOut } = exported('csv')
  expect(text).toContain('disabled')
  expect(text).toContain('suppress')
  expect({ written, leftOut }).toEqual({ written: 3, leftOut: 0 })
})

test('an entry leaves only where its source permits it, and only to the audience that it names', () => {
  const heldBy = (audience: Entry['handling']['audience'], onward: Entry['handling']['onward']) =>
    entry('md5', A, { handling: { audience, onward } })
  const audiences = ['members', 'law-enforcement'] as const
  const leavesTo = (one: Entry) => audiences.filter((audience) => mayLeave(one, audience))
  expect(leavesTo(entry('md5', A))).toEqual([])
  expect(leavesTo(heldBy('members', 'none'))).toEqual([])
  expect(leavesTo(heldBy('this-deployment', 'same-audience'))).toEqual([])
  expect(leavesTo(heldBy('members', 'same-audience'))).toEqual(['members'])
  expect(leavesTo(heldBy('law-enforcement', 'same-audience'))).toEqual(['law-enforcement'])
})

const ofScheme = (scheme: string, sourceId: string, value: HashValue) =>
  entry('md5', value, { sourceId, classification: { scheme, code: '1' } })

describe('a file of VICS from entries of several schemes', () => {
  const entries = [ofScheme('vics-us', '1', A), ofScheme('vics-ca', '2', B)]

  test('is refused with their names until one is named: a code under another scheme accuses of something else', () => {
    expect(() => exportText(entries, 'vics', { written: 0, leftOut: 0 })).toThrow('vics-ca, vics-us')
    expect(() => exportText(entries, 'vics', { written: 0, leftOut: 0 }, 'iwf')).toThrow('--scheme')
  })

  test('has the entries of the scheme that is named alone, and counts the others', () => {
    const counts = { written: 0, leftOut: 0 }
    const text = [...exportText(entries, 'vics', counts, 'vics-ca')].join('').toLowerCase()
    expect(text).toContain(B)
    expect(text).not.toContain(A)
    expect(counts).toEqual({ written: 1, leftOut: 1 })
  })
})
