// What VICS says of media beside their hashes: what is kept, and what is dropped as it is read.
import { describe, expect, test } from 'vitest'
import { DamagedListError } from '../../../src/lists/list-item.ts'
import { base64, MadeUp } from './made-up.ts'
import { one, read } from './vics-media.ts'

const made = new MadeUp(17)
const MD5 = made.md5()

describe('provenance', () => {
  test.each<[string, string | undefined]>([
    ['2023-06-07T02:31:49.8300Z', '2023-06-07T02:31:49.830Z'],
    ['2023-06-07T02:31:49Z', '2023-06-07T02:31:49.000Z'],
    ['2023-06-07T02:31:49.8300000+02:00', '2023-06-07T00:31:49.830Z'],
    ['2023-06-07T02:31:49', '2023-06-07T02:31:49.000Z'],
    ['/Date(1700000000000-0500)/', '2023-11-14T22:13:20.000Z'],
    ['/Date(1700000000000)/', '2023-11-14T22:13:20.000Z'],
    ['07/06/2023', undefined],
    ['2023-13-45T99:00:00Z', undefined],
  ])('has the date %s as %s', async (DateUpdated, changedAt) => {
    const item = await one({ MD5, DateUpdated })
    expect('changedAt' in item ? item.changedAt : undefined).toBe(changedAt)
  })

  test.each<[unknown, boolean | undefined]>([
    [true, true],
    ['true', true],
    ['True', true],
    ['1', true],
    [1, true],
    ['Y', true],
    [false, false],
    ['False', false],
    ['0', false],
    ['No', false],
    ['N', false],
    ['Unknown', undefined],
    [null, undefined],
    ['', undefined],
    [2, undefined],
  ])('has VictimIdentified %j as %j', async (VictimIdentified, expected) => {
    const item = await one({ MD5, VictimIdentified })
    expect('victimIdentified' in item ? item.victimIdentified : undefined).toBe(expected)
  })

  test('has the series in one line of at most 64 characters', async () => {
    expect(await one({ MD5, Series: ' Made Up\n1 ' })).toMatchObject({ series: 'Made Up 1' })
    expect(await one({ MD5, Series: 'é'.repeat(90) })).toMatchObject({ series: 'é'.repeat(64) })
    expect(await one({ MD5, Series: ' ' })).not.toHaveProperty('series')
  })

  test.each<[unknown, readonly string[]]>([
    ['one', ['one']],
    ['one; two;one;', ['one', 'two']],
    ['one,two', ['one', 'two']],
    ['one, with a comma;two', ['one, with a comma', 'two']],
    [
      ['one', 'two'],
      ['one', 'two'],
    ],
  ])('has the tags %j as %j', async (Tags, tags) => {
    expect(await one({ MD5, Tags })).toMatchObject({ tags })
  })

  test('has at most 16 tags', async () => {
    const item = await one({ MD5, Tags: Array.from({ length: 30 }, (_, at) => `t${at}`).join(';') })
    expect('tags' in item ? item.tags : []).toHaveLength(16)
  })
})

describe('content', () => {
  const SECRET = 'Secret-Content-4711'
  const RECORD = {
    MediaID: 1,
    Category: 1,
    MD5,
    Miniature: base64('00ff'.repeat(2_000)) + SECRET,
    MediaFiles: [{ FileName: SECRET, FilePath: `C:\\${SECRET}`, MD5: made.md5(), PhotoDNA: made.photodna() }],
    Exifs: [{ PropertyName: SECRET, PropertyValue: SECRET }],
    Comments: SECRET,
    RelativeFilePath: SECRET,
    VictimName: SECRET,
    IsPrecategorized: true,
    IsSuspected: 'True',
  }

  test('is in no item: thumbnails, names and places of files, EXIF, comments', async () => {
    const document = {
      CaseNumber: SECRET,
      ContactName: SECRET,
      TotalMediaFiles: 9,
      value: [RECORD],
      TotalPrecategorized: 0,
    }
    for (const bytes of [1, 100, 4096]) {
      const items = await read(document, bytes)
      expect(items).toEqual([
        { kind: 'file', place: 'record 1', sourceId: '1', code: '1', hashes: [{ type: 'md5', value: MD5 }] },
      ])
    }
  })

  test('and counts that contradict the records change nothing', async () => {
    const plain = await read({ value: [{ MediaID: 1, Category: 1, MD5 }] })
    expect(
      await read({
        TotalMediaFiles: 0,
        value: [{ ...RECORD, IsPrecategorized: false }],
        TotalPrecategorized: 7,
      }),
    ).toEqual(plain)
  })

  test('is in no error of a damaged text', async () => {
    const text = JSON.stringify({ value: [RECORD] })
    for (const cut of [
      text.slice(0, -2),
      `${text.slice(0, 90)}\u0001${text.slice(90)}`,
      text.replace('"MD5":', '"MD5"'),
    ]) {
      const error: unknown = await read(cut).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(DamagedListError)
      expect(String(error)).not.toContain(SECRET)
      expect(String(error)).not.toContain(MD5)
    }
  })
})
