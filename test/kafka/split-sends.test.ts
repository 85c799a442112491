import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchBytesOf, splitSends, type Message } from '../../src/kafka/split-sends.ts'
import type { OutgoingRecord } from '../../src/log/event-log.ts'

// The encoder that kafkajs sends with.
const require = createRequire(import.meta.url)
interface Encoded {
  readonly buffer: Buffer
}
const encodeRecord: (
  record: object,
) => Encoded = require('kafkajs/src/protocol/recordBatch/record/v0/index.js')
const { RecordBatch: encodeBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch: (batch: object) => Promise<Encoded>
}

/** The batch that a call becomes if all of its records go to one partition, with the longest differences of times. */
async function bytesOnTheWire(messages: readonly Message[]): Promise<number> {
  const records = messages.map(({ key, value, headers }, offsetDelta) =>
    encodeRecord({ key, value, headers, offsetDelta, timestampDelta: 2 ** 40 }),
  )
  return (await encodeBatch({ records, lastOffsetDelta: records.length - 1 })).buffer.length
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const record: fc.Arbitrary<OutgoingRecord> = fc.record(
  {
    key: fc.option(text),
    value: fc.option(fc.oneof(text, fc.string({ minLength: 100, maxLength: 3_000 }))),
    headers: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__'),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      { maxKeys: 3 },
    ),
  },
  { requiredKeys: ['key', 'value'] },
)

test('every record goes out once and in order, and no call is larger on the wire than the topic takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6_000 }),
      async (records, batchBytes) => {
        const calls = [...splitSends(records, batchBytes)]
        expect(calls.flat().map((message) => message.record)).toEqual(records)
        for (const call of calls) {
          expect(call.length).toBeGreaterThan(0)
          const bytes = await bytesOnTheWire(call)
          // A record that is too large alone goes alone: the topic says so, and no other record is refused with it.
          if (call.length > 1) expect(bytes).toBeLessThanOrEqual(batchBytes)
          else expect(bytes).toBeLessThanOrEqual(batchBytesOf(call[0].record))
        }
      },
    ),
  )
})

test('a topic that takes large batches gets calls of at most 512 KiB', async () => {
  const records = Array.from({ length: 40 }, () => ({ key: null, value: 'x'.repeat(60_000) }))
  const calls = [...splitSends(records, 100 * 2 ** 20)]
  expect(calls.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8])
  for (const call of calls) expect(await bytesOnTheWire(call)).toBeLessThanOrEqual(512 * 1024)
})
