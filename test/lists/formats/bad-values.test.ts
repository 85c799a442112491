// A value that can't be read, in every format that names its files: it is known of which file it is, and of which type.
import { expect, test } from 'vitest'
import { openList, type FormatName } from '../../../src/lists/formats/formats.ts'
import type { CsvMapping } from '../../../src/lists/formats/csv-mapping.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { OWN_CSV } from '../../../src/lists/formats/own-csv.ts'
import { listFile } from '../list-files.ts'
import { listedHashOf } from '../../../src/lists/formats/listed-hash.ts'
import { unkeptKind } from '../../../src/lists/formats/unkept-kind.ts'
import { MadeUp } from './made-up.ts'

const made = new MadeUp(31)
const MD5 = made.md5()
const BAD = made.sha1().slice(2)
const MAPPING: CsvMapping = {
  delimiter: ',',
  header: true,
  columns: { id: 'id', hashes: { md5: 'md5', sha1: 'sha1' } },
}
const STIX = {
  type: 'indicator',
  id: 'seven',
  pattern: `[file:hashes.MD5 = '${MD5}' OR file:hashes.'SHA-1' = '${BAD}']`,
}
const attribute = (type: string, value: string): object => ({ type, value, to_ids: true })

/** Records of file `seven` with a good MD5 and a SHA-1 that is too short. */
const RECORDS: readonly (readonly [FormatName, string, string])[] = [
  [
    'ncmec',
    '42/seven',
    `<queryResult><images><image><member id="42"/><id>seven</id><fingerprints><md5>${MD5}</md5><sha1>${BAD}</sha1></fingerprints></image></images></queryResult>`,
  ],
  ['vics', 'seven', JSON.stringify({ value: [{ MediaID: 'seven', MD5, SHA1: BAD, Category: 1 }] })],
  ['icse', 'seven', `Image ID,MD5,SHA1,Baseline,Media Type\nseven,${MD5},${BAD},Yes,Image\n`],
  ['hma', 'seven', JSON.stringify([{ id: 'seven', signals: { md5: MD5, sha1: BAD } }])],
  ['stix', 'seven', JSON.stringify({ objects: [STIX] })],
  [
    'misp',
    'seven',
    JSON.stringify({
      Event: {
        Object: [{ uuid: 'seven', name: 'file', Attribute: [attribute('md5', MD5), attribute('sha1', BAD)] }],
      },
    }),
  ],
  ['csv', 'seven', `id,md5,sha1\nseven,${MD5},${BAD}\n`],
]

async function itemsOf(format: FormatName, text: string): Promise<readonly ListItem[]> {
  const mapping = format === 'csv' ? { mapping: MAPPING } : {}
  const { items } = await openList(listFile(text), { format, ...mapping })
  return (await Array.fromAsync(items)).flat()
}

test.each(RECORDS)('in %s costs itself: its file and its type are known', async (format, sourceId, text) => {
  const items = await itemsOf(format, text)
  expect(items).toMatchObject([
    { kind: 'file', sourceId, hashes: [{ type: 'md5', value: MD5 }], unread: ['sha1'] },
    { kind: 'refused', sourceId },
  ])
})

test.each(RECORDS)('a record of %s without one says nothing of such values', async (format, _, text) => {
  const [item] = await itemsOf(format, text.replaceAll(BAD, `${BAD}ab`))
  expect(item).toMatchObject({ kind: 'file', hashes: [{ type: 'md5' }, { type: 'sha1' }] })
  expect(item).toHaveProperty('unread', undefined)
})

test('a row of our own CSV has one value, and is refused by its id', async () => {
  const text = `${OWN_CSV.begin}sha1,${BAD},seven,ncmec,A1,match,,,,,,,\n`
  const { items } = await openList(listFile(text))
  expect((await Array.fromAsync(items)).flat()).toMatchObject([{ kind: 'refused', sourceId: 'seven' }])
})

test('a kind is shown by its name only if the name is known: it may be that of a file or of a person', () => {
  for (const name of ['SSDEEP', 'x509-certificate', 'sha512/256', 'PhotoDNA'])
    expect(unkeptKind(name)).toBe(name)
  for (const name of ['IMG_2034 Anna.jpg', 'Anna', MD5, '', 7, null, 'x'.repeat(40)])
    expect(unkeptKind(name)).toBe('of another name')
})

test('a kept value of digits is one value in either case, and base64 is not', () => {
  const digits = made.sha256()
  for (const printed of [digits, digits.toUpperCase()])
    expect(listedHashOf('tmk-pdqf', printed)).toEqual({ type: 'tmk-pdqf', value: digits })
  const base64 = 'QUJD'.repeat(10)
  expect(listedHashOf('tmk-pdqf', base64)).toEqual({ type: 'tmk-pdqf', value: base64 })
})

test.each<[FormatName, string]>([
  ['vics', JSON.stringify({ value: [{ MD5: MD5.slice(2), SHA1: made.sha1(), Category: 1 }] })],
  ['vics', JSON.stringify({ value: [{ MD5: MD5.slice(2), SHA1: made.sha1(), Category: {} }] })],
  ['icse', `Image ID,MD5,SHA1,Baseline,Media Type\n,${MD5.slice(2)},${made.sha1()},Yes,Image\n`],
  ['csv', `id,md5,sha1\n,${MD5.slice(2)},${made.sha1()}\n`],
])(
  'in %s is of an unknown file where the file has no id: it may be the value that named it',
  async (format, text) => {
    const items = await itemsOf(format, text)
    expect(items).toHaveLength(2)
    expect(items[1]).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/md5 value has 32/) })
    expect(items[1]).not.toHaveProperty('sourceId')
  },
)
