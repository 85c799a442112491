import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Entry, EntryIdentity } from '../../../src/contract/known-hash.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { EntryCuration, type CuratedCounts } from '../../../src/lists/curate/curate-entries.ts'
import { disabled, enabled, type Curated, type Suppression } from '../../../src/lists/curate/curation.ts'
import { releaseDue } from '../../../src/lists/curate/release-due.ts'
import { matcherOf, readSelection } from '../../../src/lists/curate/selection.ts'
import { entry } from '../../fixtures/entries.ts'
import { listFile } from '../list-files.ts'
import { CuratedTopic, KNOWN_HASHES } from './curated-topic.ts'

/** Canonical: 32 digits that are not all the same. */
const A = 'a1'.repeat(8) + 'a2'.repeat(8)
const B = 'b1'.repeat(8) + 'b2'.repeat(8)
const md5 = (value: string, fields: Parameters<typeof entry>[2] = {}) =>
  entry('md5', value as HashValue, fields)

const LATER = '2027-01-01T00:00:00.000Z'
const valueOf = (value: string) => matcherOf({ selected: [{ type: 'md5', value: value as HashValue }] })

type IsMeant = (identity: EntryIdentity) => boolean

/** Reads, changes and publishes, as a command does. */
async function curateEntries(
  log: CuratedTopic['log'],
  topic: string,
  isMeant: IsMeant,
  how: (entry: Entry) => Curated,
): Promise<CuratedCounts> {
  const curation = await EntryCuration.read(log, topic, isMeant)
  const counts = curation.change(isMeant, how)
  await curation.publish()
  return counts
}

async function suppress(log: CuratedTopic['log'], suppression: Suppression): Promise<void> {
  const curation = await EntryCuration.read(log, KNOWN_HASHES, () => false)
  curation.suppress(suppression)
  await curation.publish()
}

async function unsuppress(log: CuratedTopic['log'], isMeant: IsMeant): Promise<number> {
  const curation = await EntryCuration.read(log, KNOWN_HASHES, isMeant)
  const ended = curation.unsuppress(isMeant)
  await curation.publish()
  return ended
}

const heldOf = (entries: readonly Entry[]) =>
  entries.map(({ source, sourceId, held }) => [source, sourceId, held])

describe('disabling', () => {
  test('a value holds its entries back in every list, and leaves all others as they are', async () => {
    const topic = await CuratedTopic.with([md5(A), md5(A, { source: 'iwf' }), md5(B)])
    const counts = await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), (one) => disabled(one, LATER))
    expect(counts).toEqual({ found: 2, changed: 2, unchanged: 0, degenerate: 0 })
    expect(heldOf(await topic.entries())).toEqual([
      ['ncmec', '1', { why: 'disabled', until: LATER }],
      ['iwf', '1', { why: 'disabled', until: LATER }],
      ['ncmec', '1', undefined],
    ])
  })

  test('twice publishes nothing the second time, and enabling gives the entry back as it was', async () => {
    const before = md5(A, { series: 'S', tags: ['t'] })
    const topic = await CuratedTopic.with([before])
    const hold = () => curateEntries(topic.log, KNOWN_HASHES, valueOf(A), (one) => disabled(one, undefined))
    await hold()
    expect(await hold()).toMatchObject({ changed: 0, unchanged: 1 })
    expect(await topic.length()).toBe(2)
    expect(await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), enabled)).toMatchObject({ changed: 1 })
    expect(await topic.entries()).toEqual([before])
  })

  test('a degenerate entry stays held for that: it is neither disabled nor enabled', async () => {
    const zeros = md5('0'.repeat(32), { held: { why: 'degenerate' } })
    const topic = await CuratedTopic.with([zeros])
    for (const change of [enabled, (one: Entry) => disabled(one, undefined)])
      expect(await curateEntries(topic.log, KNOWN_HASHES, valueOf('0'.repeat(32)), change)).toMatchObject({
        changed: 0,
        degenerate: 1,
      })
    expect(await topic.entries()).toEqual([zeros])
  })

  test('an entry that was removed is not brought back', async () => {
    const topic = await CuratedTopic.with([md5(A)])
    await topic.remove([md5(A)])
    expect(
      await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), (one) => disabled(one, undefined)),
    ).toMatchObject({ found: 0 })
    expect(await topic.entries()).toEqual([])
  })

  test('by an id of one source leaves the same id of another one alone', async () => {
    const topic = await CuratedTopic.with([md5(A), md5(B, { source: 'iwf' })])
    const isMeant = matcherOf({ selected: [{ sourceId: '1' }] }, 'iwf')
    await curateEntries(topic.log, KNOWN_HASHES, isMeant, (one) => disabled(one, undefined))
    expect(heldOf(await topic.entries())).toEqual([
      ['ncmec', '1', undefined],
      ['iwf', '1', { why: 'disabled' }],
    ])
  })
})

