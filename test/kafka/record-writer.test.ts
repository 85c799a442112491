import type { Message, RecordMetadata } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { LogTransientError } from '../../src/log/log-faults.ts'
import { notingPartitioner, partitionOf } from '../../src/kafka/noting-partitioner.ts'
import { RecordWriter } from '../../src/kafka/record-writer.ts'
import type { OutgoingRecord } from '../../src/log/event-log.ts'
import { WriteRefusedError } from '../../src/log/write-refused.ts'

const TOO_LARGE = 10
const NOT_LEADER = 6
const NOT_ENOUGH_REPLICAS = 19

interface Topic {
  readonly partitions: number
  /** What a partition takes, by the bytes of values alone; and partitions that take nothing, with the error. */
  maxBytes: number
  readonly refusing: Map<number, number>
}

const partitionsOf = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
    partitionErrorCode: 0,
  }))

/** A broker as kafkajs shows it: one batch a partition and call, taken as a whole or not at all. */
function broker(topic: Topic) {
  const written: string[] = []
  let calls = 0
  const choose = notingPartitioner()
  const send = async (name: string, messages: readonly Message[]): Promise<readonly RecordMetadata[]> => {
    calls++
    const batches = new Map<number, Message[]>()
    const partitionMetadata = partitionsOf(topic.partitions)
    for (const message of messages) {
      const partition = choose({ topic: name, partitionMetadata, message })
      batches.set(partition, [...(batches.get(partition) ?? []), message])
    }
    return [...batches].map(([partition, batch]) => {
      const bytes = batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      const errorCode = topic.refusing.get(partition) ?? (bytes > topic.maxBytes ? TOO_LARGE : 0)
      if (errorCode === 0) written.push(...batch.map(({ value }) => String(value)))
      return { topicName: name, partition, errorCode, baseOffset: '7' }
    })
  }
  return { send, written, calls: () => calls }
}

const records = (count: number, length = 100): OutgoingRecord[] =>
  Array.from({ length: count }, (_, n) => ({ key: `key-${n}`, value: `${n}`.padEnd(length, '.') }))

const valuesOf = (some: readonly OutgoingRecord[]): string[] => some.map(({ value }) => String(value)).sort()

/** A write to the topic hits that fails: with what, and which records were acknowledged before. */
async function failedWrite(
  writer: RecordWriter,
  all: readonly OutgoingRecord[],
): Promise<{ readonly error: unknown; readonly acknowledged: readonly OutgoingRecord[] }> {
  const acknowledged: OutgoingRecord[] = []
  const error: unknown = await writer
    .write('hits', all, (record) => acknowledged.push(record))
    .catch((thrown: unknown) => thrown)
  return { error, acknowledged }
}

