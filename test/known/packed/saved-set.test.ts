import fc from 'fast-check'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeKnownHash, type KnownHash, type KnownHashChange } from '../../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import type { IndexChoice } from '../../../src/search/index-kind.ts'
import type { KnownSet } from '../../../src/known/known-set.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { PlainKnownSet } from '../plain-known-set.ts'
import { loadSnapshot } from '../../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../../src/known/snapshot/snapshot-refusal.ts'
import { writeSnapshot } from '../../../src/known/snapshot/write-snapshot.ts'
import { knownHash } from '../../contract/arbitraries.ts'
import { FACTS } from '../snapshot/snapshot-facts.ts'
import { DEMANDS, temporaryFolder } from '../snapshot/snapshot-files.ts'
import { answersOf, anyHistory, change, expectSame } from './known-histories.ts'

const file = (): string => join(temporaryFolder(), 'known.snapshot')

/** The set that comes back from a file; its position is the caller's to restore. */
async function savedAndLoaded(
  set: PackedKnownSet,
  path: string,
  kind: IndexChoice,
  chunkBytes = 1024,
): Promise<PackedKnownSet> {
  const { digest, entries, content } = set
  await writeSnapshot(path, { ...FACTS, digest, entries, content }, set.sections(), { chunkBytes })
  const demands = { ...DEMANDS, content }
  const loaded = await loadSnapshot(path, demands, (reader) => PackedKnownSet.load(reader, { index: kind }))
  if (loaded instanceof SnapshotRefusal) throw loaded
  loaded.state.advance(set.position.offset)
  return loaded.state
}

const isGone = (index: number): boolean => index % 3 === 0

function apply(one: KnownHashChange, offset: number, ...sets: readonly KnownSet[]): void {
  for (const set of sets) set.apply(one, offset)
}

const written = (set: PackedKnownSet): string[] =>
  [...set.entriesWritten()].map((entry) => encodeKnownHash(entry)).sort()

// Of the multi-index fewer, because each has a memory of its own.
test.each<[IndexChoice, number]>([
  ['flat', 100],
  ['multi-index', 10],
])(
  'a set of index %s is saved and loaded at any time of its life, and lives on as if nothing had been',
  async (kind, numRuns) => {
    const path = file()
    await fc.assert(
      fc.asyncProperty(
        anyHistory,
        fc.nat(),
        // Below the width of a row, so that chunks end within rows.
        fc.constantFrom(12, 20, 1024),
        async (history, seed, chunkBytes) => {
          const end = history.length === 0 ? 0 : seed % (history.length + 1)
          const oracle = new PlainKnownSet({ index: 'flat' })
          const saved = new PackedKnownSet({ index: kind })
          for (const [offset, one] of history.slice(0, end).entries()) apply(one, offset, saved, oracle)
          const set = await savedAndLoaded(saved, path, kind, chunkBytes)
          expectSame(set, oracle)
          expect(written(set)).toEqual(written(saved))
          for (const { identity } of history)
            expect(answersOf(set, identity.type, identity.value)).toEqual(
              answersOf(oracle, identity.type, identity.value),
            )
          for (const [index, one] of history.slice(end).entries()) {
            apply(one, end + index, set, oracle)
            expectSame(set, oracle)
            const { type, value } = one.identity
            expect(answersOf(set, type, value)).toEqual(answersOf(oracle, type, value))
          }
          await Promise.all([saved.close(), set.close()])
        },
      ),
      { numRuns, interruptAfterTimeLimit: 60_000 },
    )
  },
  120_000,
)

test('a value of hundreds of entries, and one that had them, come back', async () => {
  const [first] = fc.sample(knownHash, { numRuns: 1, seed: 1 })
  const entry = (value: KnownHash['value'], number: number): KnownHash => ({
    ...first,
    type: 'pdq',
    value,
    role: 'match',
    sourceId: String(number),
  })
  const random = seededRandom(1)
  const [crowded, thinned, added] = Array.from({ length: 3 }, () => randomBalancedHash(random))
  const saved = new PackedKnownSet({ index: 'flat' })
  const oracle = new PlainKnownSet({ index: 'flat' })
  for (let number = 0; number < 200; number++) {
    apply(change(entry(thinned, number)), 0, saved, oracle)
    apply(change(entry(crowded, number)), 0, saved, oracle)
  }
  for (let number = 0; number < 190; number++) apply(change(entry(thinned, number), true), 0, saved, oracle)
  const set = await savedAndLoaded(saved, file(), 'flat')
  for (let number = 0; number < 200; number++) apply(change(entry(added, number)), 0, set, oracle)
  for (let number = 0; number < 150; number++) apply(change(entry(crowded, number), true), 0, set, oracle)
  expectSame(set, oracle)
  for (const value of [crowded, thinned, added])
    expect(answersOf(set, 'pdq', value)).toEqual(answersOf(oracle, 'pdq', value))
})

test('what was erased before a snapshot makes room after it', async () => {
  const entries = fc.sample(knownHash, { numRuns: 500, seed: 2 })
  const saved = new PackedKnownSet({ index: 'flat' })
  for (const entry of entries) saved.apply(change(entry), 0)
  for (const entry of entries) saved.apply(change(entry, true), 0)
  const set = await savedAndLoaded(saved, file(), 'flat')
  const { postings } = set.memoryBytes()
  for (const entry of entries) set.apply(change(entry), 0)
  expect(set.memoryBytes().postings).toBe(postings)
})

test('20,000 values of each kind come back, removed ones not', async () => {
  const random = seededRandom(3)
  const [first] = fc.sample(knownHash, { numRuns: 1, seed: 4 })
  const saved = new PackedKnownSet({ index: 'multi-index' })
  const values: KnownHash[] = []
  for (let number = 0; number < 20_000; number++) {
    const value = randomBalancedHash(random)
    // The value is as long as its type wants.
    const md5 = value.slice(0, 32) as KnownHash['value']
    for (const of of [
      { type: 'pdq', value },
      { type: 'md5', value: md5 },
    ] as const) {
      const entry: KnownHash = { ...first, ...of, role: 'match', sourceId: String(number) }
      values.push(entry)
      saved.apply(change(entry), 0)
    }
  }
  for (const [index, entry] of values.entries()) if (isGone(index)) saved.apply(change(entry, true), 0)
  const set = await savedAndLoaded(saved, file(), 'multi-index', 100_000)
  await set.settle()
  expect(set.liveValues('pdq') + set.liveValues('md5')).toBe(saved.entries)
  for (const [index, { type, value }] of values.entries()) {
    if (type !== 'md5') continue
    expect(set.lookup('md5', value) === undefined).toBe(isGone(index))
  }
  for (const [index, { type, value }] of values.entries()) {
    if (type !== 'pdq' || index % 50 !== 0) continue
    expect(answersOf(set, type, value, 31)).toEqual(answersOf(saved, type, value, 31))
  }
  await Promise.all([saved.close(), set.close()])
})
