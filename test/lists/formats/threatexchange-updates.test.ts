// ThreatExchange's updates: opinions decide, and what has none left goes.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { readThreatExchangeUpdates } from '../../../src/lists/formats/threatexchange-updates.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(20)
const PDQ = made.pdq()
const MD5 = made.md5()

const descriptor = (owner: number, status: string, more: object = {}): object => ({
  id: `${owner}7`,
  owner: { id: `${owner}`, name: 'secret-owner' },
  status,
  ...more,
})
const RECORD = {
  id: '4711',
  indicator: PDQ,
  type: 'HASH_PDQ',
  last_updated: 1_700_000_000,
  should_delete: false,
  descriptors: { data: [descriptor(1, 'MALICIOUS', { tags: ['one', 'two'] })] },
}
const read = (...data: readonly object[]): Promise<readonly ListItem[]> =>
  itemsOf(readThreatExchangeUpdates, { data, paging: { next: 'https://example.org/secret' } })
const judged = (...descriptors: readonly object[]): Promise<readonly ListItem[]> =>
  read({ ...RECORD, descriptors: { data: descriptors } })

describe('an indicator', () => {
  test('is an entry of its value, with the opinion as its code, the tags, and the time of its change', async () => {
    expect(await read(RECORD)).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: PDQ,
        isBare: true,
        hashes: [{ type: 'pdq', value: PDQ }],
        code: 'POSITIVE_CLASS',
        tags: ['one', 'two'],
        changedAt: '2023-11-14T22:13:20.000Z',
      },
    ])
  })

  test.each<[string, string, string]>([
    ['HASH_PDQ', PDQ, 'pdq'],
    ['HASH_MD5', MD5, 'md5'],
    ['HASH_VIDEO_MD5', MD5, 'md5'],
    ['HASH_SHA1', made.sha1(), 'sha1'],
    ['HASH_SHA256', made.sha256(), 'sha256'],
    ['HASH_TMK', 'VE1L', 'tmk-pdqf'],
  ])('of type %s has a hash', async (type, indicator, ours) => {
    expect(await read({ ...RECORD, type, indicator })).toMatchObject([
      { kind: 'file', hashes: [{ type: ours, value: indicator }] },
    ])
  })

  test.each(['URI', 'TEXT_STRING', 'HASH_PDQ_OCR', 'HASH_TLSH', 'MD5'])(
    'of type %s is counted, its value not read',
    async (type) => {
      const items = await read({ ...RECORD, type, indicator: 'words of a person' })
      expect(items).toEqual([
        { kind: 'passed-over', place: 'record 1', why: `type ${type}, which is no hash that is known` },
      ])
    },
  )

  test('goes by should_delete', async () => {
    const gone = {
      kind: 'withdrawal',
      place: 'record 1',
      sourceId: PDQ,
      isBare: true,
      hashes: [{ type: 'pdq', value: PDQ }],
    }
    const changedAt = '2023-11-14T22:13:20.000Z'
    expect(await read({ ...RECORD, should_delete: true })).toEqual([{ ...gone, changedAt }])
    expect(await read({ id: '1', indicator: PDQ, type: 'HASH_PDQ', should_delete: 'true' })).toEqual([gone])
  })

  test('whose should_delete can not be read is refused: it may be gone', async () => {
    expect(await read({ ...RECORD, should_delete: 'perhaps' })).toMatchObject([
      { kind: 'refused', sourceId: PDQ },
    ])
  })

  test.each<[string, object]>([
    ['without descriptors', { descriptors: undefined }],
    ['with an empty list of descriptors', { descriptors: { data: [] } }],
    ['whose descriptors are null', { descriptors: null }],
  ])('%s goes, too', async (_, change) => {
    expect(await read({ ...RECORD, ...change })).toMatchObject([{ kind: 'withdrawal', sourceId: PDQ }])
  })

  test.each([undefined, null, '', 'NEW', 'malicious', 7])(
    'whose descriptor has the status %j is refused: it may be no match',
    async (status) => {
      const items = await read({ ...RECORD, descriptors: [{ owner: { id: '1' }, status }] })
      expect(items).toMatchObject([{ kind: 'refused', sourceId: PDQ }])
    },
  )

  test('whose descriptors can not be read is refused', async () => {
    expect(await read({ ...RECORD, descriptors: { data: 'x' } })).toMatchObject([{ kind: 'refused' }])
    expect(await judged(descriptor(1, 'MALICIOUS', { reactions: 'x' }))).toMatchObject([{ kind: 'refused' }])
  })
})

describe('opinions', () => {
  test.each<[string, readonly object[], string]>([
    ['malicious: an entry', [descriptor(1, 'MALICIOUS')], 'POSITIVE_CLASS'],
    ['unknown: a seed', [descriptor(1, 'UNKNOWN')], 'INVESTIGATION_SEED'],
    ['suspicious: a seed', [descriptor(1, 'SUSPICIOUS')], 'INVESTIGATION_SEED'],
    [
      'malicious and unknown: an entry',
      [descriptor(1, 'UNKNOWN'), descriptor(2, 'MALICIOUS')],
      'POSITIVE_CLASS',
    ],
  ])('%s', async (_, descriptors, code) => {
    expect(await judged(...descriptors)).toMatchObject([{ kind: 'file', code }])
  })

  test.each<[string, readonly object[], string]>([
    ['not malicious: no entry', [descriptor(1, 'NON_MALICIOUS')], 'opinion NEGATIVE_CLASS'],
    [
      'not malicious, and of the same owner malicious: no entry',
      [descriptor(1, 'NON_MALICIOUS'), descriptor(1, 'MALICIOUS')],
      'opinion NEGATIVE_CLASS',
    ],
    [
      'of both kinds: disputed, no entry',
      [descriptor(1, 'MALICIOUS'), descriptor(2, 'NON_MALICIOUS')],
      'opinion DISPUTED',
    ],
    [
      'malicious, and another owner disagrees: disputed',
      [descriptor(1, 'MALICIOUS', { reactions: [{ key: 'DISAGREE_WITH_TAGS', value: '2,3' }] })],
      'opinion DISPUTED',
    ],
  ])('%s: what it was before goes', async (_, descriptors, why) => {
    expect(await judged(...descriptors)).toMatchObject([
      { kind: 'withdrawal', sourceId: PDQ },
      { kind: 'passed-over', why },
    ])
  })

  test('by reaction count where their owner has no descriptor', async () => {
    const reactions = [
      { key: 'DISAGREE_WITH_TAGS', value: '1' },
      { key: 'HELPFUL', value: '2' },
    ]
    expect(await judged(descriptor(1, 'MALICIOUS', { reactions }))).toMatchObject([
      { kind: 'file', code: 'POSITIVE_CLASS' },
    ])
  })

  test('name no owner in the items', async () => {
    expect(JSON.stringify(await read(RECORD))).not.toContain('secret')
  })
})

test.each([null, 7, {}])('a record that is %j costs itself alone', async (record) => {
  expect((await itemsOf(readThreatExchangeUpdates, { data: [record, RECORD] })).at(-1)).toMatchObject({
    kind: 'file',
  })
})

test('records may stand in an array of their own', async () => {
  expect(await itemsOf(readThreatExchangeUpdates, [RECORD])).toMatchObject([{ kind: 'file' }])
})
