import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from '../../../src/contract/known-hash.ts'
import { canonicalJson } from '../../../src/contract/json.ts'
import type { Intake } from '../../../src/lists/import/intake.ts'
import type { ListedFile, ListedHash, ListItem } from '../../../src/lists/list-item.ts'
import { parseKeptValue, type KeptValue } from '../../../src/hash/kept-type.ts'
import { file, FIRST, IntakeTopic, keyOf, md5, TERMS } from './intake-topic.ts'

const VALUES: readonly ListedHash[] = [
  md5(1),
  md5(2),
  md5(3),
  { type: 'vpdq', value: parseKeptValue('vpdq', 'abc') as KeptValue },
]
const hashes = fc.uniqueArray(fc.constantFrom(...VALUES), { maxLength: 3 })
const sourceId = fc.constantFrom('1', '2', '3')
const changedAt = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z')

const files = fc.record(
  {
    kind: fc.constant('file' as const),
    place: fc.constant('record 1'),
    sourceId,
    hashes,
    series: fc.constantFrom('a', 'b'),
    tags: fc.constant(['x']),
    code: fc.constantFrom('A1', 'B2', 'none'),
  },
  { requiredKeys: ['kind', 'place', 'sourceId', 'hashes', 'code'] },
)
const SCHEME = {
  name: 'ncmec',
  title: 'For the test',
  purpose: 'csam' as const,
  codes: {
    A1: { meaning: 'one', role: 'match' as const },
    B2: { meaning: 'two', role: 'match' as const },
    none: { meaning: 'harmless', role: 'skip' as const },
  },
  missing: 'refuse',
}
const unknown = fc.record({
  kind: fc.constant('refused' as const),
  place: fc.constant('record 1'),
  reason: fc.constant('cannot be read'),
  sourceId,
})
const withdrawal = fc.record(
  {
    kind: fc.constant('withdrawal' as const),
    place: fc.constant('record 1'),
    sourceId,
    isBare: fc.boolean(),
    hashes,
    changedAt,
  },
  { requiredKeys: ['kind', 'place', 'sourceId'] },
)
/** fast-check may leave fields out, and its type says that they may be undefined. */
const asItem = (item: object): ListItem => item as ListItem
const changes = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(files, changedAt).map(([own, at]) => asItem({ ...own, changedAt: at })),
    },
    { weight: 2, arbitrary: withdrawal.map(asItem) },
    { weight: 1, arbitrary: unknown.map(asItem) },
  ),
  { maxLength: 8 },
)
const wholes = fc.array(
  fc.oneof({ weight: 5, arbitrary: files.map(asItem) }, { weight: 1, arbitrary: unknown.map(asItem) }),
  { maxLength: 8 },
)
const list = fc.record({
  list: fc.oneof(
    fc.record({ repeats: fc.constant('replace' as const), items: changes }),
    fc.record({ repeats: fc.constant('unite' as const), items: wholes }),
  ),
  complete: fc.boolean(),
  isNewProcess: fc.boolean(),
})

/** Entries before and after, and of each what the records of its file have said so far. */
interface State {
  readonly before: ReadonlyMap<string, Entry>
  readonly after: Map<string, Entry>
  readonly said: Map<string, 'match' | 'none' | 'both'>
}

/** What importing lists does, by plain maps. */
class Model {
  entries = new Map<string, Entry>()

  take(items: readonly ListItem[], repeats: 'replace' | 'unite', complete: boolean, now: Date): void {
    const before = this.entries
    const after = new Map(before)
    const seen = new Set<string>()
    const latest = new Map<string, string>()
    const said = new Map<string, 'match' | 'none' | 'both'>()
    const ofFile = (id: string): string[] =>
      [...after].filter(([, entry]) => entry.sourceId === id).map(([key]) => key)
    for (const item of items) {
      if (item.kind === 'passed-over' || item.kind === 'scheme' || item.sourceId === undefined) continue
      const at = item.kind === 'refused' ? undefined : item.changedAt
      if (repeats === 'replace' && at !== undefined) {
        if (at < (latest.get(item.sourceId) ?? '')) continue
        latest.set(item.sourceId, at)
      }
      if (item.kind === 'file') {
        if (repeats === 'replace' || !seen.has(item.sourceId))
          for (const key of ofFile(item.sourceId)) after.delete(key)
        seen.add(item.sourceId)
        if (repeats === 'replace') said.clear()
        this.#add(item, { before, after, said }, now)
      } else if (item.kind === 'refused') seen.add(item.sourceId)
      else this.#withdraw(item, after, ofFile)
    }
    if (complete)
      for (const [key, { sourceId: id }] of before)
        if (!seen.has(id) && after.get(key) === before.get(key)) after.delete(key)
    this.entries = after
  }

