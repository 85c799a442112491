// The answer to a fetch, in every version that Kafka may give it in: held against kafkajs's own decoders.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFetchResponse, FETCH_VERSIONS } from '../../../src/kafka/fetch/fetch-response.ts'
import { batchOf, pack, records } from '../../integration/hostile-batches.ts'

const { from, to } = FETCH_VERSIONS
const VERSIONS = Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** kafkajs's own answer; of one without records. */
interface Plain {
  readonly throttleTime?: number
  readonly clientSideThrottleTime?: number
  readonly errorCode?: number
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly errorCode: number
      readonly highWatermark: string
      readonly preferredReadReplica?: number
    }[]
  }[]
}

const require = createRequire(import.meta.url)
const decodersOf = (version: number): { decode(bytes: Buffer): Promise<Plain> } =>
  require(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`)

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const partition = fc.record({
  partition: int32,
  errorCode: fc.integer({ min: -1, max: 120 }),
  highWatermark: fc.bigInt({ min: -1n, max: 2n ** 53n - 1n }),
  aborted: fc.option(fc.array(fc.record({ producerId: int64, firstOffset: int64 }), { maxLength: 3 })),
  preferredReadReplica: int32,
})
const answer = fc.record({
  throttleMs: int32,
  errorCode: fc.integer({ min: -1, max: 120 }),
  sessionId: int32,
  topics: fc.array(
    fc.record({
      name: fc.string({ maxLength: 30 }).filter((name) => name.isWellFormed()),
      partitions: fc.array(partition, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
})
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never

const numbered =
  (bytes: number, write: 'writeInt16BE' | 'writeInt32BE') =>
  (value: number): Buffer => {
    const buffer = Buffer.alloc(bytes)
    buffer[write](value)
    return buffer
  }
const short = numbered(2, 'writeInt16BE')
const word = numbered(4, 'writeInt32BE')
const long = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(value)
  return buffer
}

/** As a broker writes it; `stored` are the batches of each partition. */
function encoded(
  { throttleMs, errorCode, sessionId, topics }: Answer,
  version: number,
  stored?: Buffer,
): Buffer {
  const partitionBytes = (one: Answer['topics'][number]['partitions'][number]): Buffer[] => [
    word(one.partition),
    short(one.errorCode),
    long(one.highWatermark),
    long(one.highWatermark),
    ...(version >= 5 ? [long(0n)] : []),
    word(one.aborted?.length ?? -1),
    ...(one.aborted ?? []).flatMap(({ producerId, firstOffset }) => [long(producerId), long(firstOffset)]),
    ...(version >= 11 ? [word(one.preferredReadReplica)] : []),
    word(stored?.length ?? -1),
    ...(stored ? [stored] : []),
  ]
  return Buffer.concat([
    word(throttleMs),
    ...(version >= 7 ? [short(errorCode), word(sessionId)] : []),
    word(topics.length),
    ...topics.flatMap(({ name, partitions }) => [
      short(Buffer.byteLength(name)),
      Buffer.from(name),
      word(partitions.length),
      ...partitions.flatMap(partitionBytes),
    ]),
  ])
}

test.each(VERSIONS)('version %i says the same of topics and partitions as kafkajs reads', async (version) => {
  await fc.assert(
    fc.asyncProperty(answer, async (said) => {
      const bytes = encoded(said, version)
      const { responses, ...ours } = await decodeFetchResponse(bytes, version)
      const plain = await decodersOf(version).decode(bytes)
      expect(ours).toEqual({
        throttleTime: plain.throttleTime ?? 0,
        clientSideThrottleTime: plain.clientSideThrottleTime ?? 0,
        errorCode: plain.errorCode ?? 0,
      })
      expect(
        responses.map(({ topicName, partitions }) => ({
          topicName,
          partitions: partitions.map(({ messages, abortedTransactions, ...fields }) => {
            expect([...messages, abortedTransactions]).toEqual([null])
            return fields
          }),
        })),
      ).toEqual(
        plain.responses.map(({ topicName, partitions }) => ({
          topicName,
          partitions: partitions.map(
            ({ partition: number, errorCode, highWatermark, preferredReadReplica = -1 }) => ({
              partition: number,
              errorCode,
              highWatermark,
              preferredReadReplica,
            }),
          ),
        })),
      )
    }),
    { numRuns: 40 },
  )
})

test.each(VERSIONS)('version %i brings the records of each partition', async (version) => {
  const stored = batchOf(2, 'none', await pack(records(2, Buffer.from('value')), 'none'))
  const one = { errorCode: 0, highWatermark: 2n, aborted: null, preferredReadReplica: -1 }
  const bytes = encoded(
    {
      throttleMs: 0,
      errorCode: 0,
      sessionId: 0,
      topics: [
        {
          name: 'a',
          partitions: [
            { ...one, partition: 0 },
            { ...one, partition: 7 },
          ],
        },
        { name: 'b', partitions: [{ ...one, partition: 1 }] },
      ],
    },
    version,
    stored,
  )
  const { responses } = await decodeFetchResponse(bytes, version)
  const read = responses.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition: number, messages: { fetched } }) => [
      topicName,
      number,
      fetched.records.map(({ offset, value }) => [offset, value?.toString()]),
      fetched.nextOffset,
    ]),
  )
  const twice = [
    [0, 'value'],
    [1, 'value'],
  ]
  expect(read).toEqual([
    ['a', 0, twice, 2],
    ['a', 7, twice, 2],
    ['b', 1, twice, 2],
  ])
})

test('an answer that ends too early is an error, and not a fetch without records', async () => {
  const said = { throttleMs: 0, errorCode: 0, sessionId: 0, topics: [{ name: 'reports', partitions: [] }] }
  const bytes = encoded(said, to)
  for (let length = 0; length < bytes.length; length++)
    await expect(decodeFetchResponse(bytes.subarray(0, length), to)).rejects.toThrow(RangeError)
})
