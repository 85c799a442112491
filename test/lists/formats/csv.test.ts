import { describe, expect, test } from 'vitest'
import { mappingContradictions, type CsvMapping } from '../../../src/lists/formats/csv-mapping.ts'
import { readMappedCsv } from '../../../src/lists/formats/csv.ts'
import { DATE_FORMS } from '../../../src/lists/formats/csv-mapping.ts'
import { dateOf } from '../../../src/lists/formats/dates.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf } from './made-up.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const SHA1 = '0123456789abcdef0123'.repeat(2)
const PHOTODNA = Buffer.alloc(144, 'photo')

const MAPPING: CsvMapping = {
  delimiter: ',',
  header: true,
  columns: {
    id: 'Image Ref',
    hashes: { md5: 'MD5', sha1: 'SHA-1', photodna: 'PhotoDNA' },
    status: 'Status',
    code: 'Category',
    series: 'Series',
    victimIdentified: 'Identified',
    tags: 'Tags',
    changedAt: 'Assessed',
  },
  status: { live: ['Active'], withdrawn: ['Removed', 'Deleted'] },
  codes: { A: 'A', B: 'B', 'C - indecent': 'C' },
  dates: 'DD/MM/YYYY',
}
const HEADER = 'Image Ref,MD5,SHA-1,PhotoDNA,Status,Category,Series,Identified,Tags,Assessed,Notes\n'

const read = (text: string | Buffer, mapping: CsvMapping = MAPPING): Promise<readonly ListItem[]> =>
  itemsOf((bytes) => readMappedCsv(bytes, mapping), text)
const readRow = async (row: string): Promise<unknown> => (await read(`${HEADER}${row}\n`))[0]

const FILE = {
  kind: 'file',
  place: 'line 2',
  sourceId: 'ref-1',
  hashes: [
    { type: 'md5', value: MD5 },
    { type: 'sha1', value: SHA1 },
  ],
  code: 'A',
}

