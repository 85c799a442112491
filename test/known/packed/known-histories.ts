import fc, { type Arbitrary } from 'fast-check'
import { expect } from 'vitest'
import { CANARY_ENTRIES } from '../../../src/contract/canary.ts'
import {
  encodeKnownHash,
  knownHashKey,
  type KnownHash,
  type KnownHashChange,
} from '../../../src/contract/known-hash.ts'
import { HASH_TYPE_NAMES, isPerceptual, type HashType } from '../../../src/hash/hash-type.ts'
import { packed, type HashValue } from '../../../src/hash/hash-value.ts'
import type { KnownSet } from '../../../src/known/known-set.ts'
import { knownHash } from '../../contract/arbitraries.ts'

/** The change that adds an entry, or removes it. */
export const change = (entry: KnownHash, isRemoval = false): KnownHashChange => ({
  identity: entry,
  key: knownHashKey(entry),
  entry: isRemoval ? null : entry,
})

/** Times in every way that the contract allows. */
const addedAt = fc.oneof(
  fc.constantFrom(
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.000Z',
    '2026-01-02T03:04:05.678Z',
    '2026-01-02T03:04:05.6Z',
    '2026-01-02T03:04:05.678901234Z',
    '1970-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '2106-02-07T06:28:15.999Z',
    '2106-02-07T06:28:16Z',
    '9999-12-31T23:59:59Z',
    '2016-12-31T23:59:60Z',
    '2024-02-29T24:00:00Z',
  ),
  knownHash.map((entry) => entry.addedAt),
)

/** Few values, sources and ids, so that entries meet; all the other fields as they come. */
function anyEntry(values: readonly KnownHash[], sourceIds: readonly string[]): Arbitrary<KnownHash> {
  return fc
    .record({
      value: fc.constantFrom(...values),
      other: fc.oneof(knownHash, fc.constantFrom(...values)),
      source: fc.constantFrom('a', 'b'),
      sourceId: fc.constantFrom(...sourceIds),
      addedAt,
      role: fc.oneof(
        { arbitrary: fc.constant('match' as const), weight: 4 },
        { arbitrary: fc.constantFrom<KnownHash['role'][]>('suppress', 'canary'), weight: 1 },
      ),
    })
    .map(({ value: { type, value }, other, ...fields }) => ({ ...other, ...fields, type, value }))
}

const CANARIES = CANARY_ENTRIES.filter(({ type }) => type === 'pdq' || type === 'md5')

/** Changes that meet each other: additions, replacements, removals. */
export const anyHistory: Arbitrary<readonly KnownHashChange[]> = fc
  .tuple(
    fc.array(knownHash, { minLength: 1, maxLength: 4 }),
    fc.array(
      knownHash.map(({ sourceId }) => sourceId),
      { minLength: 1, maxLength: 3 },
    ),
  )
  // The canaries are found in their own way: they must meet the others.
  .map(([values, sourceIds]) => [[...values, ...CANARIES], sourceIds] as const)
  .chain(([values, sourceIds]) =>
    fc.array(
      fc
        .tuple(anyEntry(values, sourceIds), fc.boolean())
        .map(([entry, isRemoval]) => change(entry, isRemoval)),
      { maxLength: 40, size: 'max' },
    ),
  )

/** What a set answers of a reported value, told without ids, which are each set's own. */
export function answersOf(set: KnownSet, type: HashType, value: HashValue, maxDistanceBits = 130): unknown {
  const suppressed = set.isSuppressed(type, value)
  const told = (id: number): unknown => [
    set.valueOf(type, id),
    set.entriesOf(type, id).map((entry) => encodeKnownHash(entry)),
  ]
  if (!isPerceptual(type)) {
    const id = set.lookup(type, value)
    return { suppressed, found: id === undefined ? undefined : told(id) }
  }
  const { ids, ...matches } = set.search(type, packed(value), { maxDistanceBits, limit: Infinity })
  return { suppressed, matches, found: [...ids].map(told) }
}

/** What a set says of itself. */
export function expectSame(set: KnownSet, oracle: KnownSet): void {
  expect(set.entries).toBe(oracle.entries)
  expect(set.canaries).toBe(oracle.canaries)
  expect(set.digest).toBe(oracle.digest)
  expect(set.position).toEqual(oracle.position)
  for (const type of HASH_TYPE_NAMES) {
    expect(set.liveValues(type)).toBe(oracle.liveValues(type))
    expect(set.hasCanary(type)).toBe(oracle.hasCanary(type))
  }
}
