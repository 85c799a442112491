import { describe, expect, test } from 'vitest'
import { readIcse } from '../../../src/lists/formats/icse.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf } from './made-up.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const SHA1 = '0123456789abcdef0123'.repeat(2)
const PHOTODNA = Buffer.alloc(144, 'photo')
const ZZ40 = 'fedcba9876543210'.repeat(2)
const LACE = Buffer.alloc(129, 'lace!')

/** The header of a real export. */
const COLUMNS = [
  'MD5',
  'SHA1',
  'ZZ40',
  'PhotoDNA',
  'Lace',
  'Image ID',
  'Is distributed',
  'Victim identified',
  'Offender identified',
  'Series name',
  'Investigation name',
  'Agency',
  'Number of submissions',
  'File Available',
  'Media Type',
  'Baseline',
] as const
type Cells = Partial<Record<(typeof COLUMNS)[number], string>>

const USUAL: Cells = {
  MD5,
  SHA1,
  'Image ID': '12345',
  'Is distributed': 'Y',
  'Victim identified': 'Y',
  'Offender identified': 'N',
  'Series name': 'A series',
  'Investigation name': 'secret investigation',
  Agency: 'secret agency',
  'Number of submissions': '3',
  'File Available': 'True',
  'Media Type': 'Image',
  Baseline: 'Yes',
}
const row = (cells: Cells = {}, columns: readonly (typeof COLUMNS)[number][] = COLUMNS): string =>
  columns.map((column) => ({ ...USUAL, ...cells })[column] ?? '').join(';')
const csv = (...rows: readonly string[]): string => `${[COLUMNS.join(';'), ...rows].join('\n')}\n`
const read = (text: string): Promise<readonly ListItem[]> => itemsOf(readIcse, text)
const readRow = async (cells: Cells): Promise<unknown> => (await read(csv(row(cells))))[0]

describe('a row of ICSE', () => {
  test('gives a file with its hashes, class, series and flags, and nothing of investigation and agency', async () => {
    const items = await read(csv(row()))
    expect(items).toEqual([
      {
        kind: 'file',
        place: 'line 2',
        sourceId: '12345',
        hashes: [
          { type: 'md5', value: MD5 },
          { type: 'sha1', value: SHA1 },
        ],
        code: 'Baseline',
        series: 'A series',
        victimIdentified: true,
        tags: ['media:image', 'distributed'],
      },
    ])
    expect(JSON.stringify(items)).not.toContain('secret')
  })

  test.each<[string, Cells, object]>([
    [
      'PhotoDNA in upper-case digits',
      { PhotoDNA: PHOTODNA.toString('hex').toUpperCase() },
      { type: 'photodna', value: PHOTODNA.toString('hex') },
    ],
    [
      'PhotoDNA in base64',
      { PhotoDNA: PHOTODNA.toString('base64') },
      { type: 'photodna', value: PHOTODNA.toString('hex') },
    ],
    ['ZZ40', { ZZ40 }, { type: 'zz40', value: ZZ40 }],
    ['Lace in base64', { Lace: LACE.toString('base64') }, { type: 'lace', value: LACE.toString('hex') }],
    ['MD5 in upper case', { MD5: MD5.toUpperCase() }, { type: 'md5', value: MD5 }],
  ])('may have %s', async (_, cells, hash) => {
    expect(await readRow(cells)).toMatchObject({ hashes: expect.arrayContaining([hash]) })
  })

  test.each<[Cells, object]>([
    [{ Baseline: 'No' }, { code: 'Not baseline' }],
    [{ Baseline: '' }, {}],
    [{ 'Victim identified': 'N' }, { victimIdentified: false }],
    [{ 'Victim identified': '' }, {}],
    [{ 'Offender identified': 'Y' }, { tags: ['media:image', 'distributed', 'offender-identified'] }],
    [{ 'Is distributed': 'N' }, { tags: ['media:image'] }],
    [{ 'Media Type': 'Video', PhotoDNA: '' }, { tags: ['media:video', 'distributed'] }],
    [{ 'Series name': '' }, {}],
    [{ 'Image ID': '900719925474099312345' }, { sourceId: '900719925474099312345' }],
    [{ 'Image ID': '' }, { sourceId: MD5, isBare: true }],
    [{ MD5: '', SHA1: '' }, { hashes: [] }],
  ])('with %o is %o', async (cells, expected) => {
    expect(await readRow(cells)).toMatchObject({ kind: 'file', ...expected })
  })

  test('with a bad hash loses that one, and the reason does not quote it', async () => {
    const items = await read(csv(row({ MD5: 'deadbeef' })))
    expect(items).toMatchObject([
      { kind: 'file', hashes: [{ type: 'sha1' }] },
      { kind: 'refused', place: 'line 2', reason: expect.stringMatching(/md5 value has 32/) },
    ])
    expect(JSON.stringify(items)).not.toContain('deadbeef')
  })
})

