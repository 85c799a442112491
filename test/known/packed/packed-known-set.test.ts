import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeKnownHash, type KnownHash, type KnownHashChange } from '../../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { PlainKnownSet } from '../plain-known-set.ts'
import { knownHash } from '../../contract/arbitraries.ts'
import { answersOf, anyHistory, change, expectSame } from './known-histories.ts'

/** Applies a history to both kinds of set, which must agree after every change. */
function liveThrough(history: readonly KnownHashChange[], set: PackedKnownSet): void {
  const oracle = new PlainKnownSet({ index: 'flat' })
  const entries = new Map<string, KnownHash>()
  for (const [offset, one] of history.entries()) {
    set.apply(one, offset)
    oracle.apply(one, offset)
    if (one.entry) entries.set(one.key, one.entry)
    else entries.delete(one.key)
    const { type, value } = one.identity
    expectSame(set, oracle)
    expect(answersOf(set, type, value)).toEqual(answersOf(oracle, type, value))
  }
  for (const { type, value } of history.map(({ identity }) => identity)) {
    expect(answersOf(set, type, value)).toEqual(answersOf(oracle, type, value))
  }
  const written = [...set.entriesWritten()].map((entry) => encodeKnownHash(entry))
  const expected = [...entries.values()].map((entry) => encodeKnownHash(entry))
  expect(written.sort()).toEqual(expected.sort())
}

test('after any history the packed set says what the plain one says', () => {
  fc.assert(
    fc.property(anyHistory, (history) => liveThrough(history, new PackedKnownSet({ index: 'flat' }))),
    // A counterexample is made smaller for so long, not for minutes.
    { numRuns: 100, interruptAfterTimeLimit: 60_000 },
  )
})

describe('a value with hundreds of entries', () => {
  const [first] = fc.sample(knownHash, { numRuns: 1, seed: 1 })
  const ofCase = (number: number, fields: Partial<KnownHash> = {}): KnownHash => ({
    ...first,
    role: 'match',
    source: number % 2 === 0 ? 'a' : 'b',
    sourceId: String(number >>> 1),
    ...fields,
  })

  test('is what the plain set says, while entries come, change, and go', () => {
    const history = [
      ...Array.from({ length: 150 }, (_, number) => change(ofCase(number))),
      change(ofCase(7, { role: 'suppress' })),
      change(ofCase(7, { role: 'canary' })),
      change(ofCase(7)),
      ...Array.from({ length: 150 }, (_, number) => change(ofCase((number * 7) % 150), true)),
      ...Array.from({ length: 80 }, (_, number) => change(ofCase(number))),
    ]
    liveThrough(history, new PackedKnownSet({ index: 'flat' }))
  })

  test('finds, replaces and removes an entry without a walk along the others', () => {
    const set = new PackedKnownSet({ index: 'flat' })
    // By walks, these 300,000 changes of 100,000 entries would visit 10^10 postings.
    for (let number = 0; number < 100_000; number++) set.apply(change(ofCase(number)), number)
    for (let number = 0; number < 100_000; number++) {
      set.apply(change(ofCase(number, { addedAt: '2026-01-02T03:04:05.5Z' })), number)
    }
    expect(set.entries).toBe(100_000)
    for (let number = 0; number < 100_000; number++) set.apply(change(ofCase(number), true), number)
    expect(set.entries).toBe(0)
    expect(set.digest).toBe('0'.repeat(64))
  })
})

const silencer = (entry: KnownHash): KnownHash => ({ ...entry, source: 'operator', role: 'suppress' })

test('thousands of values that are silenced and come back, while their index is rebuilt, are what the plain set says', async () => {
  const random = seededRandom(4)
  const set = new PackedKnownSet()
  const oracle = new PlainKnownSet({ index: 'flat' })
  const [template] = fc.sample(knownHash, { numRuns: 1, seed: 4 })
  const entries = Array.from({ length: 9_000 }, (): KnownHash => ({
    ...template,
    type: 'pdq',
    value: randomBalancedHash(random),
    role: 'match',
  }))
  let offset = 0
  const apply = (one: KnownHashChange): void => {
    set.apply(one, offset)
    oracle.apply(one, offset++)
  }
  const expectSameAnswers = async (): Promise<void> => {
    await set.settle()
    expectSame(set, oracle)
    for (const { type, value } of entries.filter((_, at) => at % 101 === 0)) {
      expect(answersOf(set, type, value, 90)).toEqual(answersOf(oracle, type, value, 90))
    }
  }
  // The first thousand are never live: they come silenced.
  for (const entry of entries.slice(0, 1_000)) apply(change(silencer(entry)))
  for (const entry of entries) apply(change(entry))
  await expectSameAnswers()
  for (const entry of entries.filter((_, at) => at % 3 === 0)) apply(change(silencer(entry)))
  await expectSameAnswers()
  for (const entry of entries.filter((_, at) => at % 2 === 0)) apply(change(silencer(entry), true))
  for (const entry of entries.filter((_, at) => at % 5 === 0)) apply(change(entry, true))
  await expectSameAnswers()
})

test('what leaves makes room for what comes', () => {
  const set = new PackedKnownSet({ index: 'flat' })
  const entries = fc.sample(knownHash, { numRuns: 500, seed: 2 })
  const live = (round: number): void => {
    for (const entry of entries) set.apply(change({ ...entry, sourceId: `${round}-${entry.source}` }), 0)
    for (const entry of entries)
      set.apply(change({ ...entry, sourceId: `${round}-${entry.source}` }, true), 0)
  }
  live(0)
  const { postings } = set.memoryBytes()
  for (let round = 1; round < 10; round++) live(round)
  expect(set.memoryBytes().postings).toBe(postings)
})

test('an entry that was never checked, whose source id is too long, is an error that does not tell it', () => {
  const [entry] = fc.sample(knownHash, { numRuns: 1, seed: 3 })
  const set = new PackedKnownSet({ index: 'flat' })
  const sourceId = 'x'.repeat(65)
  expect(() => set.apply(change({ ...entry, sourceId }), 0)).toThrow(RangeError)
  expect(() => set.apply(change({ ...entry, sourceId }), 0)).not.toThrow(/xxx/)
  expect(set.entries).toBe(0)
})
