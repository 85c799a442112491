import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import { parseKeptValue, type KeptValue } from '../../../src/hash/kept-type.ts'
import type { OwnIdentity } from '../../../src/lists/import/packed-identity.ts'
import { SourceEntries } from '../../../src/lists/import/source-entries.ts'

const hex = (digit: string, digits: number): string => digit.repeat(digits)
/** More than the entries of one id that are looked through one by one. */
const MORE = Array.from({ length: 30 }, (_, number) => number.toString(16).padStart(2, '0').repeat(16))
const md5 = (digit: string): OwnIdentity['value'] => parseHashValue('md5', hex(digit, 32)) as HashValue
const kept = (type: 'lace' | 'vpdq' | 'photodna' | 'sha512', text: string): KeptValue =>
  parseKeptValue(type, text) as KeptValue

/** Values of every form, some of them of one length. */
const HASHES: readonly Pick<OwnIdentity, 'type' | 'value'>[] = [
  { type: 'md5', value: md5('a') },
  { type: 'md5', value: md5('b') },
  { type: 'sha1', value: parseHashValue('sha1', hex('a', 40)) as HashValue },
  { type: 'pdq', value: parseHashValue('pdq', hex('1', 64)) as HashValue },
  { type: 'sha256', value: parseHashValue('sha256', hex('1', 64)) as HashValue },
  { type: 'lace', value: kept('lace', hex('c', 258)) },
  { type: 'photodna', value: kept('photodna', hex('d', 288)) },
  { type: 'sha512', value: kept('sha512', hex('d', 128)) },
  { type: 'vpdq', value: kept('vpdq', 'AbC_d-') },
  { type: 'vpdq', value: kept('vpdq', `${'x'.repeat(8_191)}=`) },
  ...MORE.map((value) => ({ type: 'md5' as const, value: parseHashValue('md5', value) as HashValue })),
]

/** Ids of every form, and texts that are nearly of another. */
const SOURCE_IDS = [
  '1',
  '0012',
  '12',
  '0',
  '00',
  '12345678',
  '123456789',
  '1234567890',
  '4294967295',
  hex('a', 32),
  hex('A', 32),
  hex('a', 31),
  hex('1', 64),
  hex('a', 8),
  '7c4a8d09-ca37-4f1a-9d0e-1234567890ab',
  '7C4A8D09-ca37-4f1a-9d0e-1234567890ab',
  '7c4a8d09ca374f1a9d0e1234567890ab',
  'ü€😀/ :%',
  'x'.repeat(64),
]

const identities = fc
  .tuple(fc.constantFrom(...HASHES), fc.oneof(fc.constant('1'), fc.constantFrom(...SOURCE_IDS)))
  .map(([hash, sourceId]) => ({ ...hash, sourceId }))
const TIMES = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z', '2026-02-02T00:00:00.5Z']
const CONTENTS = ['{}', '{"a":1}', '']
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('set' as const),
      identity: identities,
      time: fc.constantFrom(...TIMES),
      bytes: fc.constantFrom(...CONTENTS),
      isHeld: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom('remove' as const, 'keep' as const), identity: identities }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('doubt' as const), identity: identities }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('forget' as const, 'tidy' as const), identity: identities }),
  },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Held {
  readonly identity: OwnIdentity
  readonly time: string | undefined
  readonly bytes: string | undefined
  readonly isHeld: boolean
}

const nameOf = ({ type, value, sourceId }: OwnIdentity): string => `${type}:${value}:${sourceId}`

/** The entries as a plain map has them. */
class Model {
  readonly held = new Map<string, Held>()

  take(change: Step): void {
    const name = nameOf(change.identity)
    const before = this.held.get(name)
    const { identity } = change
    if (change.does === 'set') this.held.set(name, change)
    else if (change.does === 'remove') this.held.delete(name)
    else if (change.does === 'doubt')
      this.held.set(name, {
        identity,
        time: before?.time,
        bytes: undefined,
        isHeld: before?.isHeld ?? false,
      })
  }
}

function take(entries: SourceEntries, change: Step): void {
  const { sourceId } = change.identity
  if (change.does === 'tidy') entries.tidy()
  else if (change.does === 'forget')
    entries.visit(sourceId, (id) => (entries.isPresent(id) ? 'keep' : 'forget'))
  else if (change.does === 'remove') {
    const id = entries.find(change.identity)
    if (id !== -1) entries.remove(id)
  } else {
    const id = entries.keep(change.identity)
    if (change.does === 'doubt') entries.doubt(id)
    if (change.does === 'set')
      entries.set(id, change.bytes, change.time, change.isHeld ? { why: 'disabled' } : undefined)
  }
}