describe('a table read by a mapping', () => {
  test('gives files with what the mapping names, and nothing else', async () => {
    const items = await read(
      `${HEADER}ref-1,${MD5},${SHA1},${PHOTODNA.toString('base64')},Active,A,A series,yes,"x;y",03/04/2026,secret notes\n`,
    )
    expect(items).toEqual([
      {
        ...FILE,
        hashes: [...FILE.hashes, { type: 'photodna', value: PHOTODNA.toString('hex') }],
        series: 'A series',
        victimIdentified: true,
        tags: ['x', 'y'],
        changedAt: '2026-04-03T00:00:00.000Z',
      },
    ])
    expect(JSON.stringify(items)).not.toContain('secret')
  })

  test.each<[string, string, object]>([
    [
      'a word of a class that stands for a code',
      `ref-1,${MD5},${SHA1},,Active,C - indecent,,,,,`,
      { ...FILE, code: 'C' },
    ],
    ['a status in another case', `ref-1,${MD5},${SHA1},,ACTIVE,A,,,,,`, FILE],
    ['a status that withdraws', `ref-1,${MD5},,,Removed,A,,,,,`, { kind: 'withdrawal', sourceId: 'ref-1' }],
    [
      'a status that withdraws a value without an id',
      `,${MD5},,,Deleted,A,,,,,`,
      { kind: 'withdrawal', sourceId: MD5, isBare: true, hashes: [{ type: 'md5', value: MD5 }] },
    ],
    ['no id', `,${MD5},${SHA1},,Active,A,,,,,`, { kind: 'file', sourceId: MD5, isBare: true }],
    [
      'an id beyond 2^53',
      `900719925474099312345,${MD5},,,Active,A,,,,,`,
      { sourceId: '900719925474099312345' },
    ],
    ['an id with zeros in front', `0012,${MD5},,,Active,A,,,,,`, { sourceId: '0012' }],
    [
      'another status',
      `ref-1,${MD5},,,Suspended,A,,,,,`,
      { kind: 'refused', reason: expect.stringMatching(/status is none/) },
    ],
    [
      'no status',
      `ref-1,${MD5},,,,A,,,,,`,
      { kind: 'refused', reason: expect.stringMatching(/status is none/) },
    ],
    [
      'another class',
      `ref-1,${MD5},,,Active,D,,,,,`,
      { kind: 'refused', reason: expect.stringMatching(/class is none/) },
    ],
    [
      'neither id nor hash',
      `,,,,Active,A,,,,,`,
      { kind: 'refused', reason: expect.stringMatching(/no id that can be used/) },
    ],
    ['too few cells', `ref-1,${MD5}`, { kind: 'refused', reason: 'it has 2 cells in place of 11' }],
    [
      'a cell too many',
      `ref-1,${MD5},,,Active,A,,,,,,`,
      { kind: 'refused', reason: 'it has 12 cells in place of 11' },
    ],
  ])('knows a row with %s', async (_, row, expected) => {
    expect(await readRow(row)).toMatchObject(expected)
  })

  test('has no class where the row has none', async () => {
    expect(await readRow(`ref-1,${MD5},,,Active,,,,,,`)).not.toHaveProperty('code')
  })

  test('loses a bad date and a bad hash, says so, and keeps the rest of the row', async () => {
    const items = await read(`${HEADER}ref-1,${MD5},deadbeef,,Active,A,,,,31/02/2026,\n`)
    expect(items).toMatchObject([
      { kind: 'file', sourceId: 'ref-1', hashes: [{ type: 'md5' }] },
      { kind: 'refused', reason: expect.stringMatching(/sha1 value has 40/) },
      {
        kind: 'refused',
        reason: expect.stringMatching(/date is none of the form DD\/MM\/YYYY; its hashes are read/),
      },
    ])
    expect(items[0]).not.toHaveProperty('changedAt')
    expect(JSON.stringify(items)).not.toContain('deadbeef')
  })

  test('may have one hash a row, with its type in a column', async () => {
    const mapping: CsvMapping = {
      delimiter: ';',
      header: true,
      columns: { type: 'Kind', value: 'Hash' },
      types: { 'Fingerprint 1': 'md5' },
    }
    const text = `Hash;Kind\n${MD5};Fingerprint 1\n${SHA1};SHA-1\nabc;CRC32\n;md5\n`
    expect(await read(text, mapping)).toMatchObject([
      { sourceId: MD5, hashes: [{ type: 'md5' }] },
      { sourceId: SHA1, hashes: [{ type: 'sha1' }] },
      { kind: 'passed-over', why: 'type CRC32' },
      { kind: 'refused' },
    ])
  })

  test('may withdraw one hash in a row, and leaves the other rows of its file', async () => {
    const mapping: CsvMapping = {
      delimiter: ',',
      header: true,
      columns: { id: 'id', type: 'Kind', value: 'Hash', status: 'Status' },
      status: { live: ['Active'], withdrawn: ['Removed'] },
    }
    const text = `id,Kind,Hash,Status\n7,sha1,${SHA1},Removed\n7,CRC32,abc,Removed\n7,,,Removed\n`
    expect(await read(text, mapping)).toEqual([
      { kind: 'withdrawal', place: 'line 2', sourceId: '7', hashes: [{ type: 'sha1', value: SHA1 }] },
      { kind: 'withdrawal', place: 'line 3', sourceId: '7', hashes: [] },
      { kind: 'withdrawal', place: 'line 4', sourceId: '7' },
    ])
  })

  test('may have no header: columns are numbered', async () => {
    const mapping: CsvMapping = { delimiter: '\t', header: false, columns: { id: '2', hashes: { md5: '1' } } }
    expect(await read(`${MD5}\tone\n${MD5}\ttwo\n`, mapping)).toMatchObject([
      { place: 'line 1', sourceId: 'one' },
      { place: 'line 2', sourceId: 'two' },
    ])
  })

  test('may be in Windows-1252', async () => {
    const text = Buffer.from(`${HEADER}ref-\u00fc,${MD5},,,Active,A,M\u00fcnchen,,,,\n`, 'latin1')
    expect(await read(text, { ...MAPPING, encoding: 'windows-1252' })).toMatchObject([
      { sourceId: 'ref-\u00fc', series: 'M\u00fcnchen' },
    ])
    // As UTF-8, two ids could become one.
    expect(await read(text)).toMatchObject([{ kind: 'refused' }])
  })

  test.each<[string, string, RegExp]>([
    ['lacks a column', 'MD5,Status\n', /no column of the name that the mapping gives/],
    [
      'has another delimiter',
      HEADER.replaceAll(',', ';'),
      /only one column: its delimiter may be another one/,
    ],
    ['has a column twice', HEADER.replace('Notes', 'status'), /Columns 5 and 11 of the header have one name/],
  ])('is refused where its header %s', async (_, header, problem) => {
    await expect(read(`${header}x\n`)).rejects.toThrow(problem)
  })

  test('may have two columns of one name that are not read', async () => {
    const text = `${HEADER.trimEnd()},Notes\nref-1,${MD5},${SHA1},,Active,A,,,,,,\n`
    expect(await read(text)).toMatchObject([FILE])
  })
})

