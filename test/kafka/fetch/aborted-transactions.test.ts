// Aborted transactions by KIP-98, held against a plain model of a partition that knows how each transaction ends.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AbortedTransaction } from '../../../src/kafka/fetch/aborted-transactions.ts'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import { readBatches } from '../../../src/kafka/fetch/read-batches.ts'
import { batchOf, markerOf, records } from '../../integration/hostile-batches.ts'

/** What a producer does next. Producer 0 knows no transactions. */
interface Step {
  readonly producer: number
  readonly does: 'write' | 'commit' | 'abort'
  readonly count: number
  /** Four zero bytes: what a marker of an abort has for its key. */
  readonly hasMarkersKey: boolean
}

const step = fc.record<Step>({
  producer: fc.nat(3),
  does: fc.constantFrom('write', 'write', 'commit', 'abort'),
  count: fc.integer({ min: 1, max: 3 }),
  hasMarkersKey: fc.boolean(),
})

interface Stored {
  readonly firstOffset: number
  readonly end: number
  readonly bytes: Buffer
}

interface Aborted extends AbortedTransaction {
  readonly lastOffset: number
}

/** A partition as a broker keeps it, up to where every transaction has ended. */
class Partition {
  readonly batches: Stored[] = []
  readonly aborted: Aborted[] = []
  /** Offsets of records whose transaction was committed, or which are in none. */
  readonly committed: number[] = []
  readonly #open = new Map<number, number[]>()
  #end = 0

  constructor(steps: readonly Step[]) {
    for (const one of steps) this.#take(one)
    for (const producer of this.#open.keys())
      this.#take({ producer, does: 'abort', count: 1, hasMarkersKey: false })
  }

  #take({ producer, does, count, hasMarkersKey }: Step): void {
    const firstOffset = this.#end
    if (does === 'write') {
      const key = hasMarkersKey ? Buffer.alloc(4) : undefined
      const { parts } = records(count, Buffer.from('value'), [], key)
      const header = { firstOffset, ...(producer > 0 && { producerId: producer, isTransactional: true }) }
      this.#append(batchOf(count, 'none', Buffer.concat(parts), header), count)
      const offsets = Array.from({ length: count }, (_, n) => firstOffset + n)
      if (producer === 0) this.committed.push(...offsets)
      else this.#open.set(producer, [...(this.#open.get(producer) ?? []), ...offsets])
      return
    }
    const offsets = this.#open.get(producer)
    if (offsets === undefined) return
    this.#open.delete(producer)
    if (does === 'commit') this.committed.push(...offsets)
    else
      this.aborted.push({
        producerId: BigInt(producer),
        firstOffset: offsets[0],
        lastOffset: firstOffset,
      })
    this.#append(markerOf(does, { firstOffset, producerId: producer }), 1)
  }

  #append(bytes: Buffer, span: number): void {
    this.batches.push({ firstOffset: this.#end, end: this.#end + span, bytes })
    this.#end += span
  }
}

test('records of aborted transactions are left out, and all others are read, whatever a fetch holds of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.nat()),
      async (steps, batchesAFetch, order) => {
        const { batches, aborted, committed } = new Partition(steps)
        const read: number[] = []
        for (let at = 0; at < batches.length; at += batchesAFetch) {
          const some = batches.slice(at, at + batchesAFetch)
          const end = some[some.length - 1].end
          // A broker lists those that the fetch touches, in no order that could be relied on.
          const ofFetch = aborted
            .filter(({ firstOffset, lastOffset }) => lastOffset >= some[0].firstOffset && firstOffset < end)
            .map((one) => ({ one, rank: order.next().value }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ one }) => one)
          const fetched = await readBatches(
            Buffer.concat(some.map(({ bytes }) => bytes)),
            { bytes: MAX_UNPACKED_BYTES },
            { aborted: ofFetch, endOffset: end },
          )
          expect(fetched.nextOffset).toBe(end)
          read.push(...fetched.records.map(({ offset }) => offset))
        }
        expect(read).toEqual(committed.sort((a, b) => a - b))
      },
    ),
    { numRuns: 300 },
  )
})

test('what is aborted is not unpacked: it can be neither too large nor unreadable', async () => {
  const header = { producerId: 1, isTransactional: true }
  const rubbish = batchOf(2, 'zstd', Buffer.from('no zstd'), header)
  const room = { bytes: MAX_UNPACKED_BYTES }
  const read = await readBatches(rubbish, room, {
    aborted: [{ producerId: 1n, firstOffset: 0 }],
    endOffset: 2,
  })
  expect(read).toMatchObject({ records: [], nextOffset: 2 })
})
