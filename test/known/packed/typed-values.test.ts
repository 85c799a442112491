// The values of one type: which are found follows from the roles of their entries, and from nothing else.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canaryValue, canaryValues } from '../../../src/contract/canary.ts'
import { encodeKnownHash, type KnownHash } from '../../../src/contract/known-hash.ts'
import type { HashType } from '../../../src/hash/hash-type.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import type { SnapshotSection } from '../../../src/known/snapshot/write-snapshot.ts'
import { exactIndex, perceptualIndex, TABLE_KEY } from '../../../src/known/index-choice.ts'
import { NONE } from '../../../src/known/packed/posting-heap.ts'
import { PostingLists } from '../../../src/known/packed/posting-lists.ts'
import { Postings } from '../../../src/known/packed/postings.ts'
import { TypedValues } from '../../../src/known/packed/typed-values.ts'
import { CryptographicIds, PerceptualIds } from '../../../src/known/packed/value-ids.ts'
import { hashValue } from '../../contract/arbitraries.ts'
import { readerOf } from './sections-in-memory.ts'

const VALUES: Readonly<Record<'md5' | 'pdq', readonly HashValue[]>> = {
  md5: [...canaryValues('md5'), ...['1', '2'].map((digit) => hashValue('md5', `0${digit}`.repeat(16)))],
  pdq: [canaryValue('pdq'), ...['1', '2', '3'].map((digit) => hashValue('pdq', `7${digit}`.repeat(32)))],
}
const ROLES = ['match', 'suppress', 'canary'] as const

/** Values of one type with the postings of their entries, as the known set puts them together. */
class Tried {
  readonly #type: 'md5' | 'pdq'
  #postings = new Postings()
  #lists = new PostingLists(this.#postings)
  values: TypedValues

  constructor(type: 'md5' | 'pdq') {
    this.#type = type
    this.values = this.#empty()
  }

  toggle(value: HashValue, role: KnownHash['role']): void {
    const entry = entryOf(this.#type, value, role)
    const id = this.values.find(value)
    const list = this.values.list(id)
    const posting = this.#lists.find(list, entry.source, entry.sourceId)
    const changed =
      posting === NONE
        ? this.#lists.add(list, this.#postings.write(entry, encodeKnownHash(entry)))
        : this.#lists.remove(list, posting)
    this.values.setList(value, id, changed)
  }

  /** @param saved Changes what is saved of the values, as another version would have. */
  async saveAndRestore(saved = (section: SnapshotSection): SnapshotSection => section): Promise<void> {
    const ofValues = this.values.sections().map(saved)
    const sections = [...this.#postings.sections(), this.#lists.section(), ...ofValues]
    const reader = readerOf(sections, 12)
    await this.values.ids.close()
    this.#postings = new Postings()
    await this.#postings.restore(reader)
    this.#lists = new PostingLists(this.#postings)
    await this.#lists.restore(reader)
    this.values = this.#empty()
    await this.values.restore(reader)
    this.values.countCanaries()
  }

  #empty(): TypedValues {
    const type = this.#type
    const ids =
      type === 'pdq'
        ? new PerceptualIds(perceptualIndex('flat'), TABLE_KEY)
        : new CryptographicIds(exactIndex(type))
    return new TypedValues(type, ids, this.#lists)
  }
}

const entryOf = (type: HashType, value: HashValue, role: KnownHash['role']): KnownHash => ({
  schema: 'known-hash/1',
  type,
  value,
  source: 'example-list',
  sourceId: role,
  classification: { scheme: 'ncmec', code: 'A1' },
  role,
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: '2026-01-02T03:04:05Z',
})

test.each(['md5', 'pdq'] as const)(
  'of %s a value is found while it has an entry to match and none to suppress, a canary also while it is one alone, and it lives on after saving',
  async (type) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            value: fc.nat(3),
            role: fc.constantFrom(...ROLES),
            saves: fc.nat(9).map((n) => n === 0),
          }),
          { maxLength: 40 },
        ),
        async (steps) => {
          const tried = new Tried(type)
          const model = new Map<HashValue, Set<KnownHash['role']>>()
          for (const { value: index, role, saves } of steps) {
            const value = VALUES[type][index]
            tried.toggle(value, role)
            const roles = model.get(value) ?? new Set()
            if (!roles.delete(role)) roles.add(role)
            model.set(value, roles)
            if (saves) await tried.saveAndRestore()
            expectRight(type, tried.values, model)
          }
          await tried.values.ids.close()
        },
      ),
      { numRuns: 60 },
    )
  },
)

/** The highest bit of each word is cleared: no value was found. */
const withoutFound = (section: SnapshotSection): SnapshotSection =>
  section.name !== 'md5.lists'
    ? section
    : {
        ...section,
        copy: (from, target) => {
          section.copy(from, target)
          for (let at = 0; at < target.length; at++) if ((from + at) % 4 === 3) target[at] &= 0x7f
        },
      }

test('a canary that an older version has saved without finding it is found, and is not live', async () => {
  const [, ofFile] = canaryValues('md5')
  const tried = new Tried('md5')
  tried.toggle(ofFile, 'canary')
  await tried.saveAndRestore(withoutFound)
  expectRight('md5', tried.values, new Map([[ofFile, new Set(['canary'])]]))
  await tried.values.ids.close()
})

function expectRight(
  type: HashType,
  values: TypedValues,
  model: ReadonlyMap<HashValue, ReadonlySet<KnownHash['role']>>,
): void {
  let live = 0
  const listed: HashValue[] = []
  for (const [value, roles] of model) {
    const isLive = roles.has('match') && !roles.has('suppress')
    const isMereCanary = canaryValues(type).includes(value) && roles.size === 1 && roles.has('canary')
    const id = values.find(value)
    expect(id === -1).toBe(roles.size === 0)
    expect(values.list(id) === NONE).toBe(roles.size === 0)
    if (roles.size > 0) {
      listed.push(value)
      expect(values.value(id)).toBe(value)
      expect(values.isFound(id)).toBe(isLive || isMereCanary)
    }
    live += Number(isLive)
  }
  expect(values.live).toBe(live)
  expect(Array.from(values.all(), (id) => values.value(id)).sort()).toEqual(listed.sort())
}
