// Contents of banks of Hasher-Matcher-Actioner.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { readHma } from '../../../src/lists/formats/hma.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(21)
const PDQ = made.pdq()
const MD5 = made.md5()
const RECORD = {
  id: 7,
  disable_until_ts: 1,
  signals: { pdq: PDQ, video_md5: MD5 },
  original_media_uri: 'https://example.org/secret',
  bank: { name: 'SECRET' },
}
const read = (document: unknown): Promise<readonly ListItem[]> => itemsOf(readHma, document)

describe('a content of a bank', () => {
  test('is an entry with its id and its signals, and without its address', async () => {
    expect(await read([RECORD])).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: '7',
        hashes: [
          { type: 'pdq', value: PDQ },
          { type: 'md5', value: MD5 },
        ],
      },
    ])
  })

  test('may be the document itself', async () => {
    expect(await read(RECORD)).toMatchObject([{ kind: 'file', sourceId: '7' }])
  })

  test.each([1, '1', null, undefined])('with disable_until_ts %j is enabled', async (disable_until_ts) => {
    const [item] = await read([{ ...RECORD, disable_until_ts }])
    expect(item).toMatchObject({ kind: 'file' })
    expect(item).not.toHaveProperty('disabled')
  })

  test.each([0, '0'])('with disable_until_ts %j is disabled for good', async (disable_until_ts) => {
    expect(await read([{ ...RECORD, disable_until_ts }])).toMatchObject([{ kind: 'file', disabled: {} }])
  })

  test('with a time is disabled until then', async () => {
    expect(await read([{ ...RECORD, disable_until_ts: 1_900_000_000 }])).toMatchObject([
      { kind: 'file', disabled: { until: '2030-03-17T17:46:40.000Z' } },
    ])
  })

  test.each([true, 'later', -5, {}])(
    'with disable_until_ts %j is refused: it may be disabled',
    async (disable_until_ts) => {
      expect(await read([{ ...RECORD, disable_until_ts }])).toMatchObject([{ kind: 'refused' }])
    },
  )

  test.each([undefined, null, 'x', 7, [MD5]])(
    'with the signals %j is refused: the export left them out',
    async (signals) => {
      expect(await read([{ id: 7, disable_until_ts: 1, signals }])).toMatchObject([
        { kind: 'refused', sourceId: '7', reason: 'it has no signals: export them too' },
      ])
    },
  )

  test('with signals that are not known has them counted; a bad value costs itself', async () => {
    expect(await read([{ ...RECORD, signals: { pdq: PDQ, new_one: 'x', md5: 'abc' } }])).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: '7',
        hashes: [{ type: 'pdq', value: PDQ }],
        unkept: ['of another name'],
        unread: ['md5'],
      },
      {
        kind: 'refused',
        place: 'record 1',
        sourceId: '7',
        reason: 'a md5 value has 32 hexadecimal digits',
      },
    ])
  })

  test.each([null, 7, 'x'])('that is %j costs itself alone', async (record) => {
    expect((await read([record, RECORD])).at(-1)).toMatchObject({ kind: 'file', sourceId: '7' })
  })
})