  #add(item: ListedFile, { before, after, said }: State, now: Date): void {
    if (item.code === undefined) return
    for (const listed of item.hashes) {
      const key = keyOf(listed, item.sourceId)
      const own = item.code === 'none' ? 'none' : 'match'
      const isBoth = (said.get(key) ?? own) !== own
      said.set(key, isBoth ? 'both' : own)
      const entry = before.get(key)
      if (isBoth && entry) after.set(key, entry)
      else if (isBoth || own === 'none') after.delete(key)
      if (isBoth || own === 'none') continue
      after.set(key, {
        schema: 'known-hash/1',
        ...listed,
        source: TERMS.source,
        sourceId: item.sourceId,
        classification: { scheme: 'ncmec', code: item.code },
        role: 'match',
        purpose: 'csam',
        handling: { audience: 'this-deployment', onward: 'none' },
        ...(item.series === undefined ? {} : { series: item.series }),
        ...(item.tags === undefined ? {} : { tags: [...item.tags] }),
        addedAt: before.get(key)?.addedAt ?? now.toISOString(),
      })
    }
  }

  #withdraw(
    item: Extract<ListItem, { kind: 'withdrawal' }>,
    after: Map<string, Entry>,
    ofFile: (id: string) => string[],
  ): void {
    if (item.hashes === undefined) for (const key of ofFile(item.sourceId)) after.delete(key)
    for (const listed of item.hashes ?? [])
      if (item.isBare) {
        for (const [key, entry] of after)
          if (entry.type === listed.type && entry.value === listed.value) after.delete(key)
      } else after.delete(keyOf(listed, item.sourceId))
  }
}

const text = (entries: ReadonlyMap<string, Entry>): readonly string[] =>
  [...entries.values()].map(canonicalJson).sort()

/** Records that lead from one state to the other. */
function difference(before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>): number {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter(
    (key) => canonicalJson(before.get(key) ?? null) !== canonicalJson(after.get(key) ?? null),
  ).length
}

test('any sequence of lists leaves what a plain model leaves, publishes the difference alone, and a second time nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(list, { maxLength: 5 }), async (lists) => {
      const topic = await IntakeTopic.make()
      const model = new Model()
      const open = new Map<string, Intake>()
      let hour = 0
      for (const {
        list: { items, repeats },
        complete,
        isNewProcess,
      } of lists) {
        const now = new Date(FIRST.getTime() + hour++ * 3_600_000)
        const before = new Map(model.entries)
        model.take(items, repeats, complete, now)
        const terms = { ...TERMS, scheme: SCHEME, repeats }
        const intake = (isNewProcess ? undefined : open.get(repeats)) ?? (await topic.open(terms))
        open.set(repeats, intake)
        await intake.catchUp()
        const length = await topic.length()
        const asked = { now, complete, approved: 'any' }
        const foreseen = await intake.apply([items], { ...asked, dryRun: true })
        expect(await topic.length()).toBe(length)
        const done = await intake.apply([items.slice(0, 2), items.slice(2)], asked)
        expect(done).toEqual(foreseen)
        expect(text(await topic.entries())).toEqual(text(model.entries))
        expect((await topic.length()) - length).toBe(difference(before, model.entries))
        expect(done.added + done.changed + done.removed).toBe(difference(before, model.entries))
        expect(intake.entries.size).toBe(model.entries.size)
        const again = await intake.apply([items], asked)
        model.take(items, repeats, complete, now)
        expect(text(await topic.entries())).toEqual(text(model.entries))
        expect(again.added + again.changed + again.removed).toBe(0)
      }
    }),
    { numRuns: 100 },
  )
})

/** A value so long that few fit into a batch. */
const long = (number: number): ListedHash => ({
  type: 'vpdq',
  value: parseKeptValue('vpdq', String(number).padStart(8_000, 'x')) as KeptValue,
})

test('a crash before or after any batch, then the same list again, ends where one import ends', async () => {
  const first = Array.from({ length: 500 }, (_, number) => file(String(number), [long(number)]))
  const second = Array.from({ length: 700 }, (_, number) =>
    file(String(number), [long(number < 200 ? number : number + 1)], { series: 'b' }),
  )
  const whole = async (): Promise<IntakeTopic> => {
    const topic = await IntakeTopic.make()
    await topic.apply(first)
    return topic
  }
  const expected = await whole()
  const begun = await expected.length()
  await expected.apply(second, {}, { approved: 'any' })
  let batches = 0
  for (const writesFirst of [false, true])
    for (const isSameProcess of [false, true])
      for (let left = 0; ; left++) {
        const topic = await whole()
        const intake = await topic.open()
        Object.assign(topic.log, { left, writesFirst })
        const crashed = await intake.apply([second], { now: FIRST, approved: 'any' }).then(
          () => false,
          () => true,
        )
        if (!crashed) break
        batches++
        const next = isSameProcess ? intake : await topic.open()
        await next.apply([second], { now: FIRST, approved: 'any' })
        expect(text(await topic.entries())).toEqual(text(await expected.entries()))
      }
  expect(await expected.length()).toBeGreaterThan(begun + 700)
  expect(batches).toBeGreaterThan(16)
})
