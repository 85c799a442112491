// Aborted transactions by KIP-98, held against a plain model of a partition that knows how each transaction ends.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AbortedTransaction } from '../../../src/kafka/fetch/aborted-transactions.ts'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import { FetchedPartition } from '../../../src/kafka/fetch/fetched-partition.ts'
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

/**
 * As a broker answers from this offset: it finds batches by their headers, sends bytes up to within a batch, and lists the
 * transactions that end at the offset or later.
 */
async function fetchFrom(
  { batches, aborted }: Partition,
  fetchedOffset: number,
  most: number,
): Promise<FetchedPartition> {
  const from = batches.findIndex(
    ({ firstOffset, bytes }) => firstOffset + bytes.readInt32BE(LAST_OFFSET_DELTA_AT) >= fetchedOffset,
  )
  // A damaged header can have the broker begin earlier; there is room for some batches from the offset on.
  const asked = batches.findIndex((batch) => batch.end > fetchedOffset)
  const some = from === -1 ? [] : batches.slice(from, Math.max(from, asked) + most)
  const end = batches[batches.length - 1].end
  const upTo = some.at(-1)?.end ?? fetchedOffset
  const next = batches.find(({ firstOffset }) => firstOffset >= upTo)
  const read = await readBatches(
    Buffer.concat([...some.map(({ bytes }) => bytes), next?.bytes.subarray(0, 20) ?? Buffer.alloc(0)]),
    { bytes: MAX_UNPACKED_BYTES },
    {
      aborted: aborted.filter(
        ({ firstOffset, lastOffset }) => lastOffset >= fetchedOffset && firstOffset < upTo,
      ),
      endOffset: end,
    },
  )
  return new FetchedPartition({ topic: 't', partition: 0, fetchedOffset, highWatermark: end, read })
}

const LAST_OFFSET_DELTA_AT = 23
/** The first byte that Kafka's checksum covers. */
const CHECKED_FROM = 21

test('a damaged batch, which may have been an abort marker, hides no other record and lets no aborted one through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.record({ batch: fc.nat(), at: fc.nat(), bit: fc.nat(7) }), { minLength: 1, maxLength: 3 }),
      async (steps, most, flips) => {
        const partition = new Partition(steps)
        const { batches, committed } = partition
        fc.pre(batches.length > 0)
        const damaged = new Set(flips.map(({ batch }) => batches[batch % batches.length]))
        for (const [n, { bytes }] of [...damaged].entries())
          bytes[CHECKED_FROM + (flips[n].at % (bytes.length - CHECKED_FROM))] ^= 1 << flips[n].bit
        const isLost = (offset: number): boolean =>
          [...damaged].some(({ firstOffset, end }) => offset >= firstOffset && offset < end)
        const read: number[] = []
        const { end } = batches[batches.length - 1]
        let position = 0
        for (let fetches = 0; position < end && fetches <= 2 * batches.length; fetches++) {
          const fetched = await fetchFrom(partition, position, most)
          if (!fetched.hasMoved) break
          read.push(
            ...fetched.records.filter(({ refused }) => refused === undefined).map(({ offset }) => offset),
          )
          position = fetched.nextOffset
        }
        expect(read).toEqual(committed.filter((offset) => !isLost(offset)).sort((a, b) => a - b))
      },
    ),
    { numRuns: 500 },
  )
})

test('a marker that holds nothing readable ends its transaction', async () => {
  const transactional = { producerId: 1, isTransactional: true }
  const { parts } = records(1)
  const bytes = Buffer.concat([
    batchOf(1, 'none', Buffer.concat(parts), transactional),
    batchOf(1, 'none', Buffer.from('rubbish'), { ...transactional, firstOffset: 1, isControl: true }),
    batchOf(1, 'none', Buffer.concat(parts), { ...transactional, firstOffset: 2 }),
    markerOf('commit', { firstOffset: 3, producerId: 1 }),
  ])
  const aborted = [{ producerId: 1n, firstOffset: 0 }]
  const read = await readBatches(bytes, { bytes: MAX_UNPACKED_BYTES }, { aborted, endOffset: 4 })
  expect(read.records.map(({ offset }) => offset)).toEqual([2])
})
