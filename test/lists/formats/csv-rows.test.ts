import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvRows, type CsvLine, type Delimiter } from '../../../src/lists/formats/csv-rows.ts'
import { pieces } from './made-up.ts'

const HASH = '0123456789abcdef'.repeat(2)

const read = async (text: string, delimiter: Delimiter = ';', size?: number): Promise<readonly CsvLine[]> =>
  (await Array.fromAsync(csvRows(pieces(text, size), delimiter))).flat()

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

describe('rows of CSV', () => {
  test('come with their lines, and blank lines are passed over', async () => {
    expect(await read('a;b\n\n\n1;2\n3;4')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 4, cells: ['1', '2'] },
      { line: 5, cells: ['3', '4'] },
    ])
  })

  test('may have quotes around cells, with delimiters, quotes and line ends in them', async () => {
    expect(await read('"a;b";"say ""x"""\n"two\nlines";d\ne;f\n')).toEqual([
      { line: 1, cells: ['a;b', 'say "x"'] },
      { line: 3, cells: ['two\nlines', 'd'] },
      { line: 4, cells: ['e', 'f'] },
    ])
  })

  test('may have a quote within a cell: it is a character, and shifts nothing', async () => {
    expect(await read('a 5" disk;b\n"bad"quote;c\nd;e\n')).toEqual([
      { line: 1, cells: ['a 5" disk', 'b'] },
      { line: 2, cells: ['"bad"quote', 'c'] },
      { line: 3, cells: ['d', 'e'] },
    ])
  })

  test('that a stray quote swallows are refused, with their lines', async () => {
    const rows = `${HASH};a\n${HASH};"b\n${HASH};c\n${HASH};"\n${HASH};e\n`
    expect(await read(rows)).toEqual([
      { line: 1, cells: [HASH, 'a'] },
      { kind: 'refused', place: 'lines 2 to 4', reason: expect.stringMatching(/a quote opens/) },
      { line: 5, cells: [HASH, 'e'] },
    ])
  })

  test.each<[string, string, RegExp]>([
    [
      'a quote is open at the end',
      `${HASH};"a\n${HASH};b\n`,
      /ends within quotes that open after line 0.*cut off/,
    ],
    [
      'a row has a megabyte',
      `a;b\n${'x'.repeat(1_000_000)};b\n`,
      /row of more than 65536 bytes after line 1/,
    ],
    [
      'quotes swallow many lines',
      `${HASH};a\n`.repeat(100) + `x;"b\n${`${HASH};c\n`.repeat(20)}x;"\n` + `${HASH};a\n`.repeat(100),
      /quotes that swallow 22 of its 222 lines/,
    ],
  ])('make a damaged file where %s', async (_, text, problem) => {
    const error: unknown = await read(text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DAMAGED_LIST', message: expect.stringMatching(problem) })
    // csv-parse's own error holds the row, and isn't handed on.
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(error))).not.toMatch(/0123456789abcdef|xxxx/)
  })

  test('are the same whatever the pieces of the text', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ';', '\n', ' ', 'é'), maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 20 }),
        async (rows, size) => {
          const text = rows.map((row) => `${row.map(quoted).join(';')}\n`).join('')
          const lines = await read(text, ';', size)
          expect(lines.map((line) => 'cells' in line && line.cells)).toEqual(rows)
        },
      ),
      { numRuns: 100 },
    )
  })
})