describe('columns of ICSE', () => {
  test('are found by name, in any order and case, and some may be missing', async () => {
    const short = ['Baseline', 'Image ID', 'SHA1', 'MD5'] as const
    const text = `BASELINE;image id;sha1;Md5\n${row({ Baseline: 'No' }, short)}\n`
    expect(await read(text)).toMatchObject([
      { sourceId: '12345', code: 'Not baseline', hashes: [{ type: 'sha1' }, { type: 'md5' }] },
    ])
  })

  test.each([',', '\t', '|'])('may have %o between them', async (delimiter) => {
    expect(await read(csv(row()).replaceAll(';', delimiter))).toMatchObject([
      { sourceId: '12345', code: 'Baseline' },
    ])
  })

  test('that are new are passed over', async () => {
    const text = `${COLUMNS.join(';')};New column\n${row()};secret\n`
    expect(await read(text)).toMatchObject([{ sourceId: '12345', code: 'Baseline' }])
  })

  test('of hashes that are new are read by their names', async () => {
    const sha256 = 'ab'.repeat(32)
    expect(await read(`SHA-256;${COLUMNS.join(';')}\n${sha256};${row()}\n`)).toMatchObject([
      { hashes: [{ type: 'sha256', value: sha256 }, { type: 'md5' }, { type: 'sha1' }] },
    ])
  })

  test('that have one name make the file unusable: it cannot be told which counts', async () => {
    await expect(read(`MD5;Image ID;md5;Baseline\n${MD5};1;${MD5};Yes\n`)).rejects.toThrow(
      /Columns 1 and 3 of the header have one name/,
    )
  })

  test('without one of a hash are no export of ICSE', async () => {
    await expect(read('Image ID;Baseline\n1;Yes\n')).rejects.toThrow(/no column of a hash/)
  })
})

describe('a row of ICSE with another number of cells', () => {
  test.each(['Series name', 'Investigation name', 'Agency'] as const)(
    'that has a delimiter in its %s is read left of the free text and right of it, and the text is left out',
    async (column) => {
      expect(await readRow({ [column]: 'one;two; three', Baseline: 'No' })).toMatchObject({
        kind: 'file',
        sourceId: '12345',
        hashes: [
          { type: 'md5', value: MD5 },
          { type: 'sha1', value: SHA1 },
        ],
        code: 'Not baseline',
        victimIdentified: true,
        tags: ['media:image', 'distributed'],
      })
    },
  )

  test.each<[string, string, RegExp]>([
    ['too few', row().replace(/;Yes$/, ''), /15 cells in place of 16/],
    ['one more at its beginning', `;${row()}`, /column 7 has a value that it can't have/],
    ['one more among the hashes', row({ MD5: `${MD5};` }), /column 7 has a value/],
    ['one more at its end', `${row()};`, /column 13 has a value/],
    ['one more among the flags that is none', row({ 'Is distributed': 'Y;x' }), /column 8 has a value/],
    ['one more, and a bad hash', row({ MD5: 'x', 'Series name': 'a;b' }), /columns may have moved/],
  ])('is refused where it has %s', async (_, line, reason) => {
    expect(await read(csv(line, row()))).toMatchObject([
      { kind: 'refused', place: 'line 2', reason: expect.stringMatching(reason) },
      { kind: 'file', place: 'line 3' },
    ])
  })

  test('is never read one place off: whatever cell is added or lost, its class is right or the row is refused', async () => {
    const cells = row({ Baseline: 'No' }).split(';')
    const lines = cells.flatMap((_, at) => [
      cells.toSpliced(at, 1).join(';'),
      ...['', 'x', 'Yes', 'Y', 'True', '7'].map((added) => cells.toSpliced(at, 0, added).join(';')),
    ])
    for (const item of await read(csv(...lines))) {
      if (item.kind === 'refused') continue
      expect(item).toMatchObject({
        sourceId: '12345',
        hashes: [{ value: MD5 }, { value: SHA1 }],
        code: 'Not baseline',
      })
      expect(item).not.toMatchObject({ victimIdentified: false })
    }
  })

  test('has no flags where a cell may have come in among them', async () => {
    const [item] = await read(csv(row({ 'Is distributed': 'Y;N' })))
    expect(item).toMatchObject({ kind: 'file', code: 'Baseline', tags: ['media:image'] })
    expect(item).not.toHaveProperty('victimIdentified')
  })

  test('and no free text among its columns is refused', async () => {
    expect(await read(`MD5;Image ID;Baseline\n${MD5};1;x;Yes\n`)).toMatchObject([{ kind: 'refused' }])
  })
})

test.each<[string, Cells]>([
  ['Baseline', { Baseline: 'Maybe' }],
  ['a flag', { 'Is distributed': 'Sometimes' }],
  ['the media type', { 'Media Type': 'Yes' }],
])('a row whose value of %s is none of its column is refused: columns may have moved', async (_, cells) => {
  expect(await readRow(cells)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/can't have/) })
})
