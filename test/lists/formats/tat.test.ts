// Tech Against Terrorism: entries by id, and the flag that removes them.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { readTat } from '../../../src/lists/formats/tat.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(19)
const MD5 = made.md5()
const SHA512 = made.hex(128)

const RECORD = {
  hash_digest: MD5,
  algorithm: 'MD5',
  ideology: 'made-up',
  file_type: 'mov',
  deleted: false,
  updated_on: 1_724_856_487.709035,
  created_on: 1_700_000_000,
  id: 10_594,
}
const page = (...results: readonly unknown[]): object => ({
  count: results.length,
  next: null,
  previous: null,
  checkpoint: '1724856487.709035,10594',
  results,
})
const read = (...records: readonly object[]): Promise<readonly ListItem[]> =>
  itemsOf(readTat, page(...records))

describe('a record of Tech Against Terrorism', () => {
  test('is an entry with its id, the ideology as a tag, and the time of its change', async () => {
    expect(await read(RECORD)).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: '10594',
        hashes: [{ type: 'md5', value: MD5 }],
        tags: ['made-up'],
        changedAt: '2024-08-28T14:48:07.709Z',
      },
    ])
  })

  test.each<[string, string, string]>([
    ['MD5', MD5, 'md5'],
    ['PDQ', made.pdq(), 'pdq'],
    ['SHA256', made.sha256(), 'sha256'],
    ['SHA512', SHA512, 'sha512'],
    ['TMK', 'VE1L', 'tmk-pdqf'],
  ])('by algorithm %s has a hash', async (algorithm, value, type) => {
    expect(await read({ ...RECORD, algorithm, hash_digest: value.toUpperCase() })).toMatchObject([
      { kind: 'file', hashes: [{ type, value: type === 'tmk-pdqf' ? 'VE1L' : value }] },
    ])
  })

  test('by another algorithm is an entry without hashes, and its kind is counted', async () => {
    expect(await read({ ...RECORD, algorithm: 'X3' })).toMatchObject([
      { kind: 'file', hashes: [], unkept: ['of another name'] },
    ])
  })

  test.each([true, 'true', 'True', 1, '1'])('that is deleted: %j removes all of its id', async (deleted) => {
    expect(await read({ ...RECORD, deleted })).toEqual([
      { kind: 'withdrawal', place: 'record 1', sourceId: '10594', changedAt: '2024-08-28T14:48:07.709Z' },
    ])
  })

  test.each([false, 'False', '0', null])('that is not deleted: %j stays', async (deleted) => {
    expect(await read({ ...RECORD, deleted })).toMatchObject([{ kind: 'file' }])
  })

  test('whose flag can not be read is refused: it may be withdrawn', async () => {
    expect(await read({ ...RECORD, deleted: 'perhaps' })).toMatchObject([{ kind: 'refused' }])
  })

  test('may have fields that nobody knew', async () => {
    expect(await read({ ...RECORD, added_in_v3: { a: [1] } })).toMatchObject([{ kind: 'file' }])
  })

  test('with a value or a flag that can not be read is refused by its id, so that what was there stays', async () => {
    for (const change of [{ hash_digest: MD5.slice(2) }, { deleted: 'perhaps' }])
      expect(await read({ ...RECORD, ...change })).toMatchObject([{ kind: 'refused', sourceId: '10594' }])
  })

  test.each<[string, object]>([
    ['no id', { id: undefined }],
    ['a value of another length', { hash_digest: MD5.slice(2) }],
  ])('with %s is refused', async (_, change) => {
    expect(await read({ ...RECORD, ...change })).toMatchObject([{ kind: 'refused' }])
  })

  test.each([null, 7, {}])('that is %j costs itself alone', async (record) => {
    expect((await itemsOf(readTat, page(record, RECORD))).at(-1)).toMatchObject({ kind: 'file' })
  })

  test('has an id beyond 2^53 to the last digit', async () => {
    const text = JSON.stringify(page(RECORD)).replace('10594}', '12345678901234567891}')
    expect(await itemsOf(readTat, text)).toMatchObject([{ sourceId: '12345678901234567891' }])
  })
})