const HELD = { why: 'disabled' } as const
const hold = (one: Entry): Curated => disabled(one, undefined)

describe('another writer’s record', () => {
  test.each([
    ['disabled', md5(A), hold],
    ['enabled', md5(A, { held: HELD }), enabled],
  ])(
    'is a withdrawal that comes while the topic is read: an entry that is %s stays withdrawn, and nothing is published',
    async (_, before, how) => {
      const topic = await CuratedTopic.with([before])
      const curation = await EntryCuration.read(topic.log, KNOWN_HASHES, valueOf(A))
      curation.change(valueOf(A), how)
      await topic.remove([before])
      await curation.publish()
      expect(await topic.entries()).toEqual([])
      expect(await topic.length()).toBe(2)
    },
  )

  test.each([
    ['disabled', md5(A), hold],
    ['enabled', md5(A, { held: HELD }), enabled],
  ])(
    'is a withdrawal that comes just before the decision is published: an entry that is %s ends as withdrawn',
    async (_, before, how) => {
      const topic = await CuratedTopic.with([before])
      topic.log.meanwhile = () => topic.remove([before])
      await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), how)
      expect(await topic.entries()).toEqual([])
    },
  )

  test('is a newer version: it stays, and the decision holds for it, whenever it comes', async () => {
    const topic = await CuratedTopic.with([md5(A)])
    const curation = await EntryCuration.read(topic.log, KNOWN_HASHES, valueOf(A))
    curation.change(valueOf(A), hold)
    await topic.put([md5(A, { series: 'newer' }), md5(A, { source: 'new-list' })])
    topic.log.meanwhile = () => topic.put([md5(A, { series: 'newest' })])
    await curation.publish()
    expect(await topic.entries()).toEqual(
      expect.arrayContaining([
        md5(A, { series: 'newest', held: HELD }),
        md5(A, { source: 'new-list', held: HELD }),
      ]),
    )
  })

  test('that comes after ours stands', async () => {
    const topic = await CuratedTopic.with([md5(A)])
    await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), hold)
    await topic.remove([md5(A)])
    expect(await topic.entries()).toEqual([])
  })

  const DUE = { why: 'disabled', until: '2026-05-31T00:00:00Z' } as const
  const NOW = new Date('2026-06-01T00:00:00Z')

  test('is a withdrawal or a longer hold that comes just before a due entry is released: both stand', async () => {
    const held = md5(A, { held: DUE })
    const longer = md5(B, { held: { ...DUE, until: LATER } })
    const topic = await CuratedTopic.with([held, md5(B, { held: DUE })])
    topic.log.meanwhile = async () => {
      await topic.remove([held])
      await topic.put([longer])
    }
    await releaseDue(topic.log, KNOWN_HASHES, NOW)
    expect(await topic.entries()).toEqual([longer])
  })
})

test('a record that matchers would refuse is not published, nor is any with it', async () => {
  const topic = await CuratedTopic.with([md5(A)])
  const curation = await EntryCuration.read(topic.log, KNOWN_HASHES, valueOf(A))
  curation.change(valueOf(A), (one) => disabled(one, undefined))
  const value = '0'.repeat(32) as HashValue
  curation.suppress({ type: 'md5', value, id: 'c0ffee', at: '2026-03-01T00:00:00.000Z' })
  await expect(curation.publish()).rejects.toThrow('degenerate-hash')
  expect(await topic.length()).toBe(1)
})

