// StopNCII: what is live, what goes, and what is never read.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { parseJsonPage } from '../../../src/lists/formats/json/parse-page.ts'
import { readStopNcii, stopNciiItems } from '../../../src/lists/formats/stopncii.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(18)
const PDQ = made.pdq()
const MD5 = made.md5()

const RECORD = {
  lastModtimestamp: 1_700_000_000,
  signalType: 'ImagePDQ',
  hashValue: PDQ,
  hashStatus: 'Active',
  caseNumbers: ['case-secret'],
  CSPFeedbacks: [{ feedbackValue: 'Blocked', tags: ['tag-secret'], source: 'source-secret' }],
}
const page = (...hashRecords: readonly unknown[]): object => ({
  count: hashRecords.length,
  nextPageToken: null,
  nextSetTimestamp: 1_700_000_001,
  hasMoreRecords: false,
  hashRecords,
})
const read = (...records: readonly object[]): Promise<readonly ListItem[]> =>
  itemsOf(readStopNcii, page(...records))

describe('a record of StopNCII', () => {
  test('is an entry of its value, with the time of its change and nothing else', async () => {
    expect(await read(RECORD)).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: PDQ,
        isBare: true,
        hashes: [{ type: 'pdq', value: PDQ }],
        changedAt: '2023-11-14T22:13:20.000Z',
      },
    ])
  })

  test.each<[string, string, object]>([
    ['ImagePDQ', PDQ.toUpperCase(), { type: 'pdq', value: PDQ }],
    ['VideoMD5', MD5.toUpperCase(), { type: 'md5', value: MD5 }],
    ['VideoTMK', 'VE1L+/8=', { type: 'tmk-pdqf', value: 'VE1L+/8=' }],
  ])('of signalType %s has a hash', async (signalType, hashValue, hash) => {
    expect(await read({ ...RECORD, signalType, hashValue })).toMatchObject([{ kind: 'file', hashes: [hash] }])
  })

  test.each(['Active', 'Received', 'active'])('is live with hashStatus %s', async (hashStatus) => {
    expect(await read({ ...RECORD, hashStatus })).toMatchObject([{ kind: 'file' }])
  })

  test.each(['Withdrawn', 'Deleted', 'deleted'])('removes its value by hashStatus %s', async (hashStatus) => {
    expect(await read({ ...RECORD, hashStatus })).toEqual([
      {
        kind: 'withdrawal',
        place: 'record 1',
        sourceId: PDQ,
        isBare: true,
        hashes: [{ type: 'pdq', value: PDQ }],
        changedAt: '2023-11-14T22:13:20.000Z',
      },
    ])
  })

  test('whose hashValue says Withdrawn removes nothing: it is no value', async () => {
    expect(await read({ ...RECORD, hashValue: 'Withdrawn' })).toEqual([
      { kind: 'refused', place: 'record 1', reason: 'a pdq value has 64 hexadecimal digits' },
    ])
  })

  test.each(['Pending', '', null, 7])('with hashStatus %j is reported', async (hashStatus) => {
    expect(await read({ ...RECORD, hashStatus })).toEqual([
      {
        kind: 'refused',
        place: 'record 1',
        sourceId: PDQ,
        reason: 'its hashStatus is none of Active, Received, Withdrawn and Deleted',
      },
    ])
  })

  test.each(['Text', 'URL', 'url'])(
    'of signalType %s is content: it is counted and never kept',
    async (signalType) => {
      const items = await read({ ...RECORD, signalType, hashValue: 'words of a person' })
      expect(items).toEqual([
        { kind: 'passed-over', place: 'record 1', why: `signalType ${signalType}, which is content` },
      ])
    },
  )

  test('of a signalType that is not known is counted by its name', async () => {
    expect(await read({ ...RECORD, signalType: 'VideoVPDQOCR' }, { ...RECORD, signalType: MD5 })).toEqual([
      { kind: 'passed-over', place: 'record 1', why: 'signalType VideoVPDQOCR, which is not known' },
      { kind: 'passed-over', place: 'record 2', why: 'signalType of another name, which is not known' },
    ])
  })

  test('that is larger than a record of the topic is counted', async () => {
    const hashValue = 'A'.repeat(9_000)
    expect(await read({ ...RECORD, signalType: 'VideoTMK', hashValue })).toEqual([
      { kind: 'passed-over', place: 'record 1', why: 'tmk-pdqf over 8 KiB' },
    ])
    const larger = { ...RECORD, signalType: 'VideoTMK', hashValue: 'A'.repeat(300_000) }
    expect(await read(larger)).toMatchObject([{ kind: 'passed-over', why: 'tmk-pdqf over 8 KiB' }])
  })

  test.each([null, 7, 'text', {}])('that is %j costs itself alone', async (record) => {
    const items = await itemsOf(readStopNcii, page(record, RECORD))
    expect(items).toHaveLength(2)
    expect(items[1]).toMatchObject({ kind: 'file', sourceId: PDQ })
  })

  test('lets nothing of people through: cases, feedback, sources', async () => {
    expect(JSON.stringify(await read(RECORD))).not.toContain('secret')
  })
})

test('records may stand in an array of their own', async () => {
  expect(await itemsOf(readStopNcii, [RECORD])).toMatchObject([{ kind: 'file' }])
})

test('a page without records is an empty list', async () => {
  expect(await read()).toEqual([])
})

test('the mapper takes records of a page that is parsed already', () => {
  const parsed = parseJsonPage(Buffer.from(JSON.stringify(page(RECORD))))
  expect(parsed).toEqual(page(RECORD))
  expect(stopNciiItems(RECORD, 'record 1')).toMatchObject([{ kind: 'file', sourceId: PDQ }])
})
