// VICS as tools of law enforcement write it: documents, their media, ids and categories; a test for each trap.
import { describe, expect, test } from 'vitest'
import { DamagedListError } from '../../../src/lists/list-item.ts'
import { MadeUp } from './made-up.ts'
import { file, media, one, read } from './vics-media.ts'

const made = new MadeUp(17)
const MD5 = made.md5()
const SHA1 = made.sha1()
const PHOTODNA = made.photodna()

const CONTEXT_US = 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media'
const CONTEXT_13 = 'http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media'

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