const presentOf = (entries: SourceEntries, ids: readonly number[]): readonly string[] =>
  ids
    .filter((id) => entries.isPresent(id))
    .map((id) => nameOf(entries.identity(id)))
    .sort()

function ofSourceId(entries: SourceEntries, sourceId: string): readonly number[] {
  const ids: number[] = []
  entries.visitWhile(sourceId, (id) => ids.push(id) > 0)
  return ids
}

test('holds what a plain map of the entries holds, by key, sourceId and value, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const entries = new SourceEntries()
      const model = new Model()
      for (const change of steps) {
        take(entries, change)
        model.take(change)
        expect(entries.size).toBe(model.held.size)
        const asked = entries.find(change.identity)
        const expected = model.held.get(nameOf(change.identity))
        expect(asked !== -1 && entries.isPresent(asked)).toBe(expected !== undefined)
        if (asked === -1 || !expected) continue
        expect(entries.identity(asked)).toEqual({
          type: change.identity.type,
          value: change.identity.value,
          sourceId: change.identity.sourceId,
        })
        expect(entries.addedAt(asked)).toBe(expected.time)
        expect(entries.held(asked)).toEqual(expected.isHeld ? { why: 'disabled' } : undefined)
        for (const bytes of CONTENTS) expect(entries.isSame(asked, bytes)).toBe(bytes === expected.bytes)
      }
      const held = [...model.held.values()].map(({ identity }) => identity)
      for (const sourceId of SOURCE_IDS)
        expect(presentOf(entries, ofSourceId(entries, sourceId))).toEqual(
          held
            .filter((own) => own.sourceId === sourceId)
            .map(nameOf)
            .sort(),
        )
      for (const hash of HASHES)
        expect(presentOf(entries, entries.ofValue(hash))).toEqual(
          held
            .filter(({ type, value }) => type === hash.type && value === hash.value)
            .map(nameOf)
            .sort(),
        )
    }),
    { numRuns: 200 },
  )
})

const numbered = (number: number): OwnIdentity => ({
  type: 'md5',
  value: parseHashValue('md5', number.toString(16).padStart(32, '0')) as HashValue,
  sourceId: String(number % 30_000),
})

test('a hundred thousand entries are found again after half of them were removed and forgotten', () => {
  const entries = new SourceEntries()
  const COUNT = 100_000
  for (let number = 0; number < COUNT; number++)
    entries.set(entries.keep(numbered(number)), String(number), TIMES[0])
  for (let number = 0; number < COUNT; number += 1)
    if (number % 4 !== 0) entries.remove(entries.find(numbered(number)))
  entries.tidy()
  expect(entries.size).toBe(COUNT / 4)
  for (let number = 0; number < COUNT; number++) {
    const id = entries.find(numbered(number))
    expect(id !== -1 && entries.isPresent(id) && entries.isSame(id, String(number))).toBe(number % 4 === 0)
    // Forgotten, so that its memory is another's.
    if (number % 4 !== 0) expect(id).toBe(-1)
  }
  expect(ofSourceId(entries, '4').map((id) => nameOf(entries.identity(id)))).toHaveLength(
    [4, 30_004, 60_004, 90_004].filter((number) => number % 4 === 0).length,
  )
})

const ofOneId = (number: number): OwnIdentity => ({ ...numbered(number), sourceId: 'one' })

test('ten thousand values of one id are each found, and not those that were forgotten', () => {
  const entries = new SourceEntries()
  const COUNT = 10_000
  for (let number = 0; number < COUNT; number++)
    entries.set(entries.keep(ofOneId(number)), String(number), TIMES[0])
  for (let number = 0; number < COUNT; number += 2) entries.remove(entries.find(ofOneId(number)))
  entries.visit('one', (id) => (entries.isPresent(id) ? 'keep' : 'forget'))
  for (let number = 0; number < COUNT; number++) {
    const id = entries.find(ofOneId(number))
    expect(id === -1).toBe(number % 2 === 0)
    if (id !== -1) expect(entries.isSame(id, String(number))).toBe(true)
  }
})
