import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/contract/json.ts'
import { encodeKnownHash } from '../../../src/contract/known-hash.ts'
import { HASH_TYPE_NAMES } from '../../../src/hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import { KEPT_TYPE_NAMES, parseKeptValue, type KeptValue } from '../../../src/hash/kept-type.ts'
import { disabled, enabled } from '../../../src/lists/curate/curation.ts'
import { DamagedListError, type ListedHash, type ListItem } from '../../../src/lists/list-item.ts'
import { loadScheme } from '../../../src/lists/schemes/load-scheme.ts'
import { file, FIRST, IntakeTopic, keyOf, LATER, md5, removing, sourceOf } from './intake-topic.ts'

const EMPTY_FILE: ListedHash = {
  type: 'md5',
  value: parseHashValue('md5', 'd41d8cd98f00b204e9800998ecf8427e') as HashValue,
}
const VPDQ: ListedHash = { type: 'vpdq', value: parseKeptValue('vpdq', 'abc') as KeptValue }
const vics = loadScheme('vics-us')

/** Ends before its second record is whole. */
async function* damaged(): AsyncGenerator<readonly ListItem[]> {
  yield [file('1', [md5(1)])]
  throw new DamagedListError('record 2: the file is cut off')
}

/** Holds an entry back, as a person or an earlier import does. */
const disable = async (topic: IntakeTopic, key: string, why: string): Promise<void> => {
  const entry = (await topic.entries()).get(key)
  await topic.publish(key, canonicalJson({ ...entry, held: { why } }))
}

