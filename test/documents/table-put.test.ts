import { expect, test } from 'vitest'
import { tablePut } from '../../src/documents/table-put.ts'

const DOCUMENT = 'Before.\n\n<!-- one: generated -->\nstale\n<!-- /one -->\n\nAfter $1 and $&.\n'
const ROWS = [
  ['name', 'meaning'],
  ['a', 'costs $1 or $&'],
] as const

test('a table replaces what stood in its place, and nothing else', () => {
  const written = tablePut(DOCUMENT, 'one', ROWS)
  expect(written).toBe(
    'Before.\n\n<!-- one: generated -->\n| name | meaning |\n|---|---|\n| a | costs $1 or $& |\n<!-- /one -->\n\nAfter $1 and $&.\n',
  )
  expect(tablePut(written, 'one', ROWS)).toBe(written)
})

test('a document without the place, or without its end, is refused', () => {
  expect(() => tablePut(DOCUMENT, 'two', ROWS)).toThrow('no place for the table two')
  expect(() => tablePut(DOCUMENT.replace('<!-- /one -->', ''), 'one', ROWS)).toThrow(
    'no place for the table one',
  )
})
