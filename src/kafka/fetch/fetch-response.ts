// Kafka's answer to a fetch (Fetch Response, versions 4 to 11, https://kafka.apache.org/protocol#The_Messages_Fetch).
import type { AbortedTransaction } from './aborted-transactions.ts'
import { MAX_UNPACKED_BYTES } from './compression.ts'
import { readBatches, type ReadBatches } from './read-batches.ts'

/** kafkajs asks for no later version; older ones come from Kafka before 0.11, which has no record batches. */
export const FETCH_VERSIONS = { from: 4, to: 11 } as const

/** The answer, in the form in which kafkajs's `parse` and its consumer take it. */
export interface FetchResponse {
  /** Milliseconds that the client must pause, where it is the client that throttles. */
  readonly throttleTime: number
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly responses: readonly TopicResponse[]
}

interface TopicResponse {
  readonly topicName: string
  readonly partitions: readonly PartitionResponse[]
}

export interface PartitionResponse {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly preferredReadReplica: number
  /** None: aborted records have been left out here. */
  readonly abortedTransactions: null
  /** None for kafkajs's own Batch, which would filter them once more. */
  readonly messages: readonly never[] & { readonly fetched: ReadBatches }
}

/** Reads the bytes of an answer, and the records within it. */
export async function decodeFetchResponse(bytes: Buffer, version: number): Promise<FetchResponse> {
  const reader = new ResponseReader(bytes)
  const throttleMs = reader.int32()
  const errorCode = version >= 7 ? reader.int16() : 0
  if (version >= 7) reader.int32() // The id of a fetch session: kafkajs opens none.
  const room = { bytes: MAX_UNPACKED_BYTES }
  const responses: TopicResponse[] = []
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.text()
    const partitions: PartitionResponse[] = []
    for (let count = reader.int32(); count > 0; count--) {
      const { packed, aborted, ...partition } = readPartition(reader, version)
      const fetched = await readBatches(packed, room, { aborted, endOffset: Number(partition.highWatermark) })
      partitions.push({ ...partition, abortedTransactions: null, messages: Object.assign([], { fetched }) })
    }
    responses.push({ topicName, partitions })
  }
  // From version 8 the broker has not throttled yet, and expects the client to.
  const isClientSide = version >= 8
  return {
    throttleTime: isClientSide ? 0 : throttleMs,
    clientSideThrottleTime: isClientSide ? throttleMs : 0,
    errorCode,
    responses,
  }
}

interface PackedPartition extends Omit<PartitionResponse, 'messages' | 'abortedTransactions'> {
  readonly aborted: readonly AbortedTransaction[]
  readonly packed: Buffer
}

function readPartition(reader: ResponseReader, version: number): PackedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = String(reader.int64())
  reader.int64() // The last stable offset: the fetched batches end there.
  if (version >= 5) reader.int64() // The earliest offset.
  const aborted: AbortedTransaction[] = []
  for (let count = reader.int32(); count > 0; count--)
    aborted.push({ producerId: reader.int64(), firstOffset: Number(reader.int64()) })
  const preferredReadReplica = version >= 11 ? reader.int32() : -1
  return { partition, errorCode, highWatermark, preferredReadReplica, aborted, packed: reader.bytes() }
}

/** Reads Kafka's primitive types, one after the other. */
class ResponseReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#forward(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#forward(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#forward(8))
  }

  text(): string {
    const length = this.int16()
    const from = this.#forward(length)
    return this.#bytes.toString('utf8', from, from + length)
  }

  /** Bytes with their length before them; a length of -1 says that there are none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    const from = this.#forward(length)
    return this.#bytes.subarray(from, from + length)
  }

  #forward(length: number): number {
    const from = this.#at
    this.#at += length
    return from
  }
}
