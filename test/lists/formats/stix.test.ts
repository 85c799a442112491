// STIX: only indicators that name hashes of files, and nothing else, give entries.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { readStix } from '../../../src/lists/formats/stix.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(23)
const MD5 = made.md5()
const SHA1 = made.sha1()
const SHA256 = made.sha256()
const ID = 'indicator--11111111-2222-4333-8444-555555555555'

const INDICATOR = {
  type: 'indicator',
  id: ID,
  pattern_type: 'stix',
  pattern: `[file:hashes.'SHA-256' = '${SHA256}']`,
  modified: '2024-01-02T03:04:05.678Z',
  valid_from: '2024-01-01T00:00:00Z',
  labels: ['made-up'],
  name: 'secret',
  description: 'secret',
}
const read = (...objects: readonly unknown[]): Promise<readonly ListItem[]> =>
  itemsOf(readStix, { type: 'bundle', id: 'bundle--1', objects })
const pattern = (text: string): Promise<readonly ListItem[]> => read({ ...INDICATOR, pattern: text })

describe('an indicator', () => {
  test('with a hash of a file is an entry', async () => {
    expect(await read(INDICATOR)).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: ID,
        hashes: [{ type: 'sha256', value: SHA256 }],
        tags: ['made-up'],
        changedAt: '2024-01-02T03:04:05.678Z',
      },
    ])
  })

  test.each<[string, readonly object[]]>([
    [`[file:hashes.MD5 = '${MD5.toUpperCase()}']`, [{ type: 'md5', value: MD5 }]],
    [
      `[ file:hashes.'SHA-1'='${SHA1}' OR file:hashes.MD5 = '${MD5}' ]`,
      [
        { type: 'sha1', value: SHA1 },
        { type: 'md5', value: MD5 },
      ],
    ],
    [
      `[file:hashes.'SHA-1' = '${SHA1}'] OR [file:hashes.MD5 = '${MD5}']`,
      [
        { type: 'sha1', value: SHA1 },
        { type: 'md5', value: MD5 },
      ],
    ],
    [
      `[file:hashes.'SHA-1' = '${SHA1}' AND file:hashes.MD5 = '${MD5}']`,
      [
        { type: 'sha1', value: SHA1 },
        { type: 'md5', value: MD5 },
      ],
    ],
  ])('with the pattern %s has its hashes', async (text, hashes) => {
    expect(await pattern(text)).toMatchObject([{ kind: 'file', hashes }])
  })

  test.each([
    `[file:hashes.MD5 != '${MD5}']`,
    `[NOT file:hashes.MD5 = '${MD5}']`,
    `[file:hashes.MD5 NOT = '${MD5}']`,
    `[file:hashes.MD5 LIKE '${MD5}']`,
    `[file:hashes.MD5 = '${MD5}' OR domain-name:value = 'example.org']`,
    `[file:hashes.MD5 = '${MD5}'] OR [url:value = 'x']`,
    `[file:hashes.MD5 = '${MD5}' AND file:name = 'a']`,
    `[file:hashes.MD5 = '${MD5}'] AND [file:hashes.'SHA-1' = '${SHA1}']`,
    `[file:hashes.MD5 = '${MD5}'] FOLLOWEDBY [file:hashes.'SHA-1' = '${SHA1}']`,
    `[file:hashes.MD5 = '${MD5}'] REPEATS 5 TIMES`,
    `[artifact:hashes.MD5 = '${MD5}']`,
    `[file:hashes.MD5 = '${MD5}'`,
    `file:hashes.MD5 = '${MD5}'`,
    `[]`,
    ``,
  ])('with the pattern %s gives nothing, and what it was before goes', async (text) => {
    expect(await pattern(text)).toEqual([
      { kind: 'withdrawal', place: 'record 1', sourceId: ID, changedAt: INDICATOR.modified },
      { kind: 'passed-over', place: 'record 1', why: 'pattern of other things than hashes of files' },
    ])
  })

  test('in another language than STIX gives nothing', async () => {
    expect(await read({ ...INDICATOR, pattern_type: 'yara' })).toMatchObject([
      { kind: 'withdrawal' },
      { kind: 'passed-over' },
    ])
  })

  test.each([true, 'true'])('that is revoked: %j goes', async (revoked) => {
    expect(await read({ ...INDICATOR, revoked })).toEqual([
      { kind: 'withdrawal', place: 'record 1', sourceId: ID, changedAt: INDICATOR.modified },
    ])
  })

  test.each<[string, object]>([
    ['benign', { indicator_types: ['benign'] }],
    ['benign', { indicator_types: ['malicious-activity', 'Benign'] }],
    ['anonymization', { indicator_types: ['anonymization'] }],
    ['benign', { labels: ['benign'] }],
    ['benign', { labels: 'reviewed, Benign' }],
  ])('of type %s is no match, and what it was before goes: %j', async (type, change) => {
    expect(await read({ ...INDICATOR, ...change })).toMatchObject([
      { kind: 'withdrawal', sourceId: ID },
      { kind: 'passed-over', why: `indicator of type ${type}` },
    ])
  })

  test('of another type is an entry; of types that can not be read, refused: they may be benign', async () => {
    expect(await read({ ...INDICATOR, indicator_types: ['malicious-activity'] })).toMatchObject([
      { kind: 'file' },
    ])
    expect(await read({ ...INDICATOR, indicator_types: [7] })).toMatchObject([
      { kind: 'refused', sourceId: ID },
    ])
    for (const labels of [['benign', 7], 7, { benign: true }])
      expect(await read({ ...INDICATOR, labels })).toMatchObject([{ kind: 'refused', sourceId: ID }])
  })

  test('ends at its valid_until', async () => {
    expect(await read({ ...INDICATOR, valid_until: '2030-01-01T00:00:00Z' })).toMatchObject([
      { kind: 'file', validUntil: '2030-01-01T00:00:00.000Z' },
    ])
    expect(await read({ ...INDICATOR, valid_until: 'soon' })).toMatchObject([{ kind: 'refused' }])
  })

  test('with a hash of another kind has it counted', async () => {
    expect(await pattern(`[file:hashes.SSDEEP = 'abc']`)).toMatchObject([
      { kind: 'file', hashes: [], unkept: ['SSDEEP'] },
    ])
  })
})

test('other objects give nothing: a file that was seen is no file that is listed', async () => {
  expect(
    await read({ type: 'file', id: 'file--1', hashes: { MD5 } }, { type: 'malware', id: 'malware--1' }),
  ).toEqual([
    { kind: 'passed-over', place: 'record 1', why: 'object file' },
    { kind: 'passed-over', place: 'record 2', why: 'object malware' },
  ])
})

test('nothing of descriptions gets through', async () => {
  expect(JSON.stringify(await read(INDICATOR))).not.toContain('secret')
})