describe('a list', () => {
  test('becomes an entry a hash, with the class and provenance that it gives, and nothing else of a file', async () => {
    const topic = await IntakeTopic.make()
    const summary = await topic.apply([
      file('7', [md5(1), VPDQ], { series: 'a series', victimIdentified: true, tags: ['media:image'] }),
    ])
    expect(summary).toMatchObject({ read: 1, accepted: { md5: 1 }, notMatched: { vpdq: 1 }, added: 2 })
    expect(await topic.keys()).toEqual([keyOf(md5(1), '7'), keyOf(VPDQ, '7')])
    expect((await topic.entries()).get(keyOf(md5(1), '7'))).toEqual({
      schema: 'known-hash/1',
      ...md5(1),
      source: 'ncmec',
      sourceId: '7',
      classification: { scheme: 'ncmec', code: 'A1' },
      role: 'match',
      purpose: 'csam',
      series: 'a series',
      victimIdentified: true,
      tags: ['media:image'],
      handling: { audience: 'this-deployment', onward: 'none' },
      addedAt: FIRST.toISOString(),
    })
  })

  test('that lacks a hash which its source had of the file withdraws it, and leaves other files alone', async () => {
    const topic = await IntakeTopic.make()
    await topic.apply([file('1', [md5(1), md5(2)]), file('2', [md5(1)])])
    const summary = await topic.apply([file('1', [md5(2)])], {}, { approved: 'any' })
    expect(summary).toMatchObject({ removed: 1, unchanged: 1 })
    expect(await topic.keys()).toEqual([keyOf(md5(2), '1'), keyOf(md5(1), '2')].sort())
  })

  test('of changes that has a file twice says the later of both; of files, both', async () => {
    const items = [file('1', [md5(1)]), file('1', [md5(2)])]
    const changes = await IntakeTopic.make()
    await changes.apply(items, { repeats: 'replace' })
    expect(await changes.keys()).toEqual([keyOf(md5(2), '1')])
    expect(await changes.length()).toBe(1)
    const files = await IntakeTopic.make()
    await files.apply(items, { repeats: 'unite' })
    expect(await files.keys()).toEqual([keyOf(md5(1), '1'), keyOf(md5(2), '1')].sort())
  })

  test('of changes whose pages are out of order goes by the time of each change', async () => {
    const topic = await IntakeTopic.make()
    await topic.apply([
      file('1', [md5(1)], { changedAt: '2026-01-02T00:00:00Z' }),
      file('1', [md5(2)], { changedAt: '2026-01-01T23:00:00.5Z' }),
      { kind: 'withdrawal', place: 'record 3', sourceId: '2', changedAt: '2026-01-02T00:00:00Z' },
      file('2', [md5(2)], { changedAt: '2026-01-01T00:00:00Z' }),
    ])
    expect(await topic.keys()).toEqual([keyOf(md5(1), '1')])
  })

  test('that is complete removes what it lacks', async () => {
    const topic = await sourceOf(20)
    const list = Array.from({ length: 19 }, (_, number) => file(String(number), [md5(number)]))
    expect(await topic.apply(list)).toMatchObject({ removed: 0 })
    expect(await topic.apply(list, {}, { complete: true })).toMatchObject({ removed: 1, unchanged: 19 })
    expect(await topic.keys()).not.toContain(keyOf(md5(19), '19'))
  })

  test('that is complete and has a record that can’t be read removes nothing that it seems to lack', async () => {
    const topic = await sourceOf(20)
    const list: readonly ListItem[] = [
      ...Array.from({ length: 19 }, (_, number) => file(String(number), [md5(number)])),
      { kind: 'refused', place: 'record 20', reason: 'no id' },
    ]
    expect(await topic.apply(list, {}, { complete: true })).toMatchObject({ removed: 0, withheld: 1 })
    expect(await topic.apply(list, {}, { complete: true, approved: 'any' })).toMatchObject({ removed: 1 })
  })

  test('with a record of a file that can’t be read leaves what the source has of the file', async () => {
    const topic = await sourceOf(20)
    const list: readonly ListItem[] = [
      ...Array.from({ length: 19 }, (_, number) => file(String(number), [md5(number)])),
      { kind: 'refused', place: 'record 20', reason: 'no hash', sourceId: '19' },
    ]
    const summary = await topic.apply(list, {}, { complete: true })
    expect(summary).toMatchObject({
      removed: 0,
      withheld: 0,
      rejectedCount: 1,
      rejected: [{ where: 'record 20', reason: 'no hash' }],
    })
    expect(await topic.keys()).toHaveLength(20)
  })

  test('with bad values in another order in each record looks once for the hashes of each type', async () => {
    const topic = await IntakeTopic.make()
    const types = [...HASH_TYPE_NAMES, ...KEPT_TYPE_NAMES].filter((type) => type !== 'md5')
    const list = Array.from({ length: 20_000 }, (_, number) => {
      const unread = Array.from({ length: 16 }, (_bit, at) => types[(number >> at) % 2])
      return file('1', [md5(100_000 + number)], { unread })
    })
    expect(await topic.apply(list, { repeats: 'unite' })).toMatchObject({ added: 20_000 })
  })

  test('with a value that can’t be read leaves what the source has of its type, and ends the rest', async () => {
    const sha1: ListedHash = {
      type: 'sha1',
      value: parseHashValue('sha1', '1f'.repeat(19) + '2e') as HashValue,
    }
    for (const repeats of ['replace', 'unite'] as const)
      for (const [unread, left] of [
        [['sha1'], [sha1]],
        [['md5'], [md5(1), md5(2)]],
        ['all', [md5(1), md5(2), sha1]],
        [undefined, []],
      ] as const) {
        const topic = await IntakeTopic.make()
        await topic.apply([file('1', [md5(1), md5(2), sha1])], { repeats })
        const list: readonly ListItem[] = [
          file('1', [md5(3)], { unread }),
          { kind: 'refused', place: 'record 1', reason: 'a bad value', sourceId: '1' },
        ]
        await topic.apply(list, { repeats }, { approved: 'any' })
        expect(await topic.keys()).toEqual([...left, md5(3)].map((each) => keyOf(each, '1')).sort())
      }
  })

  test('of a file that is harmless now, or has ended, keeps none of it for a value that can’t be read', async () => {
    const sure = file('1', [md5(1)], { code: '1' })
    for (const change of [{ code: '0' }, { validUntil: '2026-01-15T00:00:00Z' }]) {
      const topic = await IntakeTopic.make()
      await topic.apply([sure], { scheme: vics })
      const list = [{ ...sure, hashes: [], unread: 'all' as const, ...change }]
      await topic.apply(list, { scheme: vics }, { now: LATER, approved: 'any' })
      expect(await topic.keys()).toEqual([])
    }
  })

  test('that says the same of a file with very many hashes again and again looks at them once', async () => {
    const count = 30_000
    const values = Array.from({ length: count }, (_, number) => md5(0x10000 + number))
    const topic = await IntakeTopic.make()
    await topic.apply(
      values.map((each) => file('1', [each])),
      { repeats: 'unite' },
    )
    const times = (item: ListItem): readonly ListItem[] => Array.from({ length: count }, () => item)
    const unreadable: ListItem = { kind: 'refused', place: 'record 1', reason: 'bad', sourceId: '1' }
    expect(await topic.apply(times(unreadable))).toMatchObject({ removed: 0, rejectedCount: count })
    const withdrawn: ListItem = { kind: 'withdrawal', place: 'record 1', sourceId: '1' }
    const summary = await topic.apply(times(withdrawn), {}, { approved: 'any' })
    expect(summary).toMatchObject({ removed: count, absent: count - 1 })
  })

  test('that withdraws ends a file, some of its hashes, or a value wherever the source has it', async () => {
    const topic = await IntakeTopic.make()
    await topic.apply([
      file('1', [md5(1), md5(2)]),
      file('2', [md5(1), md5(2)]),
      file('3', [md5(3)]),
      file('4', [md5(3)]),
    ])
    const summary = await topic.apply(
      [
        { kind: 'withdrawal', place: 'record 1', sourceId: '1' },
        { kind: 'withdrawal', place: 'record 2', sourceId: '2', hashes: [md5(2)] },
        { kind: 'withdrawal', place: 'record 3', sourceId: 'x', hashes: [md5(3)], isBare: true },
        { kind: 'withdrawal', place: 'record 4', sourceId: '5' },
      ],
      {},
      { approved: 'any' },
    )
    expect(summary).toMatchObject({ removed: 5, absent: 1 })
    expect(await topic.keys()).toEqual([keyOf(md5(1), '2')])
  })

  test('twice changes nothing and publishes nothing, and the first addedAt stays', async () => {
    const topic = await sourceOf(10)
    const list = Array.from({ length: 10 }, (_, number) => file(String(number), [md5(number)]))
    expect(await topic.apply(list, {}, { now: LATER })).toMatchObject({ unchanged: 10, added: 0, changed: 0 })
    expect(await topic.length()).toBe(10)
    expect(
      await topic.apply(
        list.map((own) => ({ ...own, series: 'new' })),
        {},
        { now: LATER },
      ),
    ).toMatchObject({
      changed: 10,
    })
    for (const { addedAt, series } of (await topic.entries()).values()) {
      expect(addedAt).toBe(FIRST.toISOString())
      expect(series).toBe('new')
    }
  })

  test('that is damaged near its end publishes nothing', async () => {
    const topic = await IntakeTopic.make()
    const intake = await topic.open()
    await expect(intake.apply(damaged(), { now: FIRST })).rejects.toThrow(DamagedListError)
    expect(await topic.length()).toBe(0)
  })

  test('with a degenerate value publishes it held back, with the reason counted', async () => {
    const topic = await IntakeTopic.make()
    expect(await topic.apply([file('1', [EMPTY_FILE, md5(1)])])).toMatchObject({
      added: 2,
      accepted: { md5: 1 },
      quarantined: { 'md5: it is the digest of an empty file': 1 },
    })
    expect((await topic.entries()).get(keyOf(EMPTY_FILE, '1'))).toMatchObject({ held: { why: 'degenerate' } })
    expect(await topic.apply([file('1', [EMPTY_FILE, md5(1)])])).toMatchObject({ unchanged: 2 })
  })

  test('with a field that the contract refuses costs that record alone, and the reason quotes nothing', async () => {
    const topic = await IntakeTopic.make()
    const summary = await topic.apply([file('1', [md5(1)], { series: 'x'.repeat(65) }), file('2', [md5(2)])])
    expect(summary.rejected).toEqual([{ where: 'record 1', reason: 'malformed-value at /series' }])
    expect(await topic.keys()).toEqual([keyOf(md5(2), '2')])
  })

  test('keeps until when an entry holds, and leaves out a file that has ended, with what it was', async () => {
    const topic = await IntakeTopic.make()
    const list = [file('1', [md5(1)], { validUntil: '2026-01-15T00:00:00Z' })]
    await topic.apply(list)
    expect([...(await topic.entries()).values()]).toMatchObject([{ validUntil: '2026-01-15T00:00:00Z' }])
    const ended = await topic.apply(list, {}, { now: LATER, approved: 'any' })
    expect(ended).toMatchObject({ removed: 1, skipped: { 'ended already': 1 } })
    expect(await topic.keys()).toEqual([])
  })

  test('of another source adds entries of its own, and its removals leave the first alone', async () => {
    const topic = await sourceOf(1)
    await topic.apply([file('0', [md5(0)])], { source: 'iwf' })
    await topic.apply(
      [{ kind: 'withdrawal', place: 'record 1', sourceId: '0' }],
      { source: 'iwf' },
      { approved: 'any' },
    )
    expect(await topic.keys()).toEqual([keyOf(md5(0), '0')])
  })
})