describe('a suppression', () => {
  const SUPPRESSION = {
    type: 'md5',
    value: A as HashValue,
    id: 'c0ffee',
    at: '2026-03-01T00:00:00.000Z',
  } as const

  test('is an entry of the source curation, the same one when it is published again, and ends by its value', async () => {
    const topic = await CuratedTopic.with([md5(A)])
    for (let time = 0; time < 2; time++) await suppress(topic.log, { ...SUPPRESSION, until: LATER })
    expect(await topic.entries()).toHaveLength(2)
    expect((await topic.entries())[1]).toMatchObject({
      source: 'curation',
      sourceId: 'c0ffee',
      role: 'suppress',
      validUntil: LATER,
    })
    expect(await unsuppress(topic.log, valueOf(B))).toBe(0)
    expect(await unsuppress(topic.log, valueOf(A))).toBe(1)
    expect(await topic.entries()).toEqual([md5(A)])
  })

  test('is not disabled with the value: that would let it match again', async () => {
    const topic = await CuratedTopic.with([md5(A)])
    await suppress(topic.log, SUPPRESSION)
    const counts = await curateEntries(topic.log, KNOWN_HASHES, valueOf(A), (one) => disabled(one, undefined))
    expect(counts).toMatchObject({ found: 1 })
  })
})

test('several decisions on one entry count in their order, and one record of it is published', async () => {
  const topic = await CuratedTopic.with([md5(A)])
  const curation = await EntryCuration.read(topic.log, KNOWN_HASHES, valueOf(A))
  curation.change(valueOf(A), (one) => disabled(one, undefined))
  curation.change(valueOf(A), enabled)
  curation.change(valueOf(A), (one) => disabled(one, LATER))
  await curation.publish()
  expect(heldOf(await topic.entries())).toEqual([['ncmec', '1', { why: 'disabled', until: LATER }]])
  expect(await topic.length()).toBe(2)
})

describe('what is due', () => {
  const NOW = new Date('2026-06-01T00:00:00Z')
  const PAST = '2026-05-31T00:00:00Z'

  test('is released or removed once, at its time and not before', async () => {
    const topic = await CuratedTopic.with([
      md5(A, { held: { why: 'disabled', until: PAST } }),
      md5(A, { source: 'iwf', held: { why: 'quarantined', until: LATER } }),
      md5(A, { source: 'x', held: { why: 'disabled' } }),
      md5(B, { source: 'curation', role: 'suppress', validUntil: PAST }),
      md5(B, { source: 'other', validUntil: LATER }),
    ])
    expect(await releaseDue(topic.log, KNOWN_HASHES, NOW)).toEqual({ released: 1, removed: 1 })
    expect(heldOf(await topic.entries())).toEqual([
      ['ncmec', '1', undefined],
      ['iwf', '1', { why: 'quarantined', until: LATER }],
      ['x', '1', { why: 'disabled' }],
      ['other', '1', undefined],
    ])
    expect(await releaseDue(topic.log, KNOWN_HASHES, NOW)).toEqual({ released: 0, removed: 0 })
  })

  test('is not what an earlier record said and a later one took back', async () => {
    const topic = await CuratedTopic.with([
      md5(A, { held: { why: 'disabled', until: PAST } }),
      md5(A, { held: { why: 'disabled', until: LATER } }),
      md5(B, { validUntil: PAST }),
    ])
    await topic.remove([md5(B)])
    expect(await releaseDue(topic.log, KNOWN_HASHES, NOW)).toEqual({ released: 0, removed: 0 })
  })

  test('is never a degenerate entry, whatever its hold says', async () => {
    const topic = await CuratedTopic.with([md5('0'.repeat(32), { held: { why: 'degenerate', until: PAST } })])
    expect(await releaseDue(topic.log, KNOWN_HASHES, NOW)).toEqual({ released: 0, removed: 0 })
  })
})

describe('lines of what is meant', () => {
  test('are `type value` of any type, in any case; others are named by their number, and never quoted', async () => {
    const text = `# comment\nMD5 ${A.toUpperCase()}\n\nzz40 ${B}\nmd5 ${A} extra\nmd5 12\nwhat ${A}\n`
    const { selected, badLines } = await readSelection(listFile(text))
    expect(selected).toEqual([
      { type: 'md5', value: A },
      { type: 'zz40', value: B },
    ])
    expect(badLines.map(({ line }) => line)).toEqual([5, 6, 7])
    expect(JSON.stringify(badLines)).not.toContain(A)
  })

  test('are ids of the source where ids are asked for, with blanks in them', async () => {
    const file = listFile('')
    writeFileSync(file, 'id one\n\n  2 \n')
    const { selected } = await readSelection(file, { isIds: true })
    expect(selected).toEqual([{ sourceId: 'id one' }, { sourceId: '2' }])
  })
})

test('decisions are published once: later ones need another reading', async () => {
  const topic = await CuratedTopic.with([])
  const curation = await EntryCuration.read(topic.log, KNOWN_HASHES, () => true)
  await curation.publish()
  await expect(curation.publish()).rejects.toThrow('read the topic again')
})
