import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canaryEntry } from '../../src/contract/canary.ts'
import { compareEntries } from '../../src/contract/hit.ts'
import { knownHashKey, type KnownHash, type KnownHashChange } from '../../src/contract/known-hash.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import type { IndexChoice } from '../../src/search/index-kind.ts'
import type { KnownSet } from '../../src/known/known-set.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { PlainKnownSet } from './plain-known-set.ts'
import { SetDigest } from '../../src/known/set-digest.ts'
import { hashValue } from '../contract/arbitraries.ts'
import { entry } from '../fixtures/entries.ts'

const PDQ = hashValue('pdq', '0123456789abcdef'.repeat(4))
const SHA1 = hashValue('sha1', '0123456789'.repeat(4))
const EXACTLY = { maxDistanceBits: 0, limit: Infinity }

const added = (one: KnownHash): KnownHashChange => ({ identity: one, key: knownHashKey(one), entry: one })
const removed = (one: KnownHash): KnownHashChange => ({ ...added(one), entry: null })

/** The entries that a reported value meets, by the way of its type; undefined if it is not found. */
function found(set: KnownSet, type: HashType, value: HashValue): readonly KnownHash[] | undefined {
  const id = isPerceptual(type) ? set.search(type, packed(value), EXACTLY).ids[0] : set.lookup(type, value)
  return id === undefined ? undefined : set.entriesOf(type, id)
}

const EMPTY_DIGEST = '0'.repeat(64)

// The model: an array of entries, searched by brute force.

const near = (distanceBits: number): HashValue => {
  const text = PDQ.split('')
  for (let digit = 0; digit < distanceBits; digit++)
    text[digit] = (parseInt(text[digit], 16) ^ 1).toString(16)
  return hashValue('pdq', text.join(''))
}
const VALUES: readonly (readonly [HashType, HashValue])[] = [
  ['pdq', PDQ],
  ['pdq', near(2)],
  ['pdq', near(31)],
  ['blockhash', hashValue('blockhash', PDQ)],
  ['sha1', SHA1],
  ['sha1', hashValue('sha1', 'f'.repeat(40))],
  ['md5', hashValue('md5', '0'.repeat(32))],
]

const anyChange: fc.Arbitrary<KnownHashChange> = fc
  .record({
    value: fc.constantFrom(...VALUES),
    source: fc.constantFrom('a', 'b'),
    sourceId: fc.constantFrom('1', '2'),
    code: fc.constantFrom('A1', 'B2'),
    role: fc.oneof(
      { arbitrary: fc.constant('match' as const), weight: 4 },
      { arbitrary: fc.constantFrom<KnownHash['role'][]>('suppress', 'canary'), weight: 1 },
    ),
    isRemoval: fc.boolean(),
  })
  .map(({ value: [type, value], source, sourceId, code, role, isRemoval }) => {
    const one = entry(type, value, { source, sourceId, role, classification: { scheme: 'x', code } })
    return isRemoval ? removed(one) : added(one)
  })

/** The live values of a type and their entries of role match, as the interface defines them, from the array alone. */
function liveOf(entries: readonly KnownHash[], type: HashType): ReadonlyMap<HashValue, readonly KnownHash[]> {
  const byValue = Map.groupBy(
    entries.filter((one) => one.type === type),
    ({ value }) => value,
  )
  return new Map(
    [...byValue]
      .filter(
        ([, all]) => all.every(({ role }) => role !== 'suppress') && all.some(({ role }) => role === 'match'),
      )
      .map(([value, all]) => [value, all.filter(({ role }) => role === 'match').sort(compareEntries)]),
  )
}

function expectSame(set: KnownSet, entries: readonly KnownHash[]): void {
  expect(set.entries).toBe(entries.length)
  const digest = new SetDigest()
  for (const one of entries) digest.add(one)
  expect(set.digest).toBe(digest.toString())
  for (const type of ['pdq', 'blockhash'] as const) {
    const live = liveOf(entries, type)
    expect(set.liveValues(type)).toBe(live.size)
    for (const maxDistanceBits of [0, 2, 29, 31]) {
      const { ids, distances, counts } = set.search(type, packed(PDQ), { maxDistanceBits, limit: Infinity })
      const answer = [...ids].map((id, at) => [distances[at], set.valueOf(type, id), set.entriesOf(type, id)])
      const bruteForce = [...live]
        .map(([value, all]) => [hammingDistance(packed(value), 0, packed(PDQ), 0), value, all] as const)
        .filter(([distance]) => distance <= maxDistanceBits)
        .sort(([a], [b]) => a - b)
      expect(answer).toEqual(bruteForce)
      expect(counts[0]).toBe(bruteForce.length)
    }
  }
  for (const type of ['sha1', 'md5'] as const) {
    const live = liveOf(entries, type)
    expect(set.liveValues(type)).toBe(live.size)
    for (const [, value] of VALUES.filter(([of]) => of === type)) {
      expect(found(set, type, value)).toEqual(live.get(value))
    }
  }
  for (const [type, value] of VALUES) {
    const isSilenced = entries.some(
      (one) => one.type === type && one.value === value && one.role === 'suppress',
    )
    expect(set.isSuppressed(type, value)).toBe(isSilenced)
  }
}

