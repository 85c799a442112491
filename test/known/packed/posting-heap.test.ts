// Postings in one memory: each keeps what was written, whatever is erased and written around it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NONE, PostingHeap } from '../../../src/known/packed/posting-heap.ts'
import { SourceIdBytes } from '../../../src/known/packed/source-id-bytes.ts'
import { readerOf } from './sections-in-memory.ts'

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const sourceId = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', 'x'.repeat(63), 'x'.repeat(64), 'é'.repeat(32)),
)
const posting = fc.record({
  term: uint32,
  time: fc.record({ form: fc.nat(3), first: uint32, second: fc.nat(1023) }),
  sourceId,
  next: uint32,
})
type Written = typeof posting extends fc.Arbitrary<infer T> ? T : never

function packed(text: string): SourceIdBytes {
  const bytes = new SourceIdBytes()
  bytes.set(text)
  return bytes
}

function expectAll(heap: PostingHeap, written: ReadonlyMap<number, Written>): void {
  for (const [address, { term, time, sourceId: id, next }] of written) {
    expect(heap.term(address)).toBe(term)
    expect(heap.time(address)).toEqual(time)
    expect(heap.sourceId(address)).toBe(id)
    expect(heap.next(address)).toBe(next)
    expect(heap.hasSourceId(address, packed(id))).toBe(true)
    expect(heap.hasSourceId(address, packed(id === '' ? 'x' : `${id.slice(0, -1)}\u0001`))).toBe(false)
  }
}

const steps = fc.array(fc.record({ posting, erases: fc.option(fc.nat()) }), { maxLength: 40 })

test('each posting keeps its words until it is erased, through saving and restoring', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.nat(40),
      fc.integer({ min: 1, max: 64 }),
      async (all, savedAfter, chunkBytes) => {
        let heap = new PostingHeap()
        const written = new Map<number, Written>()
        for (const [n, one] of all.entries()) {
          if (n === savedAfter) {
            const restored = new PostingHeap()
            await restored.restore(readerOf(heap.sections(), chunkBytes))
            heap = restored
          }
          if (one.erases !== null && written.size > 0) {
            const address = [...written.keys()][one.erases % written.size]
            heap.erase(address)
            written.delete(address)
          } else {
            const { term, time, sourceId: id, next } = one.posting
            const address = heap.write(term, time, packed(id))
            expect(address).not.toBe(NONE)
            expect(heap.next(address)).toBe(NONE)
            heap.setNext(address, next)
            written.set(address, one.posting)
          }
          expectAll(heap, written)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('an erased posting serves one of its size again, the last erased first, and no other', () => {
  const heap = new PostingHeap()
  const time = { form: 0, first: 1, second: 2 }
  const [a, b, long] = ['aaaa', 'bbbb', 'aaaaa'].map((id) => heap.write(1, time, packed(id)))
  for (const address of [a, b, long]) heap.erase(address)
  const { bytes } = heap
  expect(heap.write(1, time, packed('cccc'))).toBe(b)
  expect(heap.write(1, time, packed('d'))).toBe(a)
  expect(heap.write(1, time, packed('eeeeeeee'))).toBe(long)
  expect(heap.bytes).toBe(bytes)
})

test('a posting that does not fit behind the others of a chunk begins the next one, and all are kept', () => {
  const heap = new PostingHeap()
  const written = new Map<number, Written>()
  // 14,000 postings of up to 20 words fill a chunk of 262,144 words and begin another.
  for (let term = 0; term < 14_000; term++) {
    const one = {
      term,
      time: { form: 1, first: term, second: 3 },
      sourceId: 'x'.repeat(64 - (term % 9)),
      next: NONE,
    }
    written.set(heap.write(one.term, one.time, packed(one.sourceId)), one)
  }
  for (const [address, one] of written) {
    if (heap.term(address) !== one.term || heap.sourceId(address) !== one.sourceId)
      expect.fail(`The posting at ${address} is not as it was written`)
  }
  expect(Math.max(...written.keys())).toBeGreaterThan(2 ** 18)
})