describe('a write that failed', () => {
  const listed = [[file('1', [md5(1)])]]
  const withdrawn: readonly (readonly ListItem[])[] = [
    [{ kind: 'withdrawal', place: 'record 1', sourceId: '1' }],
  ]
  const options = { now: FIRST, approved: 'any' }

  test.each([true, false])(
    'may have reached the topic (it did: %s): the next list counts on neither',
    async (writesFirst) => {
      const topic = await IntakeTopic.make()
      const intake = await topic.open()
      Object.assign(topic.log, { left: 0, writesFirst })
      await expect(intake.apply(listed, options)).rejects.toThrow('ended here')
      await intake.apply(withdrawn, options)
      expect(await topic.keys()).toEqual([])

      await intake.apply(listed, options)
      Object.assign(topic.log, { left: 0, writesFirst })
      await expect(intake.apply(withdrawn, options)).rejects.toThrow('ended here')
      await intake.apply(listed, options)
      expect(await topic.keys()).toEqual([keyOf(md5(1), '1')])
    },
  )
})

describe('an entry that is held back', () => {
  test.each(['disabled', 'quarantined'])(
    '(%s) stays so when its list comes again or changes it',
    async (why) => {
      const topic = await sourceOf(2)
      await disable(topic, keyOf(md5(0), '0'), why)
      const intake = await topic.open()
      await disable(topic, keyOf(md5(1), '1'), why)
      await intake.catchUp()
      for (const series of ['a', 'b'])
        await intake.apply([[file('0', [md5(0)], { series }), file('1', [md5(1)], { series })]], {
          now: LATER,
        })
      for (const entry of (await topic.entries()).values())
        expect(entry).toMatchObject({ held: { why }, series: 'b' })
    },
  )

  test('because its list has switched it off is searched again when the list says so', async () => {
    const topic = await IntakeTopic.make()
    const off = file('1', [md5(1)], { disabled: { until: '2026-12-01T00:00:00Z' } })
    const intake = await topic.open()
    await intake.apply([[off]], { now: FIRST })
    const key = keyOf(md5(1), '1')
    expect((await topic.entries()).get(key)).toMatchObject({
      held: { why: 'disabled', until: '2026-12-01T00:00:00Z', by: 'list' },
    })
    expect(await intake.apply([[off]], { now: LATER })).toMatchObject({ unchanged: 1 })
    expect(await topic.apply([off], {}, { now: LATER })).toMatchObject({ unchanged: 1 })
    await intake.apply([[file('1', [md5(1)])]], { now: LATER })
    expect((await topic.entries()).get(key)).not.toHaveProperty('held')
  })
})

