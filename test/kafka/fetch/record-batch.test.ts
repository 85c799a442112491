import { createRequire } from 'node:module'
import fc from 'fast-check'
import type { IHeaders, KafkaMessage } from 'kafkajs'
import { expect, test } from 'vitest'
import { readBatches, type ReadBatches } from '../../../src/kafka/fetch/read-batches.ts'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import {
  BatchTooLargeError,
  BatchUnreadableError,
  readRecords,
  storedBatches,
} from '../../../src/kafka/fetch/record-batch.ts'
import type { LogRecord } from '../../../src/log/event-log.ts'
import { batchOf, pack, records } from '../../integration/hostile-batches.ts'

/** kafkajs's own, which tell what a batch holds. */
interface KafkajsProtocol {
  encodeRecord(record: object): object
  encodeBatch(batch: object): Promise<{ readonly buffer: Buffer }>
  decodeBatch(decoder: object): Promise<{ readonly records: readonly KafkaMessage[] }>
  readonly Decoder: new (bytes: Buffer) => object
}

const require = createRequire(import.meta.url)
const kafkajs: KafkajsProtocol = {
  encodeRecord: require('kafkajs/src/protocol/recordBatch/record/v0/index.js'),
  encodeBatch: require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch,
  decodeBatch: require('kafkajs/src/protocol/recordBatch/v0/decoder.js'),
  Decoder: require('kafkajs/src/protocol/decoder.js'),
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  timestampDelta: fc.integer({ min: -1_000_000, max: 10_000_000_000 }),
  headers: fc.dictionary(
    // kafkajs takes what every object has for headers of these names.
    fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !(name in {})),
    fc.oneof(bytes, fc.array(bytes, { minLength: 2 })),
    { maxKeys: 4, noNullPrototype: true },
  ),
})

const readAll = (stored: Buffer): LogRecord[] => {
  const messages: LogRecord[] = []
  for (const batch of storedBatches(stored)) readRecords(batch, batch.packed, MAX_UNPACKED_BYTES, messages)
  return messages
}

/** Of several headers with one name the first counts. */
const firstOfEach = (headers: IHeaders): object =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]))

/** A batch of empty records. */
const storedBatch = async (count: number, firstOffset: number): Promise<Buffer> => {
  const batch = batchOf(count, 'zstd', await pack(records(count), 'zstd'))
  batch.writeBigInt64BE(BigInt(firstOffset), 0)
  return batch
}

const offsetsOf = (read: ReadBatches): number[] => read.records.map(({ offset }) => offset)

const FACTS = { aborted: [], endOffset: Infinity }
const freshRoom = (): { bytes: number } => ({ bytes: MAX_UNPACKED_BYTES })

test('records are read as kafkajs reads them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.nat({ max: Number.MAX_SAFE_INTEGER - 100 }),
      fc.boolean(),
      async (some, firstOffset, inTransaction) => {
        const { buffer: stored } = await kafkajs.encodeBatch({
          firstOffset,
          transactional: inTransaction,
          firstTimestamp: 1_700_000_000_000,
          maxTimestamp: 1_700_000_009_000,
          lastOffsetDelta: some.length - 1,
          producerId: 7,
          records: some.map((one, offsetDelta) => kafkajs.encodeRecord({ ...one, offsetDelta })),
        })
        const expected = (await kafkajs.decodeBatch(new kafkajs.Decoder(stored))).records
        expect(readAll(stored)).toEqual(
          expected.map(({ offset, timestamp, key, value, headers = {} }) => ({
            offset: Number(offset),
            timestampMs: Number(timestamp),
            key,
            value,
            headers: firstOfEach(headers),
            refused: undefined,
          })),
        )
      },
    ),
  )
})

test('bytes that are damaged are refused, or read in time that grows with their number', () => {
  const { count, parts } = records(20, Buffer.from('value'), [['name', 'of a header']])
  const whole = batchOf(count, 'none', Buffer.concat(parts))
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 62 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const damaged = Buffer.from(whole)
      damaged[61 + at] = byte
      try {
        expect(readAll(damaged).length).toBe(count)
      } catch (error) {
        if (!(error instanceof BatchUnreadableError) && !(error instanceof BatchTooLargeError)) throw error
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a batch that can’t be read is left out, with one record that stands for it, and those around it are read', async () => {
  const [before, broken, behind] = [3, 5, 2].map((count) => {
    const { parts } = records(count, Buffer.from('value'))
    return batchOf(count, 'none', Buffer.concat(parts))
  })
  broken.writeBigInt64BE(3n, 0)
  broken.fill(0xff, 61)
  behind.writeBigInt64BE(8n, 0)
  const read = await readBatches(Buffer.concat([before, broken, behind]), freshRoom(), FACTS)
  expect(offsetsOf(read)).toEqual([0, 1, 2, 7, 8, 9])
  expect(read.records.filter(({ refused }) => refused !== undefined)).toMatchObject([
    {
      key: null,
      value: null,
      refused: { code: 'batch-unreadable', firstOffset: 3, size: broken.length - 61 },
    },
  ])
})

test('what there is no room for beside others is left for the next fetch, and is refused if it has all the room', async () => {
  const [small, large, tooLarge] = [
    await storedBatch(100_000, 0),
    await storedBatch(190_000, 100_000),
    await storedBatch(200_000, 290_000),
  ]
  const all = Buffer.concat([small, large, tooLarge])
  const first = await readBatches(all, freshRoom(), FACTS)
  expect(first.nextOffset).toBe(100_000)
  const second = await readBatches(all.subarray(small.length), freshRoom(), FACTS)
  expect([second.records.length, second.nextOffset]).toEqual([190_000, 290_000])
  const third = await readBatches(tooLarge, freshRoom(), FACTS)
  expect(third.records).toMatchObject([
    { offset: 489_999, refused: { code: 'batch-too-large', firstOffset: 290_000 } },
  ])
})

test('a batch whose compression is damaged is refused, whichever it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('gzip' as const, 'zstd' as const, 'lz4' as const, 'snappy' as const),
      fc.uint8Array({ maxLength: 100 }),
      async (codec, packed) => {
        const read = await readBatches(batchOf(2, codec, Buffer.from(packed)), freshRoom(), FACTS)
        expect(read.records).toMatchObject([
          { offset: 1, refused: { code: expect.stringMatching(/^batch-/) } },
        ])
      },
    ),
  )
})

test('a batch with less than no headers is refused', async () => {
  // Its length; attributes, two deltas, no key, no value; and -1.
  const stored = Buffer.from([12, 0, 0, 0, 1, 1, 1])
  const read = await readBatches(batchOf(1, 'none', stored), freshRoom(), FACTS)
  expect(read.records).toMatchObject([{ offset: 0, refused: { code: 'batch-unreadable' } }])
})

test('a batch that a fetch has cut off is left for the next', async () => {
  const { parts } = records(3, Buffer.from('value'))
  const batch = batchOf(3, 'none', Buffer.concat(parts))
  for (const cut of [1, 20, batch.length - 1])
    expect(
      offsetsOf(await readBatches(Buffer.concat([batch, batch.subarray(0, cut)]), freshRoom(), FACTS)),
    ).toEqual([0, 1, 2])
})
