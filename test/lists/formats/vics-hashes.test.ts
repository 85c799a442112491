// The hashes of VICS media as tools write them: a test for each trap.
import { describe, expect, test } from 'vitest'
import { base64, MadeUp } from './made-up.ts'
import { file, media, one } from './vics-media.ts'

const made = new MadeUp(17)
const MD5 = made.md5()
const SHA1 = made.sha1()
const SHA256 = made.sha256()
const PDQ = made.pdq()
const PHOTODNA = made.photodna()

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
