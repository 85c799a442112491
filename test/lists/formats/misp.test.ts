// MISP: which attributes are hashes of listed files, and which are not certain to be.
import { describe, expect, test } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { readMisp } from '../../../src/lists/formats/misp.ts'
import { itemsOf, MadeUp } from './made-up.ts'

const made = new MadeUp(22)
const MD5 = made.md5()
const SHA1 = made.sha1()
const SHA256 = made.sha256()
const UUID = '11111111-2222-4333-8444-555555555555'

const ATTRIBUTE = {
  id: '7',
  uuid: UUID,
  type: 'md5',
  value: MD5,
  to_ids: true,
  deleted: false,
  timestamp: '1700000000',
  comment: 'secret',
  category: 'Payload delivery',
  Tag: [{ name: 'made-up' }],
}
const event = (...Attribute: readonly unknown[]): object => ({
  Event: { info: 'secret', uuid: UUID, Attribute },
})
const read = (document: unknown): Promise<readonly ListItem[]> => itemsOf(readMisp, document)
const one = (change: object): Promise<readonly ListItem[]> => read(event({ ...ATTRIBUTE, ...change }))

const FILE = {
  kind: 'file',
  place: 'record 1',
  sourceId: UUID,
  hashes: [{ type: 'md5', value: MD5 }],
  tags: ['made-up'],
  changedAt: '2023-11-14T22:13:20.000Z',
}

describe('an attribute', () => {
  test.each<[string, unknown]>([
    ['an event', event(ATTRIBUTE)],
    ['an event without its envelope', { info: 'secret', Attribute: [ATTRIBUTE] }],
    ['events of a response', { response: [event(ATTRIBUTE)] }],
    ['an array of events', [event(ATTRIBUTE)]],
    ['an answer of attributes', { response: { Attribute: [ATTRIBUTE] } }],
  ])('of %s is an entry', async (_, document) => {
    expect(await read(document)).toEqual([FILE])
  })

  test.each<[string, string, object]>([
    ['sha1', SHA1.toUpperCase(), { type: 'sha1', value: SHA1 }],
    ['sha256', SHA256, { type: 'sha256', value: SHA256 }],
    ['filename|sha256', `a|b.jpg|${SHA256}`, { type: 'sha256', value: SHA256 }],
    ['filename|md5', `secret.jpg|${MD5}`, { type: 'md5', value: MD5 }],
  ])('of type %s has its hash after the last bar', async (type, value, hash) => {
    const items = await one({ type, value })
    expect(items).toMatchObject([{ kind: 'file', hashes: [hash] }])
    expect(JSON.stringify(items)).not.toContain('jpg')
  })

  test.each(['url', 'ip-src', 'ssdeep', 'imphash', 'malware-sample', 'filename', 'x509-fingerprint-md5'])(
    'of type %s is passed over',
    async (type) => {
      expect(await one({ type, value: `secret|${MD5}` })).toEqual([
        { kind: 'passed-over', place: 'record 1', why: `attribute ${type}` },
      ])
    },
  )

  test.each([true, '1', 1, 'True'])('with to_ids %j is an entry', async (to_ids) => {
    expect(await one({ to_ids })).toEqual([FILE])
  })

  test.each([false, '0', 0, null, undefined, 'perhaps'])(
    'with to_ids %j is none: it goes',
    async (to_ids) => {
      expect(await one({ to_ids })).toMatchObject([
        { kind: 'withdrawal', sourceId: UUID },
        { kind: 'passed-over' },
      ])
    },
  )

  test.each([true, '1', 1])('with deleted %j goes', async (deleted) => {
    expect(await one({ deleted })).toEqual([
      { kind: 'withdrawal', place: 'record 1', sourceId: UUID, changedAt: '2023-11-14T22:13:20.000Z' },
    ])
  })

  test('whose flag can not be read is refused', async () => {
    expect(await one({ deleted: 'perhaps' })).toMatchObject([{ kind: 'refused' }])
  })

  test('without a uuid has its id; without both it is refused', async () => {
    expect(await one({ uuid: undefined })).toMatchObject([{ kind: 'file', sourceId: '7' }])
    expect(await one({ uuid: undefined, id: undefined })).toMatchObject([{ kind: 'refused' }])
  })

  test('with a value of another length is refused', async () => {
    expect(await one({ value: MD5.slice(1) })).toMatchObject([{ kind: 'refused' }])
  })
})

/** An event with one object. */
const objectOf = (name: string, Attribute: readonly unknown[], more: object = {}): object => ({
  Event: { Object: [{ uuid: UUID, name, deleted: false, timestamp: '1700000000', Attribute, ...more }] },
})

describe('an object', () => {
  const hashes = [
    { ...ATTRIBUTE, uuid: '1' },
    { ...ATTRIBUTE, uuid: '2', type: 'sha1', value: SHA1 },
    { ...ATTRIBUTE, uuid: '3', type: 'sha256', value: SHA256, to_ids: false },
    { ...ATTRIBUTE, uuid: '4', type: 'sha512', value: made.hex(128), deleted: '1' },
    { ...ATTRIBUTE, uuid: '5', type: 'filename', value: 'secret' },
  ]

  test('file is one file with its hashes, without those that are deleted or not meant for detection', async () => {
    expect(await read(objectOf('file', hashes))).toEqual([
      {
        ...FILE,
        hashes: [
          { type: 'md5', value: MD5 },
          { type: 'sha1', value: SHA1 },
        ],
      },
    ])
  })

  test.each([[null], [MD5], [[ATTRIBUTE]], [{ ...ATTRIBUTE, type: 7 }]])(
    'file keeps what it had where an attribute can’t be read (%#)',
    async (unreadable) => {
      const items = await read(objectOf('file', [...hashes, unreadable]))
      expect(items).toMatchObject([
        { kind: 'file', hashes: [{ type: 'md5' }, { type: 'sha1' }], unread: 'all' },
        { kind: 'refused', sourceId: UUID, reason: 'one of its attributes has no type' },
      ])
    },
  )

  test('of another name is passed over: its hashes may be of parts', async () => {
    expect(await read(objectOf('pe-section', hashes))).toEqual([
      { kind: 'passed-over', place: 'record 1', why: 'object pe-section' },
    ])
  })

  test.each([undefined, null, 'x', {}])(
    'file whose attributes are %j is refused: the export left them out',
    async (Attribute) => {
      expect(await read(objectOf('file', [], { Attribute }))).toEqual([
        {
          kind: 'refused',
          place: 'record 1',
          sourceId: UUID,
          reason: 'it has no attributes: export them too',
        },
      ])
    },
  )

  test('that is deleted goes', async () => {
    expect(await read(objectOf('file', hashes, { deleted: '1' }))).toMatchObject([
      { kind: 'withdrawal', sourceId: UUID },
    ])
  })
})
