// Kafka's request to write records (Produce Request, versions 3 to 7, https://kafka.apache.org/protocol#The_Messages_Produce).
import { encodeBatch, type ProducedRecord } from './record-batch-bytes.ts'

/** What kafkajs has when it asks for the bytes of a request. */
export interface ProduceRequest {
  readonly acks: number
  readonly timeout: number
  readonly compression?: number | undefined
  readonly transactionalId?: string | null | undefined
  /** A number of 64 bits, as kafkajs read it: its digits. */
  readonly producerId?: number | string | undefined
  readonly producerEpoch?: number | undefined
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly messages: readonly ProducedRecord[]
      readonly firstSequence?: number | undefined
    }[]
  }[]
}

/** kafkajs asks for no later version; older ones are of Kafka before 0.11, which has no record batches. */
export const PRODUCE_VERSIONS = [3, 4, 5, 6, 7] as const

/** @param compress Packs the records of a batch. */
export async function encodeProduceRequest(
  request: ProduceRequest,
  compress: (records: Buffer) => Promise<Buffer>,
  nowMs = Date.now(),
): Promise<Buffer> {
  const { acks, timeout, compression = 0, transactionalId = null, topicData } = request
  const parts = [text(transactionalId), int16(acks), int32(timeout), int32(topicData.length)]
  for (const { topic, partitions } of topicData) {
    parts.push(text(topic), int32(partitions.length))
    for (const { partition, messages, firstSequence = 0 } of partitions) {
      const batch = await encodeBatch(messages, {
        codec: compression,
        compress,
        nowMs,
        isTransactional: transactionalId !== null,
        producerId: BigInt(request.producerId ?? -1),
        producerEpoch: request.producerEpoch ?? 0,
        firstSequence,
      })
      parts.push(int32(partition), int32(batch.length), batch)
    }
  }
  return Buffer.concat(parts)
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** A length and as many bytes; -1 for null. */
const text = (value: string | null): Buffer =>
  value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
