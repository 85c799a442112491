import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  decodeEntry,
  encodeKnownHash,
  knownHashKey,
  type Entry,
  type KnownHash,
} from '../../../src/contract/known-hash.ts'
import { decodeListRecord, type ListStatistics } from '../../../src/contract/list-state.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { EntryTable } from '../../../src/lists/curate/entry-table.ts'
import { publishStatistics } from '../../../src/lists/curate/publish-statistics.ts'
import { OTHER_CLASSES, readStatistics, statisticsOf } from '../../../src/lists/curate/statistics.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { CuratedTopic, KNOWN_HASHES, LISTS } from './curated-topic.ts'

const NOW = new Date('2026-03-10T12:00:00Z')

/** Hexadecimal digits of a digest: a value of the type. */
const md5 = (name: string): HashValue => hash('md5', name) as HashValue
const sha1 = (name: string): HashValue => hash('sha1', name) as HashValue

const listed = (source: string, name: string, fields: Partial<KnownHash> = {}): KnownHash => ({
  schema: 'known-hash/1',
  type: 'md5',
  value: md5(name),
  source,
  sourceId: name,
  classification: { scheme: source, code: 'A1' },
  role: 'match',
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: '2026-03-01T08:00:00Z',
  ...fields,
})

async function statistics(entries: readonly Entry[]): Promise<Readonly<Record<string, ListStatistics>>> {
  const topic = await CuratedTopic.with(entries)
  const all = await readStatistics(topic.log, KNOWN_HASHES, NOW)
  return Object.fromEntries(all.map((one) => [one.source, one]))
}

describe('what a source holds', () => {
  test('is counted by type, class, role, hold and day; an entry that came twice counts once, in its last state', async () => {
    const first = listed('a', 'x')
    const { a } = await statistics([
      first,
      listed('a', 'x', { type: 'sha1', value: sha1('x'), addedAt: '2026-03-02T00:00:00Z' }),
      listed('a', 'y', { role: 'suppress', classification: { scheme: 'a', code: 'B2' } }),
      { ...first, held: { why: 'disabled' } },
    ])
    expect(a).toMatchObject({
      entries: 3,
      files: 2,
      values: 3,
      byType: { md5: 2, sha1: 1 },
      byClassification: { 'a:A1': 2, 'a:B2': 1 },
      byRole: { match: 2, suppress: 1 },
      held: { disabled: 1 },
      addedByDay: { '2026-03-01': 2, '2026-03-02': 1 },
    })
  })

  test('no longer has what was removed, and a source without entries has zeros', async () => {
    const topic = await CuratedTopic.with([listed('a', 'x'), listed('a', 'y'), listed('b', 'x')])
    await topic.remove([listed('a', 'x'), listed('b', 'x')])
    const [a, b] = await readStatistics(topic.log, KNOWN_HASHES, NOW)
    expect(a).toMatchObject({ entries: 1, files: 1, values: 1, shared: {} })
    expect(b).toMatchObject({ source: 'b', entries: 0, files: 0, byType: {} })
  })

  test('counts kept types, which no matcher searches', async () => {
    const kept: Entry = {
      ...listed('a', 'x'),
      type: 'zz40',
      // Canonical: 32 lower-case digits.
      value: md5('z') as string as Extract<Entry, { type: 'zz40' }>['value'],
    }
    const { a } = await statistics([kept])
    expect(a.byType).toEqual({ zz40: 1 })
  })

  test('days of more than 90 days ago, and of the future, are left out of the days, not of the count', async () => {
    const { a } = await statistics([
      listed('a', 'x', { addedAt: '1999-01-01T00:00:00Z' }),
      listed('a', 'y', { addedAt: '2031-01-01T00:00:00Z' }),
    ])
    expect(a).toMatchObject({ entries: 2, addedByDay: {} })
  })

  test('of thousands of classes the largest are named, and the others counted together', async () => {
    const many = Array.from({ length: 1_200 }, (_, at) =>
      listed('a', `x${at}`, { classification: { scheme: 'a', code: String(at) } }),
    )
    const { a } = await statistics([
      ...many,
      listed('a', 'more', { classification: { scheme: 'a', code: '7' } }),
    ])
    expect(Object.keys(a.byClassification)).toHaveLength(1_001)
    expect(a.byClassification['a:7']).toBe(2)
    expect(a.byClassification[OTHER_CLASSES]).toBe(200)
  })
})

describe('what two sources share', () => {
  test('are values, each once, and who had it on an earlier day is counted', async () => {
    const late = { addedAt: '2026-03-05T00:00:00Z' }
    const { a, b, c } = await statistics([
      listed('a', 'x'),
      listed('a', 'y'),
      // The same value in a second file of the source, added later.
      listed('a', 'y', { sourceId: 'other', ...late }),
      listed('b', 'x', late),
      listed('b', 'y', { addedAt: '2026-03-04T00:00:00Z' }),
      listed('b', 'z', late),
      listed('c', 'z', late),
    ])
    expect(a.shared).toEqual({ b: 2 })
    expect(b.shared).toEqual({ a: 2, c: 1 })
    expect(c.shared).toEqual({ b: 1 })
    expect(b.sharedEarlier).toEqual({ a: 2 })
    expect(a.sharedEarlier).toEqual({})
    // On one day: nobody was first.
    expect(c.sharedEarlier).toEqual({})
  })

  test('is no value where only the digits are the same and the type differs', async () => {
    const kept: Entry = {
      ...listed('b', 'x'),
      type: 'zz40',
      value: md5('x') as string as Extract<Entry, { type: 'zz40' }>['value'],
    }
    const { a } = await statistics([listed('a', 'x'), kept])
    expect(a.shared).toEqual({})
  })
})

test('an entry takes less than 50 bytes, so ten million take less than half a gigabyte', () => {
  const table = new EntryTable()
  const entries = 100_000
  for (let at = 0; at < entries; at++) {
    const entry = listed(`s${at % 7}`, `f${at}`)
    const change = decodeEntry(Buffer.from(knownHashKey(entry)), Buffer.from(encodeKnownHash(entry)))
    if (change instanceof Rejection) throw new Error(change.toString())
    table.apply(change)
  }
  expect(table.bytes / entries).toBeLessThan(50)
  const total = statisticsOf(table, NOW).reduce((sum, { values = 0 }) => sum + values, 0)
  expect(total).toBe(entries)
})

test('published statistics are records of the topic lists, and those of a source that is gone are taken back', async () => {
  const topic = await CuratedTopic.with([listed('a', 'x'), listed('b', 'x')])
  const topics = { knownHashes: KNOWN_HASHES, lists: LISTS }
  await topic.log.produce(LISTS, [
    {
      key: 'statistics:gone',
      value: JSON.stringify({ ...(await statistics([listed('gone', 'x')]))['gone'] }),
    },
  ])
  await publishStatistics(topic.log, topics, NOW)
  const records = new Map<string, unknown>()
  await readToEnd(topic.log, LISTS, ({ key, value }) => {
    records.set(key?.toString() ?? '', value && decodeListRecord(key, value))
  })
  expect([...records.keys()].toSorted()).toEqual(['statistics:a', 'statistics:b', 'statistics:gone'])
  expect(records.get('statistics:gone')).toBeNull()
  expect(records.get('statistics:a')).toMatchObject({ entries: 1, shared: { b: 1 } })
  // No value of a hash leaves known-hashes.
  expect(JSON.stringify([...records])).not.toContain(md5('x'))
})
