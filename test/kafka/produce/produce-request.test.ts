import { createRequire } from 'node:module'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { encodeProduceRequest, type ProduceRequest } from '../../../src/kafka/produce/produce-request.ts'
import type { ProducedRecord } from '../../../src/kafka/produce/record-batch-bytes.ts'
import { registerCompressionCodecs } from '../../../src/kafka/fetch/compression.ts'

// kafkajs's own request, which is the measure.
const require = createRequire(import.meta.url)
const kafkajsRequest: (request: ProduceRequest) => {
  encode(): Promise<{ readonly buffer: Buffer }>
} = require('kafkajs/src/protocol/requests/produce/v7/request.js')
const codecs: {
  lookupCodec(type: number): { compress(encoder: { readonly buffer: Buffer }): Promise<Buffer> }
} = require('kafkajs/src/protocol/message/compression/index.js')

const NOW = 1_767_225_600_000

beforeAll(() => {
  registerCompressionCodecs()
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
})
afterAll(() => {
  vi.useRealTimers()
})

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  // Half of a surrogate pair is written as U+FFFD.
  fc.constant('\ud800'),
  fc.string({ minLength: 16_000, maxLength: 40_000 }),
)
const part = fc.option(fc.oneof(text, bytes))
const headers = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.oneof(bytes, text, fc.array(bytes, { maxLength: 3 })),
  { maxKeys: 4, noNullPrototype: true },
)
const record: fc.Arbitrary<ProducedRecord> = fc.record(
  { key: part, value: part, headers },
  { requiredKeys: ['value'] },
)
/** All of a batch say their time, or none does, as producers have it. */
const records = fc.oneof(
  fc.array(record, { minLength: 1, maxLength: 200 }),
  fc.array(
    fc.record({
      key: part,
      value: part,
      timestamp: fc.integer({ min: 1e12, max: 9e12 }).map(String),
    }),
    { minLength: 1, maxLength: 20 },
  ),
)
const request = fc.record<ProduceRequest>({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat({ max: 100_000 }),
  compression: fc.constantFrom(0, 1, 2, 3, 4),
  transactionalId: fc.oneof(fc.constant(undefined), fc.string({ unit: 'grapheme', minLength: 1 })),
  producerId: fc.oneof(
    fc.constant(undefined),
    fc.constant(-1),
    fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  ),
  producerEpoch: fc.nat({ max: 0x7fff }),
  topicData: fc.array(
    fc.record({
      topic: fc.stringMatching(/^[a-z.]{1,40}$/),
      partitions: fc.array(
        fc.record({
          partition: fc.nat({ max: 1_000 }),
          messages: records,
          firstSequence: fc.nat({ max: 2 ** 31 - 1 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 2 },
  ),
})

test('a request to write records has the bytes that kafkajs would send, in each compression', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const own = await encodeProduceRequest(asked, (packed) =>
        codecs.lookupCodec(asked.compression ?? 0).compress({ buffer: packed }),
      )
      const { buffer } = await kafkajsRequest(asked).encode()
      expect(own.equals(buffer)).toBe(true)
    }),
  )
})