describe('a date', () => {
  test.each(DATE_FORMS)('of the form %s is read, with and without a time', (form) => {
    const printed = form.replace('YYYY', '2026').replace('MM', '04').replace('DD', '03')
    expect(dateOf(form, printed)).toBe('2026-04-03T00:00:00.000Z')
    expect(dateOf(form, `${printed} 8:05`)).toBe('2026-04-03T08:05:00.000Z')
    expect(dateOf(form, `${printed}T18:05:09Z`)).toBe('2026-04-03T18:05:09.000Z')
    expect(dateOf(form, `${printed}x`)).toBeUndefined()
  })

  test('of RFC 3339 needs its offset', () => {
    expect(dateOf('RFC 3339', '2026-04-03T08:05:00+02:00')).toBe('2026-04-03T06:05:00.000Z')
    expect(dateOf('RFC 3339', '2026-04-03T08:05:00')).toBeUndefined()
    expect(dateOf('RFC 3339', '2026-04-03')).toBeUndefined()
  })

  test.each(['31/02/2026', '00/01/2026', '01/13/2026', '1/2/2026', '01.02.2026', ''])(
    'is none: %s',
    (printed) => {
      expect(dateOf('DD/MM/YYYY', printed)).toBeUndefined()
    },
  )
})

describe('a mapping', () => {
  const columns = { hashes: { md5: 'MD5' } }
  test.each<[Partial<CsvMapping>, RegExp]>([
    [{ columns: {} }, /either `hashes`, or both `type` and `value`/],
    [{ columns: { type: 'T' } }, /either `hashes`/],
    [{ columns: { ...columns, value: 'V' } }, /either `hashes`/],
    [{ types: { a: 'md5' } }, /\/types says/],
    [{ columns: { ...columns, status: 'S' } }, /a row without a known status is refused/],
    [{ status: { live: ['A'], withdrawn: [] } }, /need each other/],
    [{ codes: { A: 'A' } }, /\/codes needs/],
    [{ columns: { ...columns, changedAt: 'D' } }, /03\/04\/2026 can be two days/],
    [{ dates: 'DD/MM/YYYY' }, /need each other/],
  ])('that contradicts itself is refused: %o', (part, problem) => {
    expect(mappingContradictions({ delimiter: ',', header: true, columns, ...part })).toEqual([
      expect.stringMatching(problem),
    ])
  })

  test('that is sound has no contradictions', () => {
    expect(mappingContradictions(MAPPING)).toEqual([])
    expect(mappingContradictions({ delimiter: ',', header: true, columns })).toEqual([])
  })
})