describe.each<[string, new (options?: { readonly index: IndexChoice }) => KnownSet]>([
  ['PlainKnownSet', PlainKnownSet],
  ['PackedKnownSet', PackedKnownSet],
])('%s', (_name, KnownSetKind) => {
  function setOf(...changes: readonly KnownHashChange[]): KnownSet {
    const set = new KnownSetKind()
    for (const [offset, change] of changes.entries()) set.apply(change, offset)
    return set
  }

  describe.each<[HashType, HashValue]>([
    ['pdq', PDQ],
    ['sha1', SHA1],
  ])('a known %s value', (type, value) => {
    const ncmec = entry(type, value)
    const iwf = entry(type, value, { source: 'iwf', sourceId: '9' })
    const second = entry(type, value, { sourceId: '2' })

    test('has all its entries, of all sources, in the order of (source, sourceId)', () => {
      const set = setOf(added(second), added(ncmec), added(iwf))
      expect(found(set, type, value)).toEqual([iwf, ncmec, second])
      expect(set.entries).toBe(3)
      expect(set.liveValues(type)).toBe(1)
    })

    test('lives while any of its entries lives', () => {
      const set = setOf(added(ncmec), added(iwf), removed(ncmec))
      expect(found(set, type, value)).toEqual([iwf])
      set.apply(removed(iwf), 3)
      expect(found(set, type, value)).toBeUndefined()
      expect(set.liveValues(type)).toBe(0)
      expect(set.entries).toBe(0)
    })

    test('that was removed and added again is found again, once', () => {
      const set = setOf(added(ncmec), removed(ncmec), added(ncmec))
      expect(found(set, type, value)).toEqual([ncmec])
      expect(set.liveValues(type)).toBe(1)
    })

    test("shows the last record of an entry's key", () => {
      const reclassified = { ...ncmec, classification: { scheme: 'ncmec', code: 'B2' } }
      const set = setOf(added(ncmec), added(reclassified))
      expect(found(set, type, value)).toEqual([reclassified])
      expect(set.entries).toBe(1)
    })

    test('is silenced by a suppress entry of any source, and only while that lives', () => {
      const suppress = entry(type, value, { source: 'operator', role: 'suppress' })
      const set = setOf(added(ncmec), added(iwf), added(suppress))
      expect(found(set, type, value)).toBeUndefined()
      expect(set.isSuppressed(type, value)).toBe(true)
      expect(set.entries).toBe(3)
      set.apply(removed(suppress), 3)
      expect(found(set, type, value)).toEqual([iwf, ncmec])
      expect(set.isSuppressed(type, value)).toBe(false)
    })

    test('is silenced by a suppress entry that came before it', () => {
      const suppress = entry(type, value, { source: 'operator', role: 'suppress' })
      expect(found(setOf(added(suppress), added(ncmec)), type, value)).toBeUndefined()
    })

    test('is silenced when its own entry becomes a suppress entry, and not when it becomes a match again', () => {
      const suppress = { ...ncmec, role: 'suppress' as const }
      const set = setOf(added(ncmec), added(suppress))
      expect(found(set, type, value)).toBeUndefined()
      set.apply(added(ncmec), 2)
      expect(found(set, type, value)).toEqual([ncmec])
    })

    test('of a canary is counted as an entry and never matched', () => {
      const canary = entry(type, value, { role: 'canary' })
      const set = setOf(added(canary))
      expect(found(set, type, value)).toBeUndefined()
      expect(set.entries).toBe(1)
      expect(set.liveValues(type)).toBe(0)
      set.apply(added(iwf), 1)
      expect(found(set, type, value)).toEqual([iwf])
    })

    test('that is the canary is found, without entries, and is in no count but its own', () => {
      const canary = canaryEntry(type)
      const listed = entry(type, canary.value)
      const set = setOf(added(ncmec), added(canary))
      expect(found(set, type, canary.value)).toEqual([])
      expect([set.entries, set.canaries, set.liveValues(type), set.hasCanary(type)]).toEqual([2, 1, 1, true])
      set.apply(added(listed), 2)
      expect(found(set, type, canary.value)).toEqual([listed])
      expect([set.canaries, set.liveValues(type), set.hasCanary(type)]).toEqual([1, 2, true])
      set.apply(removed(listed), 3)
      expect(found(set, type, canary.value)).toEqual([])
      set.apply(added({ ...listed, role: 'suppress' }), 4)
      expect(found(set, type, canary.value)).toBeUndefined()
      expect([set.canaries, set.liveValues(type), set.hasCanary(type)]).toEqual([1, 1, false])
      set.apply(removed(listed), 5)
      set.apply(removed(canary), 6)
      expect(found(set, type, canary.value)).toBeUndefined()
      expect([set.canaries, set.liveValues(type), set.hasCanary(type)]).toEqual([0, 1, false])
    })

    test('whose entry is removed that never was stays as it is', () => {
      const set = setOf(added(ncmec), removed(iwf))
      expect(found(set, type, value)).toEqual([ncmec])
      expect(set.entries).toBe(1)
    })
  })

  test('a value is silenced in its own type only', () => {
    const set = setOf(
      added(entry('pdq', PDQ)),
      added(entry('blockhash', hashValue('blockhash', PDQ), { role: 'suppress' })),
    )
    expect(found(set, 'pdq', PDQ)).toHaveLength(1)
    expect(set.isSuppressed('pdq', PDQ)).toBe(false)
  })

  test('an id that is no longer live is an error that does not tell a hash value', () => {
    const set = setOf(added(entry('pdq', PDQ)))
    const [id] = set.search('pdq', packed(PDQ), EXACTLY).ids
    set.apply(removed(entry('pdq', PDQ)), 1)
    expect(() => set.valueOf('pdq', id)).toThrow(RangeError)
    expect(() => set.valueOf('pdq', id)).not.toThrow(new RegExp(PDQ))
  })

  describe('the position', () => {
    test('is the offset behind the last record applied, and never goes back', () => {
      const set = new KnownSetKind()
      expect(set.position).toEqual({ topicId: undefined, offset: 0 })
      set.apply(added(entry('pdq', PDQ)), 41)
      expect(set.position.offset).toBe(42)
      set.advance(50)
      set.advance(45)
      expect(set.position.offset).toBe(50)
    })

    test('names the topic once it is known', () => {
      const set = new KnownSetKind()
      set.advance(3)
      set.setTopicId('5a0e4c1e-0000-4000-8000-000000000000')
      expect(set.position).toEqual({ topicId: '5a0e4c1e-0000-4000-8000-000000000000', offset: 3 })
    })
  })

  describe('the digest', () => {
    test('of nothing is zero', () => {
      expect(new KnownSetKind().digest).toBe(EMPTY_DIGEST)
    })

    test('is the same after an entry was added and removed', () => {
      const [a, b] = [entry('pdq', PDQ), entry('sha1', SHA1)]
      expect(setOf(added(a), added(b), removed(b)).digest).toBe(setOf(added(a)).digest)
      expect(setOf(added(a), removed(a)).digest).toBe(EMPTY_DIGEST)
    })

    test('tells a changed entry from what it was', () => {
      const a = entry('pdq', PDQ)
      expect(setOf(added({ ...a, addedAt: '2026-01-02T03:04:06Z' })).digest).not.toBe(setOf(added(a)).digest)
    })
  })

  describe.each<IndexChoice>(['flat', 'bk-tree', 'multi-index'])('with the index %s', (indexKind) => {
    test('after any records the set is what a plain array of entries says', () => {
      fc.assert(
        fc.property(fc.array(anyChange, { maxLength: 40, size: 'max' }), (changes) => {
          const set = new KnownSetKind({ index: indexKind })
          const model = new Map<string, KnownHash>()
          for (const [offset, change] of changes.entries()) {
            set.apply(change, offset)
            if (change.entry) model.set(change.key, change.entry)
            else model.delete(change.key)
            expectSame(set, [...model.values()])
          }
          expect(set.position.offset).toBe(changes.length)
        }),
        // A counterexample is made smaller for so long, not for minutes.
        { numRuns: 60, interruptAfterTimeLimit: 30_000 },
      )
    })

    test('the digest does not depend on the order in which the entries came', () => {
      const entries = VALUES.flatMap(([type, value]) =>
        ['1', '2'].map((sourceId) => added(entry(type, value, { sourceId }))),
      )
      const { digest } = setOf(...entries)
      fc.assert(
        fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
          const set = new KnownSetKind({ index: indexKind })
          for (const [offset, change] of shuffled.entries()) set.apply(change, offset)
          expect(set.digest).toBe(digest)
        }),
        { numRuns: 20 },
      )
    })
  })
})
