// The postings of a value, few of them as a chain and many as a crowd: a caller can’t tell which.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeKnownHash, type KnownHash } from '../../../src/contract/known-hash.ts'
import { NONE } from '../../../src/known/packed/posting-heap.ts'
import { PostingLists, ROLE_BITS } from '../../../src/known/packed/posting-lists.ts'
import { Postings } from '../../../src/known/packed/postings.ts'
import { hashValue } from '../../contract/arbitraries.ts'
import { readerOf } from './sections-in-memory.ts'

const VALUE = hashValue('md5', '0123456789abcdef0123456789abcdef')
const ROLES = ['match', 'suppress', 'canary'] as const

const entryOf = (number: number): KnownHash => ({
  schema: 'known-hash/1',
  type: 'md5',
  value: VALUE,
  source: `source-${number % 3}`,
  sourceId: `id-${Math.floor(number / 3)}`,
  classification: { scheme: 'ncmec', code: 'A1' },
  role: ROLES[number % 5 === 0 ? 1 : number % 7 === 0 ? 2 : 0],
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: '2026-01-02T03:04:05Z',
})

/** One value's list, and beside it what it must hold. */
class Tried {
  postings = new Postings()
  lists = new PostingLists(this.postings)
  list: number = NONE
  readonly model = new Map<number, KnownHash>()

  toggle(number: number): void {
    const entry = entryOf(number)
    const posting = this.lists.find(this.list, entry.source, entry.sourceId)
    expect(posting !== NONE).toBe(this.model.has(number))
    if (posting === NONE) {
      this.list = this.lists.add(this.list, this.postings.write(entry, encodeKnownHash(entry)))
      this.model.set(number, entry)
    } else {
      this.list = this.lists.remove(this.list, posting)
      this.model.delete(number)
    }
  }

  async saveAndRestore(): Promise<void> {
    const reader = readerOf([...this.postings.sections(), this.lists.section()])
    this.postings = new Postings()
    await this.postings.restore(reader)
    this.lists = new PostingLists(this.postings)
    await this.lists.restore(reader)
  }

  expectRight(): void {
    const encoded = [...this.lists.each(this.list)].map((one) => this.postings.encoded(one, VALUE))
    expect(encoded.sort()).toEqual([...this.model.values()].map(encodeKnownHash).sort())
    const roles = [...this.model.values()].reduce((bits, { role }) => bits | ROLE_BITS[role], 0)
    expect(this.lists.roles(this.list)).toBe(roles)
  }
}

test('a list has what was added and not removed, however long it grows and shrinks, through saving and restoring', async () => {
  await fc.assert(
    fc.asyncProperty(
      // Runs of additions and removals that cross both bounds between a chain and a crowd.
      fc.array(fc.record({ from: fc.nat(60), count: fc.nat(80), saves: fc.boolean() }), { maxLength: 6 }),
      async (runs) => {
        const tried = new Tried()
        for (const { from, count, saves } of runs) {
          for (let number = from; number < from + count; number++) tried.toggle(number)
          if (saves) await tried.saveAndRestore()
          tried.expectRight()
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('a list changes its form at 64 postings and below 32, and its crowd serves another value then', () => {
  const tried = new Tried()
  const isCrowd = (): boolean => tried.list >= 2 ** 30
  for (let number = 0; number < 63; number++) tried.toggle(number)
  expect(isCrowd()).toBe(false)
  tried.toggle(63)
  expect(isCrowd()).toBe(true)
  const crowd = tried.list
  for (let number = 63; number >= 32; number--) tried.toggle(number)
  expect(isCrowd()).toBe(true)
  tried.toggle(31)
  expect(isCrowd()).toBe(false)
  tried.expectRight()
  for (let number = 31; number < 64; number++) tried.toggle(number)
  expect(tried.list).toBe(crowd)
  tried.expectRight()
})

test('removing the first, a middle and the last posting of a chain leaves the others', () => {
  for (const gone of [0, 1, 2, 3]) {
    const tried = new Tried()
    for (let number = 0; number < 4; number++) tried.toggle(number)
    tried.toggle(gone)
    tried.expectRight()
  }
})