const offIn = (series: string) => file('1', [md5(1)], { series, tags: ['t'], disabled: {} })

test('an entry that its list had switched off stays held once a person has disabled it, though the list switches it on', async () => {
  const topic = await IntakeTopic.make()
  await topic.apply([offIn('a')])
  const key = keyOf(md5(1), '1')
  const entry = (await topic.entries()).get(key)
  const curated = entry && disabled(entry, undefined)
  if (typeof curated !== 'object') throw new Error('The list’s own hold counts as the person’s')
  await topic.publish(key, encodeKnownHash(curated.entry))
  // Each is another process: it knows only what the topic says.
  for (const list of [offIn('b'), file('1', [md5(1)], { series: 'c', tags: ['t'] })]) {
    await topic.apply([list])
    const held = (await topic.entries()).get(key)
    expect(held).toMatchObject({ held: { why: 'disabled' }, series: list.series, tags: ['t'] })
  }
})

const tagged = (series: string) => file('1', [md5(1)], { series, tags: ['disabled-by-list'] })

test('a list undoes no person’s hold by a tag of its own: its word is told by a field that only an import writes', async () => {
  const topic = await IntakeTopic.make()
  await topic.apply([tagged('a')])
  const key = keyOf(md5(1), '1')
  await disable(topic, key, 'disabled')
  await topic.apply([tagged('b')])
  expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'disabled' }, series: 'b' })
})

test('an entry that its list withdraws and adds again is a new one: no hold outlasts that', async () => {
  const topic = await sourceOf(1)
  const key = keyOf(md5(0), '0')
  await disable(topic, key, 'disabled')
  await topic.apply(removing(1), {}, { approved: 'any' })
  await topic.apply([file('0', [md5(0)])], {}, { now: LATER })
  expect((await topic.entries()).get(key)).not.toHaveProperty('held')
})

describe('a file that its list has switched off until a time', () => {
  const until = '2026-01-15T00:00:00.000Z'

  test('is held back until then, and matches from then on', async () => {
    const topic = await IntakeTopic.make()
    const off = file('1', [md5(1)], { disabled: { until }, tags: ['x'] })
    await topic.apply([off])
    const key = keyOf(md5(1), '1')
    expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'disabled', until } })
    await topic.apply([off], {}, { now: LATER })
    expect((await topic.entries()).get(key)).not.toHaveProperty('held')
    expect((await topic.entries()).get(key)?.tags).toEqual(['x'])
  })
})