describe('writing records', () => {
  test('what a topic with small batches takes is written once each, as large as it is allowed', async () => {
    const topic = { partitions: 3, maxBytes: 1_500, refusing: new Map() }
    const { send, written, calls } = broker(topic)
    const all = records(100)
    await new RecordWriter({ send, maxMessageBytes: async () => 1_500 }).write('hits', all)
    expect([...written].sort()).toEqual(valuesOf(all))
    expect(calls()).toBeLessThan(20)
  })

  test('a limit that was not known is found by halves, and nothing is written twice', async () => {
    const topic = { partitions: 3, maxBytes: 250, refusing: new Map() }
    const { send, written } = broker(topic)
    const all = records(100)
    const acknowledged: OutgoingRecord[] = []
    const writer = new RecordWriter({ send, maxMessageBytes: async () => undefined })
    await writer.write('hits', all, (record) => acknowledged.push(record))
    expect([...written].sort()).toEqual(valuesOf(all))
    expect(valuesOf(acknowledged)).toEqual(valuesOf(all))
  })

  test('a record that is too large by itself is refused with what to set, and all others are written', async () => {
    const topic = { partitions: 3, maxBytes: 1_000, refusing: new Map() }
    const { send, written } = broker(topic)
    const small = records(50)
    const large = { key: 'large', value: 'x'.repeat(1_001) }
    const writer = new RecordWriter({ send, maxMessageBytes: async () => 1_000 })
    const refused = writer.write('hits', [...small.slice(0, 20), large, ...small.slice(20)])
    await expect(refused).rejects.toThrow(
      /^Topic hits refuses 1 record \(MESSAGE_TOO_LARGE\).*max\.message\.bytes = 1000 bytes/,
    )
    expect([...written].sort()).toEqual(valuesOf(small))
  })

  test('a partition that refuses keeps no other from being written, and what it refuses is not acknowledged', async () => {
    const topic = { partitions: 3, maxBytes: 1e6, refusing: new Map([[1, NOT_ENOUGH_REPLICAS]]) }
    const { send, written } = broker(topic)
    const all = records(60)
    const writer = new RecordWriter({ send, maxMessageBytes: async () => undefined })
    const { error, acknowledged } = await failedWrite(writer, all)
    expect(error).toBeInstanceOf(WriteRefusedError)
    expect(error).toMatchObject({ topic: 'hits', reason: 'not-enough-replicas' })
    expect(written.length).toBeGreaterThan(0)
    expect(new Set(written).size).toBe(written.length)
    expect(valuesOf(acknowledged)).toEqual([...written].sort())
    topic.refusing.clear()
    const rest = all.filter((record) => !acknowledged.includes(record))
    await writer.write('hits', rest)
    expect([...written].sort()).toEqual(valuesOf(all))
  })

  test.each([
    ['LEADER_NOT_AVAILABLE', 5],
    ['NOT_LEADER_OR_FOLLOWER', 6],
    ['REQUEST_TIMED_OUT', 7],
    ['KAFKA_STORAGE_ERROR', 56],
    ['FENCED_LEADER_EPOCH', 74],
  ])('%s passes by itself, and is no refusal of the topic', async (type, code) => {
    const topic = { partitions: 3, maxBytes: 1e6, refusing: new Map([[1, code]]) }
    const { send, written } = broker(topic)
    const all = records(60)
    const writer = new RecordWriter({ send, maxMessageBytes: async () => undefined })
    const { error, acknowledged } = await failedWrite(writer, all)
    expect(error).toBeInstanceOf(LogTransientError)
    expect(error).toHaveProperty('message', expect.stringContaining(`of topic hits (${type})`))
    expect(valuesOf(acknowledged)).toEqual([...written].sort())
    await expect(writer.writeTo('hits', 1, all[0])).rejects.toBeInstanceOf(LogTransientError)
  })

  test.each([
    ['TOPIC_AUTHORIZATION_FAILED', 29],
    ['INVALID_RECORD', 87],
    ['error 42', 42],
  ])('%s in one partition is a refusal, also if the leader of another one changes', async (type, code) => {
    const refusing = new Map([
      [0, NOT_LEADER],
      [1, code],
    ])
    const { send } = broker({ partitions: 3, maxBytes: 1e6, refusing })
    const written = new RecordWriter({ send, maxMessageBytes: async () => undefined }).write(
      'hits',
      records(60),
    )
    const error: unknown = await written.catch((e) => e)
    expect(error).toBeInstanceOf(WriteRefusedError)
    expect(error).toHaveProperty('message', expect.stringContaining(type))
  })

  test('what no broker has answered for is not acknowledged, and written again', async () => {
    const topic = { partitions: 3, maxBytes: 1e6, refusing: new Map() }
    const { send, written } = broker(topic)
    const choose = notingPartitioner()
    const acknowledged: string[] = []
    let calls = 0
    const writer = new RecordWriter({
      // As kafkajs does when a leader dies: its partitions move to a broker that has answered, and are never sent.
      send: async (name, messages) => {
        if (calls++ > 0) return send(name, messages)
        const lost = 1
        for (const message of messages)
          choose({ topic: name, partitionMetadata: partitionsOf(topic.partitions), message })
        return send(
          name,
          messages.filter((message) => partitionOf(message) !== lost),
        )
      },
      maxMessageBytes: async () => undefined,
    })
    const all = records(60)
    await writer.write('hits', all, ({ value }) => acknowledged.push(String(value)))
    expect(acknowledged.sort()).toEqual(valuesOf(all))
    expect(new Set(written)).toEqual(new Set(valuesOf(all)))
  })

  test('a message without a key keeps its partition when kafkajs tries again', () => {
    const choose = notingPartitioner()
    const partitionMetadata = partitionsOf(50)
    const message = { key: null, value: 'no key' }
    const chosen = Array.from({ length: 20 }, () => choose({ topic: 'reports', partitionMetadata, message }))
    expect(new Set(chosen).size).toBe(1)
  })
})
