import { describe, expect, test } from 'vitest'
import { encodeKnownHash } from '../../../src/contract/known-hash.ts'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import { parseKeptValue, type KeptValue } from '../../../src/hash/kept-type.ts'
import { disabled } from '../../../src/lists/curate/curation.ts'
import { openIntake } from '../../../src/lists/import/intake.ts'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import {
  DamagedListError,
  type ListedFile,
  type ListedHash,
  type ListItem,
} from '../../../src/lists/list-item.ts'
import { loadScheme } from '../../../src/lists/schemes/load-scheme.ts'
import { file, FIRST, IntakeTopic, keyOf, LATER, md5, TERMS, TOPIC } from './intake-topic.ts'

const EMPTY_FILE: ListedHash = {
  type: 'md5',
  value: parseHashValue('md5', 'd41d8cd98f00b204e9800998ecf8427e') as HashValue,
}
const VPDQ: ListedHash = { type: 'vpdq', value: parseKeptValue('vpdq', 'abc') as KeptValue }
const vics = loadScheme('vics-us')

/** A source that has this many files of one hash each. */
async function sourceOf(count: number): Promise<IntakeTopic> {
  const topic = await IntakeTopic.make()
  await topic.apply(Array.from({ length: count }, (_, number) => file(String(number), [md5(number)])))
  return topic
}

/** Ends before its second record is whole. */
async function* damaged(): AsyncGenerator<readonly ListItem[]> {
  yield [file('1', [md5(1)])]
  throw new DamagedListError('record 2: the file is cut off')
}

/** Holds an entry back, as a person or an earlier import does. */
const disable = async (topic: IntakeTopic, key: string, why: string): Promise<void> => {
  const entry = (await topic.entries()).get(key)
  await topic.publish(key, JSON.stringify({ ...entry, held: { why } }))
}

/** Withdraws this many of the files of `sourceOf`. */
const removing = (count: number): readonly ListItem[] =>
  Array.from({ length: count }, (_, number) => ({
    kind: 'withdrawal',
    place: `record ${number}`,
    sourceId: String(number),
  }))