const inSeries = (series: string): ListItem => file('0', [md5(0)], { series })

describe('what a person decides between the comparison of a list and its publishing', () => {
  const key = keyOf(md5(0), '0')
  const enable = async (topic: IntakeTopic): Promise<void> => {
    const entry = (await topic.entries()).get(key)
    const curated = entry && enabled(entry)
    if (typeof curated === 'object') await topic.publish(key, encodeKnownHash(curated.entry))
  }

  test('is a hold: the entry ends held back, as the list has it now', async () => {
    const topic = await sourceOf(3)
    topic.log.meanwhile = () => disable(topic, key, 'disabled')
    expect(await topic.apply([inSeries('b')])).toMatchObject({ changed: 1 })
    expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'disabled' }, series: 'b' })
    expect(await topic.apply([inSeries('b')])).toMatchObject({ unchanged: 1 })
  })

  test('is a hold on an entry that the list has switched off: it is the person’s from then on', async () => {
    const topic = await sourceOf(1)
    topic.log.meanwhile = () => disable(topic, key, 'disabled')
    await topic.apply([file('0', [md5(0)], { disabled: {} })], {}, { approved: 'any' })
    expect((await topic.entries()).get(key)?.held).toEqual({ why: 'disabled' })
  })

  test('is the end of a hold: the entry ends searched', async () => {
    const topic = await sourceOf(1)
    await disable(topic, key, 'disabled')
    topic.log.meanwhile = () => enable(topic)
    await topic.apply([inSeries('b')])
    expect((await topic.entries()).get(key)).not.toHaveProperty('held')
    expect((await topic.entries()).get(key)).toMatchObject({ series: 'b' })
  })

  test('is a hold on an entry that the list withdraws: the entry is gone', async () => {
    const topic = await sourceOf(1)
    topic.log.meanwhile = () => disable(topic, key, 'disabled')
    await topic.apply(removing(1), {}, { approved: 'any' })
    expect((await topic.entries()).size).toBe(0)
  })

  test('is a hold again, while the first one is put right: the last one counts', async () => {
    const topic = await sourceOf(1)
    topic.log.meanwhile = async () => {
      await disable(topic, key, 'disabled')
      topic.log.meanwhile = () => disable(topic, key, 'quarantined')
    }
    await topic.apply([inSeries('b')])
    expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'quarantined' }, series: 'b' })
  })

  test.each([
    ['before the first page of two', ['hold', 'b', 'c']],
    ['between two pages', ['b', 'hold', 'c']],
    ['after the last page', ['b', 'c', 'hold']],
  ])('is a hold %s that change the entry: it is held back once the range is settled', async (_, steps) => {
    const topic = await sourceOf(2)
    const intake = await topic.open()
    for (const step of steps)
      if (step === 'hold') await disable(topic, key, 'disabled')
      else await intake.apply([[inSeries(step)]], { now: LATER, isPage: true })
    await intake.settle()
    expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'disabled' }, series: 'c' })
    const length = await topic.length()
    await intake.settle()
    expect(await intake.apply([[inSeries('c')]], { now: LATER })).toMatchObject({ unchanged: 1 })
    expect(await topic.length()).toBe(length)
  })

  test.each([1, 2])(
    'is a hold, though the reading that meets it breaks off after %i records',
    async (after) => {
      const topic = await sourceOf(2)
      const intake = await topic.open()
      topic.log.meanwhile = () => disable(topic, key, 'disabled')
      await intake.apply([[inSeries('b'), file('1', [md5(1)], { series: 'b' })]], {
        now: LATER,
        isPage: true,
      })
      const ending = new AbortController()
      topic.log.breakOff = { after, end: () => ending.abort() }
      await expect(intake.settle(ending.signal)).rejects.toThrow('aborted')
      topic.log.breakOff = undefined
      await intake.settle()
      expect((await topic.entries()).get(key)).toMatchObject({ held: { why: 'disabled' }, series: 'b' })
      expect(intake.isAhead).toBe(false)
    },
  )

  test('is nothing of another source: the list’s own records stand alone', async () => {
    const topic = await sourceOf(2)
    topic.log.meanwhile = () => topic.publish(keyOf(md5(0), '0', 'iwf'), null)
    await topic.apply([inSeries('b')])
    expect(await topic.length()).toBe(4)
  })
})
