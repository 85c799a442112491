// VICS as tools of law enforcement write it: a test for each trap.
import { describe, expect, test } from 'vitest'
import { DamagedListError, type ListItem } from '../../../src/lists/list-item.ts'
import { readVics } from '../../../src/lists/formats/vics.ts'
import { base64, itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(17)
const MD5 = made.md5()
const SHA1 = made.sha1()
const SHA256 = made.sha256()
const PDQ = made.pdq()
const PHOTODNA = made.photodna()

const CONTEXT_US = 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media'
const CONTEXT_13 = 'http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media'

const read = (document: unknown, pieceBytes?: number): Promise<readonly ListItem[]> =>
  itemsOf(readVics, document, pieceBytes)

/** The items of media in a document without a context. */
const media = (...records: readonly unknown[]): Promise<readonly ListItem[]> => read({ value: records })

const one = async (record: object): Promise<ListItem> => {
  const items = await media({ MediaID: 1, ...record })
  expect(items).toHaveLength(1)
  return items[0]
}

const file = (fields: object): object => expect.objectContaining({ kind: 'file', ...fields })

describe('the scheme', () => {
  test.each(['US', 'Default', 'CUSTOM', 'UK-CAID'])(
    '%s is the path element of the context of 2.0',
    async (scheme) => {
      const context = CONTEXT_US.replace('US', scheme)
      expect(await read({ '@odata.context': context, value: [] })).toEqual([
        { kind: 'scheme', place: 'the context', scheme },
      ])
    },
  )

  test.each([CONTEXT_13, CONTEXT_13.replace('1.3', '1.2'), 'something else'])(
    'is not declared by %s',
    async (context) => {
      expect(await read({ 'odata.metadata': context, value: [{ MediaID: 1, MD5 }] })).toEqual([
        file({ sourceId: '1', hashes: [{ type: 'md5', value: MD5 }] }),
      ])
    },
  )

  test('may come after the media: then its item does, too', async () => {
    const items = await read({ value: [{ MediaID: 1, MD5 }], 'odata.context': CONTEXT_US })
    expect(items).toEqual([file({ sourceId: '1' }), { kind: 'scheme', place: 'the context', scheme: 'US' }])
    expect(items[0]).not.toHaveProperty('scheme')
  })

  test('of two contexts that differ is not certain: the text is damaged', async () => {
    const document = { '@odata.context': CONTEXT_US, 'odata.metadata': CONTEXT_13, value: [] }
    await expect(read(document)).rejects.toThrow(DamagedListError)
    await expect(read({ ...document, 'odata.metadata': CONTEXT_US })).resolves.toHaveLength(1)
  })
})

describe('media', () => {
  test('lie in `value`', async () => {
    expect(await media({ MediaID: 1, MD5 }, { MediaID: 2, SHA1 })).toEqual([
      file({ place: 'record 1', sourceId: '1', hashes: [{ type: 'md5', value: MD5 }] }),
      file({ place: 'record 2', sourceId: '2', hashes: [{ type: 'sha1', value: SHA1 }] }),
    ])
  })

  test('of cases lie in `value[].Media`, whether the context comes first or last', async () => {
    const cases = {
      value: [{ CaseID: 'c', CaseNumber: 'secret', Media: [{ MediaID: 1, MD5 }], Notes: [{ MediaID: 9 }] }],
    }
    const context = { '@odata.context': CONTEXT_US.replace('#Media', '#Cases') }
    const expected = file({ sourceId: '1', hashes: [{ type: 'md5', value: MD5 }] })
    expect(await read({ ...context, ...cases })).toEqual([
      { kind: 'scheme', place: 'the context', scheme: 'US' },
      expected,
    ])
    expect(await read({ ...cases, ...context })).toEqual([
      expected,
      { kind: 'scheme', place: 'the context', scheme: 'US' },
    ])
  })

  test('of a second case have its number in their ids: MediaIDs begin anew in each', async () => {
    const items = await read({ value: [{ Media: [{ MediaID: 1, MD5 }] }, { Media: [{ MediaID: 1, SHA1 }] }] })
    expect(items).toEqual([file({ sourceId: '1' }), file({ sourceId: '1#2' })])
  })

  test('are missing in a case without media', async () => {
    expect(await read({ value: [{ CaseID: 'c', Media: null }] })).toEqual([
      { kind: 'passed-over', place: 'record 1', why: 'case without media' },
    ])
  })

  test('may lie in arrays within the array', async () => {
    expect(await read({ value: [[{ MediaID: 1, MD5 }]] })).toEqual([file({ sourceId: '1' })])
  })

  test('have their fields under names in any case', async () => {
    expect(
      await media({ mediaId: 3, CATEGORY: 1, md5: MD5, SHA1, victimidentified: 'True', SERIES: 'a' }),
    ).toEqual([
      file({
        sourceId: '3',
        code: '1',
        victimIdentified: true,
        series: 'a',
        hashes: [
          { type: 'md5', value: MD5 },
          { type: 'sha1', value: SHA1 },
        ],
      }),
    ])
  })

  test('that have a field twice in different case are refused, and no other ones', async () => {
    expect(await media({ MediaID: 1, MD5, md5: MD5 }, { MediaID: 2, MD5 })).toEqual([
      { kind: 'refused', place: 'record 1', reason: 'a name is there twice, once in another case' },
      file({ sourceId: '2' }),
    ])
  })

  test('that have a field twice are refused: which of them holds?', async () => {
    expect(await read(`{"value":[{"MediaID":1,"Category":1,"MD5":"${MD5}","Category":0}]}`)).toMatchObject([
      { kind: 'refused', place: 'record 1' },
    ])
  })

  test('with one MD5 under several MediaIDs and with different categories are files of their own', async () => {
    expect(await media({ MediaID: 1, MD5, Category: 1 }, { MediaID: 2, MD5, Category: 2 })).toEqual([
      file({ sourceId: '1', code: '1' }),
      file({ sourceId: '2', code: '2' }),
    ])
  })
})

describe('the id', () => {
  test.each<[string, string, string]>([
    ['an integer', '12', '12'],
    ['a text', '"a-7"', 'a-7'],
    ['a text with zeros in front, which is another one than without', '"0012"', '0012'],
    ['an integer beyond 2^53, to the last digit', '12345678901234567891', '12345678901234567891'],
  ])('may be %s', async (_, printed, sourceId) => {
    expect(await read(`{"value":[{"MediaID":${printed},"MD5":"${MD5}"}]}`)).toEqual([file({ sourceId })])
  })

  test.each(['1.5', 'true', '[1]', '{}', `"${'x'.repeat(65)}"`, '"a\\u0007b"', '"\\ud800"'])(
    'can not be %s: the record is refused',
    async (printed) => {
      expect(await read(`{"value":[{"MediaID":${printed},"MD5":"${MD5}"}]}`)).toMatchObject([
        { kind: 'refused' },
      ])
    },
  )

  test('is the first hash where there is no MediaID', async () => {
    expect(await media({ MD5, SHA1 })).toEqual([file({ sourceId: MD5, isBare: true })])
    expect(await media({ PhotoDNA: PHOTODNA })).toEqual([
      file({ sourceId: expect.stringMatching(/^[0-9a-f]{64}$/), isBare: true }),
    ])
    expect(await media({ Category: 1 })).toMatchObject([{ kind: 'refused' }])
  })
})

describe('the category', () => {
  test.each<[string, string | undefined]>([
    ['1', '1'],
    ['"1"', '1'],
    ['1.0', '1'],
    ['"1.0"', '1'],
    ['" 2 "', '2'],
    ['0', '0'],
    ['"A-1"', 'A-1'],
    ['null', undefined],
    ['""', undefined],
  ])('%s is the code %s', async (printed, code) => {
    const [item] = await read(`{"value":[{"MediaID":1,"Category":${printed},"MD5":"${MD5}"}]}`)
    expect(item).toEqual(file({ sourceId: '1' }))
    expect('code' in item ? item.code : undefined).toBe(code)
  })

  test('is undefined where the record has none, as in lists of known good files', async () => {
    expect(await one({ MD5 })).not.toHaveProperty('code')
  })

  test.each(['true', '[1]', '{"a":1}', '"1<2"', `"${'x'.repeat(33)}"`])(
    'can not be %s: the record is refused',
    async (printed) => {
      expect(await read(`{"value":[{"MediaID":1,"Category":${printed},"MD5":"${MD5}"}]}`)).toMatchObject([
        { kind: 'refused', reason: expect.stringContaining('Category') },
      ])
    },
  )
})

describe('the hashes', () => {
  test('are read in upper case', async () => {
    expect(await one({ MD5: MD5.toUpperCase(), SHA1: SHA1.toUpperCase() })).toMatchObject({
      hashes: [
        { type: 'md5', value: MD5 },
        { type: 'sha1', value: SHA1 },
      ],
    })
  })

  test.each([null, ''])('are missing where the field is %j, and the list goes on', async (none) => {
    expect(
      await media(
        { MediaID: 1, MD5: none, SHA1 },
        { MediaID: 2, MD5: none, SHA1: none, AlternativeHashes: none },
        { MediaID: 3, MD5 },
      ),
    ).toEqual([
      file({ hashes: [{ type: 'sha1', value: SHA1 }] }),
      file({ hashes: [] }),
      file({ hashes: [{ type: 'md5', value: MD5 }] }),
    ])
  })

  test('that are no values cost themselves alone', async () => {
    expect(await media({ MediaID: 1, MD5: MD5.slice(1), SHA1, PhotoDNA: 7 })).toEqual([
      file({
        sourceId: '1',
        hashes: [{ type: 'sha1', value: SHA1 }],
        unread: ['md5', 'photodna'],
      }),
      {
        kind: 'refused',
        place: 'record 1',
        sourceId: '1',
        reason: 'a md5 value has 32 hexadecimal digits',
      },
      {
        kind: 'refused',
        place: 'record 1',
        sourceId: '1',
        reason: 'a photodna value has 288 hexadecimal digits, or 192 letters of base64',
      },
    ])
  })

  test.each<[string, object]>([
    ['base64, as 1.3 has it', { PhotoDNA: base64(PHOTODNA) }],
    ['hexadecimal digits', { PhotoDNA: PHOTODNA.toUpperCase() }],
    [
      'base64 among the alternatives, as 2.0 has it',
      { AlternativeHashes: [{ HashName: 'PhotoDNA', HashValue: base64(PHOTODNA) }] },
    ],
    [
      'both places',
      { PhotoDNA: PHOTODNA, AlternativeHashes: [{ HashName: 'PhotoDNA', HashValue: base64(PHOTODNA) }] },
    ],
  ])('of PhotoDNA are kept: %s', async (_, record) => {
    expect(await one(record)).toMatchObject({ hashes: [{ type: 'photodna', value: PHOTODNA }] })
  })

  test.each<[string, unknown]>([
    [
      'pairs',
      [
        { HashName: 'SHA256', HashValue: SHA256 },
        { HashName: 'PDQ', HashValue: PDQ },
      ],
    ],
    [
      'pairs in another order and case',
      [
        { hashValue: SHA256.toUpperCase(), hashName: 'sha-256' },
        { HASHVALUE: PDQ, HASHNAME: 'Pdq' },
      ],
    ],
    [
      'pairs in arrays within arrays',
      [[{ HashName: 'SHA256', HashValue: SHA256 }], [[{ HashName: 'PDQ', HashValue: PDQ }]]],
    ],
    ['values by their names', { SHA256, PDQ }],
    [
      'pairs of which some are empty',
      [
        { HashName: 'SHA256', HashValue: SHA256 },
        { HashName: 'MD5', HashValue: '' },
        {},
        null,
        { HashName: 'PDQ', HashValue: PDQ },
      ],
    ],
  ])('among the alternatives may be %s', async (_, AlternativeHashes) => {
    expect(await one({ AlternativeHashes })).toEqual(
      file({
        hashes: [
          { type: 'sha256', value: SHA256 },
          { type: 'pdq', value: PDQ },
        ],
      }),
    )
  })

  test('of other kinds are counted by name, if the name is known: another one could be a value', async () => {
    expect(
      await one({
        MD5,
        AlternativeHashes: [
          { HashName: 'F1', HashValue: 'abc' },
          { HashName: MD5, HashValue: 'MD5' },
          { HashName: 'x'.repeat(40), HashValue: 'abc' },
        ],
      }),
    ).toMatchObject({ hashes: [{ type: 'md5' }], unkept: ['F1', 'of another name'] })
  })

  test('of one record are 64 at most: more are not read, and that is reported', async () => {
    const AlternativeHashes = Array.from({ length: 70 }, () => ({ HashName: 'MD5', HashValue: made.md5() }))
    const [kept, refused] = await media({ MediaID: 1, AlternativeHashes })
    expect(refused).toEqual({
      kind: 'refused',
      place: 'record 1',
      sourceId: '1',
      reason: 'it has over 64 hashes: those after them are not read',
    })
    expect(kept.kind === 'file' ? kept.hashes : []).toHaveLength(64)
    expect(kept).toMatchObject({ unread: 'all' })
  })

  test('that are alternatives twice over in another case cost themselves alone', async () => {
    const pair = { HashName: 'SHA256', hashname: 'PDQ', HashValue: SHA256 }
    expect(await media({ MediaID: 1, MD5, AlternativeHashes: [pair] })).toMatchObject([
      { kind: 'file', hashes: [{ type: 'md5', value: MD5 }], unread: 'all' },
      { kind: 'refused', sourceId: '1' },
    ])
  })
})

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

describe('a text without a list', () => {
  test.each(['{}', '{"value":null}', '{"value":{"MediaID":1}}', '5', '"value"'])(
    '%s is damaged',
    async (text) => {
      await expect(read(text)).rejects.toThrow(DamagedListError)
    },
  )

  test('says what was expected', async () => {
    await expect(read('{"results":[]}')).rejects.toThrow(
      'The text is JSON and has no list in it: expected `value`, an array of media or of cases. Is it of another format?',
    )
  })

  test('is something else than an empty list', async () => {
    expect(await read({ value: [] })).toEqual([])
  })
})