/** Applies a list whose form is also that of benign files, of a source without a class. */
const withoutClass = async (items: readonly ListItem[], terms: Partial<IntakeTerms> = {}) => {
  const topic = await IntakeTopic.make()
  const { classification: _, ...rest } = TERMS
  const intake = await openIntake(topic.log, TOPIC, { ...rest, needsCodes: true, ...terms })
  return { topic, applied: intake.apply([items], { now: FIRST }) }
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

describe('the gate', () => {
  test('lets a list pass that removes a tenth, and holds one that removes more', async () => {
    const topic = await sourceOf(20)
    expect(await topic.apply(removing(3))).toMatchObject({
      pending: { why: 'removes-much', before: 20, adds: 0, changes: 0, removes: 3 },
    })
    expect(await topic.length()).toBe(20)
    expect(await topic.apply(removing(2))).not.toHaveProperty('pending')
    expect(await topic.length()).toBe(22)
  })

  test('holds a list that adds ten times as much as its source has, but not the first one', async () => {
    const many = Array.from({ length: 2_000 }, (_, number) => file(String(number), [md5(number)]))
    const topic = await IntakeTopic.make()
    await topic.apply(many.slice(0, 150))
    expect(await topic.apply(many)).toMatchObject({
      pending: { why: 'adds-much', before: 150, adds: 1_850 },
    })
    expect(await topic.length()).toBe(150)
    const first = await IntakeTopic.make()
    expect(await first.apply(many)).toMatchObject({ added: 2_000 })
  })

  test.each<[string, Partial<ListedFile>, Partial<IntakeTerms>]>([
    ['suppresses what were matches', {}, { role: 'suppress' }],
    ['switches off what were matches', { disabled: {} }, {}],
  ])('holds a list that %s as one that removes them', async (_, change, terms) => {
    const topic = await sourceOf(20)
    const list = (count: number): readonly ListItem[] =>
      Array.from({ length: count }, (__, number) => file(String(number), [md5(number)], change))
    expect(await topic.apply(list(3), terms)).toMatchObject({
      changed: 3,
      stopped: 3,
      pending: { why: 'removes-much', before: 20, changes: 0, removes: 3 },
    })
    expect(await topic.length()).toBe(20)
    expect(await topic.apply(list(2), terms)).toMatchObject({ changed: 2, stopped: 2 })
    // They are no matches any more, so they stop nothing.
    const again = list(2).map((item) => ({ ...item, series: 'b' }))
    expect(await topic.apply(again, terms)).toMatchObject({ changed: 2, stopped: 0 })
  })

  test('opens for the change that was approved, whenever and in whatever order it comes, and for no other', async () => {
    const topic = await sourceOf(20)
    const list = [...removing(5), file('new', [md5(99)])]
    const { pending } = await topic.apply(list)
    const approved = pending?.id ?? ''
    expect(await topic.apply([...list, file('more', [md5(98)])], {}, { approved })).toHaveProperty('pending')
    expect(await topic.length()).toBe(20)
    const applied = await topic.apply(list.toReversed(), {}, { approved, now: LATER })
    expect(applied).not.toHaveProperty('pending')
    expect(applied).toMatchObject({ removed: 5, added: 1 })
  })

  test('shows a change that waits in a dry run, too, and then publishes nothing', async () => {
    const topic = await sourceOf(20)
    expect(await topic.apply(removing(5), {}, { dryRun: true })).toHaveProperty('pending')
    expect(await topic.apply(removing(5), {}, { dryRun: true, approved: 'any' })).toMatchObject({
      removed: 5,
    })
    expect(await topic.length()).toBe(20)
  })
})

describe('a file that a list of files calls a match and harmless at once', () => {
  const match = file('1', [md5(1), md5(2)], { code: '1' })
  const harmless = file('1', [md5(1)], { code: '0' })
  const terms = { scheme: vics, repeats: 'unite' } as const

  test('is refused with its hash, in any order; its other hashes come in', async () => {
    for (const items of [
      [match, harmless],
      [harmless, match],
      [match, harmless, match],
      [harmless, match, harmless],
    ]) {
      const topic = await IntakeTopic.make()
      const summary = await topic.apply(items, terms)
      expect(summary).toMatchObject({ added: 1, rejectedCount: 1 })
      expect(summary.rejected).toMatchObject([{ reason: expect.stringContaining('what was there stays') }])
      expect(await topic.keys()).toEqual([keyOf(md5(2), '1')])
    }
  })

  test('stays what it was', async () => {
    const topic = await IntakeTopic.make()
    await topic.apply([match], terms)
    expect(await topic.apply([harmless, match], terms)).toMatchObject({ removed: 0, rejectedCount: 1 })
    expect(await topic.keys()).toHaveLength(2)
  })

  test('is the same as one that is a match and suppressed', async () => {
    const scheme = {
      name: 'mine',
      title: 'Mine',
      purpose: 'csam' as const,
      codes: {
        bad: { meaning: 'known', role: 'match' as const },
        ok: { meaning: 'known good', role: 'suppress' as const },
      },
      missing: 'refuse',
    }
    const topic = await IntakeTopic.make()
    const items = ['bad', 'ok'].map((code) => file('1', [md5(1)], { code }))
    for (const both of [items, items.toReversed()])
      expect(await topic.apply(both, { ...terms, scheme })).toMatchObject({ added: 0, rejectedCount: 1 })
  })

  test('in a list of changes is what the later record says', async () => {
    const topic = await IntakeTopic.make()
    expect(await topic.apply([harmless, match], { scheme: vics })).toMatchObject({
      added: 2,
      rejectedCount: 0,
    })
  })
})

describe('never accusing by format', () => {
  test('only codes that the scheme marks become matches; the others are left out and counted, unknown ones refused', async () => {
    const codes = ['0', '1', '2', '3', '4', '5', undefined, '6']
    const { topic, applied } = await withoutClass(
      codes.map((code, number) => file(String(number), [md5(number)], { code })),
      { scheme: vics },
    )
    expect(await applied).toMatchObject({
      accepted: { md5: 2 },
      added: 2,
      skipped: {
        'vics-us 0: non-pertinent': 1,
        'vics-us 3: computer-generated or animated': 1,
        'vics-us 4: comparison images': 1,
        'vics-us 5: not categorised': 1,
        'vics-us: without a code': 1,
      },
      rejected: [{ where: 'record 1', reason: 'its code is none of the scheme vics-us (0, 1, 2, 3, 4, 5)' }],
    })
    expect([...(await topic.entries()).values()]).toMatchObject([
      { role: 'match', classification: { scheme: 'vics-us', code: '1' } },
      { role: 'match', classification: { scheme: 'vics-us', code: '2' } },
    ])
  })

  test('a file that is harmless in the list’s next version is no match any more', async () => {
    const topic = await IntakeTopic.make()
    const terms = { scheme: vics }
    await topic.apply([file('1', [md5(1)], { code: '1' })], terms)
    await topic.apply([file('1', [md5(1)], { code: '0' })], terms, { approved: 'any' })
    expect(await topic.keys()).toEqual([])
    await topic.apply([file('1', [md5(1)], { code: '1' })], terms)
    // A code that is not known says nothing against the file.
    await topic.apply([file('1', [md5(1)], { code: '9' })], terms, { approved: 'any' })
    expect(await topic.keys()).toEqual([keyOf(md5(1), '1')])
  })

  test('a list that declares its scheme, before or after its records, is understood by it', async () => {
    const declaration: ListItem = { kind: 'scheme', place: 'line 1', scheme: 'US' }
    const record = file('1', [md5(1)], { code: '1' })
    for (const items of [[declaration, record], [record, declaration], [{ ...record, scheme: 'US' }]]) {
      const { topic, applied } = await withoutClass(items)
      expect(await applied).toMatchObject({ added: 1 })
      expect(await topic.keys()).toHaveLength(1)
    }
  })

  test.each<[string, readonly ListItem[], Partial<IntakeTerms>, RegExp]>([
    [
      'with codes and no scheme',
      [file('1', [md5(1)], { code: '1' })],
      {},
      /\(icse, iwf, .*vics-us\).*--scheme NAME\|FILE/,
    ],
    [
      'of a declared scheme that is not known',
      [file('1', [md5(1)], { code: '1', scheme: 'UK' })],
      {},
      /"UK".*known are icse, .*--scheme FILE/,
    ],
    [
      'whose declaration is one of no scheme',
      [file('1', [md5(1)], { code: '1', scheme: 'CUSTOM' })],
      {},
      /declares "CUSTOM", which does not say .*vics-us/,
    ],
    [
      'that declares another scheme than the one named',
      [file('1', [md5(1)], { code: '1', scheme: 'UK' })],
      { scheme: vics },
      /declares the scheme "UK", and vics-us is for US/,
    ],
    [
      'without any code, under a scheme',
      [file('1', [md5(1)])],
      { scheme: vics },
      /--role suppress --classification/,
    ],
    [
      'without any code, under a class for all',
      [file('1', [md5(1)])],
      { classification: { scheme: 'mine', code: 'A' } },
      /accuse innocent people/,
    ],
    [
      'of matches, as suppressions',
      [file('1', [md5(1)], { code: '1' })],
      { scheme: vics, role: 'suppress' },
      /role match/,
    ],
    ['of lines without a class', [file('1', [md5(1)])], { needsCodes: false }, /--classification ncmec:A1/],
    [
      'of the source of suppressions',
      [file('1', [md5(1)])],
      { source: 'curation', role: 'suppress' },
      /reserved/,
    ],
  ])(
    'a list %s is refused with the words to declare, and nothing of it published',
    async (_, items, terms, expected) => {
      const { topic, applied } = await withoutClass(items, terms)
      await expect(applied).rejects.toThrow(expected)
      expect(await topic.length()).toBe(0)
    },
  )

  test('a list of benign files without codes comes in as suppressions, by declaration alone', async () => {
    const { topic, applied } = await withoutClass([file('1', [md5(1)])], {
      role: 'suppress',
      classification: { scheme: 'nist', code: 'known-good' },
    })
    expect(await applied).toMatchObject({ added: 1 })
    expect([...(await topic.entries()).values()]).toMatchObject([{ role: 'suppress' }])
  })
})
