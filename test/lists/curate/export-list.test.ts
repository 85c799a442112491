import { expect, test } from 'vitest'
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

test('an entry leaves only where its source permits it', () => {
  expect(mayLeave(entry('md5', A))).toBe(false)
  expect(mayLeave(entry('md5', A, { handling: { audience: 'members', onward: 'same-audience' } }))).toBe(true)
})
