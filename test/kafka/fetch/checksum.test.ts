// A bit that flips on a disk or on the way: the batch is refused, and nothing of it is taken for a report.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import { readBatches } from '../../../src/kafka/fetch/read-batches.ts'
import { batchOf, pack, records, type Codec } from '../../integration/hostile-batches.ts'

const COUNT = 5
/** The first byte that Kafka's checksum covers: before it stand the offset, the length, the epoch and the checksum. */
const CHECKED_FROM = 21

const room = (): { bytes: number } => ({ bytes: MAX_UNPACKED_BYTES })

const batchAt = async (firstOffset: number, codec: Codec): Promise<Buffer> =>
  batchOf(COUNT, codec, await pack(records(COUNT, Buffer.from('0123456789abcdef')), codec), { firstOffset })

test('one flipped bit makes the batch a refused one, and those around it are read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Codec>('none', 'zstd', 'lz4', 'snappy', 'gzip'),
      fc.nat(),
      fc.nat(7),
      async (codec, at, bit) => {
        const [before, damaged, behind] = await Promise.all([0, 5, 10].map((first) => batchAt(first, codec)))
        damaged[CHECKED_FROM + (at % (damaged.length - CHECKED_FROM))] ^= 1 << bit
        const bytes = Buffer.concat([before, damaged, behind])
        const facts = { aborted: [{ producerId: -1n, firstOffset: 0 }], endOffset: 15 }
        const read = await readBatches(bytes, { bytes: MAX_UNPACKED_BYTES }, facts)
        const sound = read.records.filter(({ refused }) => refused === undefined)
        expect(sound.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14])
        expect(read.records.filter(({ refused }) => refused)).toMatchObject([
          { refused: { code: 'batch-unreadable', firstOffset: 5 } },
        ])
        expect(read.nextOffset).toBe(15)
      },
    ),
    { numRuns: 500 },
  )
})

test('a damaged last offset leads neither back nor beyond the partition’s end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), async (delta) => {
      fc.pre(delta !== COUNT - 1)
      const damaged = await batchAt(20, 'none')
      damaged.writeInt32BE(delta, 23)
      const read = await readBatches(damaged, { bytes: MAX_UNPACKED_BYTES }, { aborted: [], endOffset: 25 })
      expect(read.nextOffset).toBeGreaterThan(20)
      expect(read.nextOffset).toBeLessThanOrEqual(25)
    }),
  )
})

/** Length, leader's epoch and the version of the format, which no checksum covers. */
const FRAME = { from: 8, to: 17 }

test('damage to what no checksum covers stops at most the rest of its partition’s fetch, and makes up no record', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: FRAME.from, max: FRAME.to - 1 }), fc.nat(255), async (at, byte) => {
      const [before, damaged, behind] = await Promise.all([0, 5, 10].map((first) => batchAt(first, 'none')))
      fc.pre(damaged[at] !== byte)
      damaged[at] = byte
      const facts = { aborted: [], endOffset: 15 }
      const read = await readBatches(Buffer.concat([before, damaged, behind]), room(), facts)
      const sound = read.records.filter(({ refused }) => refused === undefined).map(({ offset }) => offset)
      expect(sound.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
      expect(sound).toEqual(sound.toSorted((a, b) => a - b))
      expect(sound.every((offset) => offset < 15)).toBe(true)
      expect(read.nextOffset).toBeGreaterThanOrEqual(5)
      expect(read.nextOffset).toBeLessThanOrEqual(15)
    }),
    { numRuns: 2_000 },
  )
})

test('bytes that are no batch are an obstacle with what an operator can do, and no failure of the whole fetch', async () => {
  const damaged = await batchAt(0, 'none')
  damaged[16] = 0x7f
  const read = await readBatches(damaged, room(), { aborted: [], endOffset: 5 })
  expect(read).toMatchObject({ records: [], nextOffset: undefined })
  expect(read.obstacle).toMatch(/no batch of records.*another replica.*kafka-delete-records\.sh/)
})
