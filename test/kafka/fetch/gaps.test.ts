// Offsets are not dense: what a fetch moves the position by, whatever of it is delivered.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import { FetchedPartition } from '../../../src/kafka/fetch/fetched-partition.ts'
import { readBatches } from '../../../src/kafka/fetch/read-batches.ts'
import { batchOf, markerOf, records, type BatchHeader } from '../../integration/hostile-batches.ts'

/** A batch that spans some offsets. */
interface Stored {
  readonly kind: 'records' | 'emptied' | 'first half compacted' | 'last half compacted' | 'marker' | 'aborted'
  readonly span: number
}

const FACTS = { aborted: [], endOffset: Infinity }
const freshRoom = (): { bytes: number } => ({ bytes: MAX_UNPACKED_BYTES })
const PRODUCER = { producerId: 7, isTransactional: true }

/** Offsets of a batch whose records are left, of those that it spans. */
const LEFT: Readonly<Record<Stored['kind'], (span: number) => readonly [from: number, to: number]>> = {
  records: (span) => [0, span],
  emptied: () => [0, 0],
  'first half compacted': (span) => [span >> 1, span],
  'last half compacted': (span) => [0, (span + 1) >> 1],
  aborted: (span) => [0, span],
  marker: () => [0, 0],
}

interface Made {
  readonly bytes: Buffer
  /** Of what is delivered. */
  readonly offsets: readonly number[]
}

function batchAt(firstOffset: number, { kind, span }: Stored): Made {
  if (kind === 'marker') return { bytes: markerOf('commit', { firstOffset, producerId: 9 }), offsets: [] }
  const header = { firstOffset, lastOffsetDelta: span - 1, producerId: 3 }
  const offsets = Array.from({ length: span }, (_, n) => firstOffset + n).slice(...LEFT[kind](span))
  if (kind === 'aborted') return { bytes: holding(offsets, { ...header, ...PRODUCER }), offsets: [] }
  return { bytes: holding(offsets, header), offsets }
}

/** A batch that holds records at these offsets. */
function holding(offsets: readonly number[], header: BatchHeader): Buffer {
  const { firstOffset = 0 } = header
  const parts = offsets.map((offset) => {
    const [first] = records(1, Buffer.from(String(offset))).parts
    const one = Buffer.from(first)
    // Behind length, attributes and the delta of the time: the delta of the offset, zigzag in one byte.
    one[3] = (offset - firstOffset) * 2
    return one
  })
  return batchOf(offsets.length, 'none', Buffer.concat(parts), header)
}

const stored = fc.record<Stored>({
  kind: fc.constantFrom(
    'records',
    'emptied',
    'first half compacted',
    'last half compacted',
    'marker',
    'aborted',
  ),
  span: fc.integer({ min: 1, max: 6 }),
})

interface Partition {
  readonly batches: readonly { readonly firstOffset: number; readonly end: number; readonly bytes: Buffer }[]
  readonly offsets: readonly number[]
  readonly end: number
}

/** A partition with these batches; between some of them offsets are gone altogether. */
function partitionOf(kinds: readonly (Stored & { readonly gone: number })[]): Partition {
  let end = 0
  const offsets: number[] = []
  const batches = kinds.map((one) => {
    const span = one.kind === 'marker' ? 1 : one.span
    const firstOffset = end + one.gone
    const { bytes, offsets: some } = batchAt(firstOffset, { ...one, span })
    offsets.push(...some)
    end = firstOffset + span
    return { firstOffset, end, bytes }
  })
  return { batches, offsets, end }
}

/** As a broker answers: batches from the one that holds the offset, or the first behind it, and at most so many. */
async function fetchFrom(
  { batches, end }: Partition,
  offset: number,
  most: number,
): Promise<FetchedPartition> {
  const bytes = batches.filter((batch) => batch.end > offset).slice(0, most)
  const aborted = [{ producerId: BigInt(PRODUCER.producerId), firstOffset: 0 }]
  const read = await readBatches(Buffer.concat(bytes.map((batch) => batch.bytes)), freshRoom(), {
    aborted,
    endOffset: end,
  })
  return new FetchedPartition({ topic: 't', partition: 0, fetchedOffset: offset, highWatermark: end, read })
}

test('a reader comes to the end in as many fetches as it takes to fetch all batches, and gets each record once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(stored, fc.nat(3)).map(([one, gone]) => ({ ...one, gone })),
        { minLength: 1, maxLength: 12 },
      ),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      async (kinds, most, from) => {
        const partition = partitionOf(kinds)
        const start = Math.min(from, partition.end)
        const got: number[] = []
        let position = start
        let fetches = 0
        while (position < partition.end && fetches <= kinds.length) {
          const fetched = await fetchFrom(partition, position, most)
          expect(fetched.isEmpty()).toBe(false)
          got.push(...fetched.records.map(({ offset }) => offset))
          position = fetched.nextOffset
          fetches++
        }
        expect(position).toBe(partition.end)
        expect(got).toEqual(partition.offsets.filter((offset) => offset >= start))
        expect(fetches).toBeLessThanOrEqual(Math.ceil(kinds.length / most))
      },
    ),
  )
})

test.each<[string, readonly Stored['kind'][]]>([
  ['at the start of a fetch', ['emptied', 'records']],
  ['amid it', ['records', 'emptied', 'records']],
  ['at its end', ['records', 'emptied']],
  ['as all of it', ['emptied']],
])('an empty batch %s moves the position by the offsets that it spans', async (_, kinds) => {
  const partition = partitionOf(kinds.map((kind) => ({ kind, span: 50, gone: 0 })))
  const fetched = await fetchFrom(partition, 0, kinds.length)
  expect(fetched).toMatchObject({ nextOffset: 50 * kinds.length, hasMoved: true })
  expect(fetched.lastOffset()).toBe(String(50 * kinds.length - 1))
})

test('behind a compacted tail one fetch goes on behind the batch', async () => {
  const partition = partitionOf([{ kind: 'last half compacted', span: 60, gone: 0 }])
  const fetched = await fetchFrom(partition, 30, 1)
  expect(fetched).toMatchObject({ records: [], nextOffset: 60, hasMoved: true })
})

test('the newest time of a fetch is that of all its batches, of markers and empty ones, too', async () => {
  const bytes = [
    batchOf(1, 'none', Buffer.concat(records(1).parts), { timestampMs: 1_000 }),
    batchOf(0, 'none', Buffer.alloc(0), { firstOffset: 1, lastOffsetDelta: 0, timestampMs: 2_000 }),
    markerOf('commit', { firstOffset: 2, producerId: 9, timestampMs: 3_000 }),
  ]
  expect((await readBatches(Buffer.concat(bytes), freshRoom(), FACTS)).newestMs).toBe(3_000)
  expect((await readBatches(bytes[1], freshRoom(), FACTS)).newestMs).toBe(2_000)
})

test('a fetch that brings nothing although there is more is handed on, and one at the end is not', async () => {
  const read = {
    records: [],
    nextOffset: undefined,
    newestMs: -Infinity,
    doubtfulFrom: [],
    obstacle: undefined,
  }
  const at = { topic: 't', partition: 0, fetchedOffset: 5, read }
  expect(new FetchedPartition({ ...at, highWatermark: 6 })).toMatchObject({ nextOffset: 5, hasMoved: false })
  expect(new FetchedPartition({ ...at, highWatermark: 6 }).isEmpty()).toBe(false)
  expect(new FetchedPartition({ ...at, highWatermark: 5 }).isEmpty()).toBe(true)
})
