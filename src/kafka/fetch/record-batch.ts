import { sha256Hex } from '../../contract/json.ts'
import type { RefusedBatch } from '../../contract/dead-letter.ts'

// Kafka's format of a batch of records, version 2 (https://kafka.apache.org/documentation/#recordbatch): where the fields
// stand that are read here.
const LENGTH_AT = 8
/** The first byte that the length counts. */
const LENGTH_FROM = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const PRODUCER_EPOCH_AT = 51
const COUNT_AT = 57
const RECORDS_AT = 61

const CODEC_BITS = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

/**
 * What a record and a header take in memory besides their own bytes once they are read: measured at 240 and 120 to 290
 * here, and then a record of ours is made of them. A few kilobytes can hold a hundred thousand empty ones.
 */
const RECORD_BYTES = 512
const HEADER_BYTES = 256

/** A batch as it is stored, records still packed. */
export interface StoredBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly timestamps: { readonly first: number; readonly max: number; readonly isOfBroker: boolean }
  readonly isControl: boolean
  /** What kafkajs tells aborted transactions by. */
  readonly context: {
    readonly producerId: string
    readonly producerEpoch: number
    readonly inTransaction: boolean
  }
  /** Kafka's number of the compression; 0: none. */
  readonly codec: number
  /** How many records it says to hold. */
  readonly count: number
  readonly packed: Buffer
}

/** A record as kafkajs hands it on. */
export interface FetchedMessage {
  readonly magicByte: 2
  readonly attributes: number
  readonly timestamp: string
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, Buffer | Buffer[]> | undefined
  readonly isControlRecord: boolean
  readonly batchContext: StoredBatch['context']
  /** The batch that this one stands for. */
  readonly refused: RefusedBatch | undefined
}

/** A batch that takes more memory than it may. */
export class BatchTooLargeError extends Error {
  readonly code = 'BATCH_TOO_LARGE'
  override readonly name = 'BatchTooLargeError'
  constructor() {
    super('A batch takes more memory than it may once it is unpacked.')
  }
}

/** A batch that doesn't hold what it says. */
export class BatchUnreadableError extends Error {
  readonly code = 'BATCH_UNREADABLE'
  override readonly name = 'BatchUnreadableError'
}

/** Whether what was fetched is in this format, and not in that of Kafka before 0.11. */
export const isRecordBatches = (bytes: Buffer): boolean => bytes.length > MAGIC_AT && bytes[MAGIC_AT] === 2

/** The batches that were fetched; a fetch may end within one, which is left out. */
export function* storedBatches(bytes: Buffer): Generator<StoredBatch> {
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) return
    if (end < at + RECORDS_AT || bytes[at + MAGIC_AT] !== 2)
      throw new BatchUnreadableError('Kafka sent what is no batch of records.')
    yield storedBatch(bytes.subarray(at, end))
    at = end
  }
}

function storedBatch(batch: Buffer): StoredBatch {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT)
  const firstOffset = Number(batch.readBigInt64BE(0))
  return {
    firstOffset,
    lastOffset: firstOffset + batch.readInt32BE(LAST_OFFSET_DELTA_AT),
    timestamps: {
      first: Number(batch.readBigInt64BE(BASE_TIMESTAMP_AT)),
      max: Number(batch.readBigInt64BE(MAX_TIMESTAMP_AT)),
      isOfBroker: (attributes & LOG_APPEND_TIME_BIT) !== 0,
    },
    isControl: (attributes & CONTROL_BIT) !== 0,
    context: {
      producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
      producerEpoch: batch.readInt16BE(PRODUCER_EPOCH_AT),
      inTransaction: (attributes & TRANSACTIONAL_BIT) !== 0,
    },
    codec: attributes & CODEC_BITS,
    count: batch.readInt32BE(COUNT_AT),
    packed: batch.subarray(RECORDS_AT),
  }
}

/** What the records alone take, however little they hold. */
export const leastBytes = ({ count, codec, packed }: StoredBatch): number =>
  count * RECORD_BYTES + (codec === 0 ? packed.length : 0)

/**
 * Reads the records of a batch from its unpacked bytes, into `messages`. They are slices of these bytes.
 * @returns What the batch takes in memory, in bytes.
 * @throws BatchTooLargeError Before it takes more than `maxBytes`.
 * @throws BatchUnreadableError If the bytes are not the records that the batch says to hold.
 */
export function readRecords(
  batch: StoredBatch,
  bytes: Buffer,
  maxBytes: number,
  messages: FetchedMessage[],
): number {
  const { count, firstOffset, timestamps, isControl, context } = batch
  if (count < 0) throw new BatchUnreadableError('A batch says that it holds less than no records.')
  const reader = new FieldReader(bytes)
  const maxTimestamp = String(timestamps.max)
  let memory = bytes.length
  for (let n = 0; n < count; n++) {
    reader.enter()
    const attributes = reader.byte()
    const timestampDelta = reader.varint()
    const offsetDelta = reader.varint()
    const key = reader.bytes()
    const value = reader.bytes()
    const headerCount = reader.varint()
    // It would make room for what takes too much.
    if (headerCount < 0) throw new BatchUnreadableError('A record says that it has less than no headers.')
    memory += RECORD_BYTES + headerCount * HEADER_BYTES
    if (memory > maxBytes) throw new BatchTooLargeError()
    messages.push({
      magicByte: 2,
      attributes,
      timestamp: timestamps.isOfBroker ? maxTimestamp : String(timestamps.first + timestampDelta),
      offset: String(firstOffset + offsetDelta),
      key,
      value,
      headers: headerCount === 0 ? undefined : readHeaders(reader, headerCount),
      isControlRecord: isControl,
      batchContext: context,
      refused: undefined,
    })
    reader.leave()
  }
  return memory
}

/** In time that grows with their number: kafkajs's own way copies all headers so far for each one. */
function readHeaders(reader: FieldReader, count: number): Record<string, Buffer | Buffer[]> {
  const headers = new Map<string, Buffer | Buffer[]>()
  for (let n = 0; n < count; n++) {
    const name = reader.bytes()?.toString('utf8')
    const value = reader.bytes()
    if (name === undefined) throw new BatchUnreadableError('A header has no name.')
    if (value === null) continue
    const before = headers.get(name)
    if (before === undefined) headers.set(name, value)
    else if (Array.isArray(before)) before.push(value)
    else headers.set(name, [before, value])
  }
  return Object.fromEntries(headers)
}

/** Takes the place of a batch that is refused, at its last offset: reading goes on behind it. */
export function standIn(batch: StoredBatch, code: RefusedBatch['code']): FetchedMessage {
  const { firstOffset, lastOffset, timestamps, context, packed } = batch
  return {
    magicByte: 2,
    attributes: 0,
    timestamp: String(timestamps.max),
    offset: String(lastOffset),
    key: null,
    value: null,
    headers: undefined,
    isControlRecord: false,
    batchContext: context,
    refused: { firstOffset, code, size: packed.length, sha256: sha256Hex(packed) },
  }
}

/** Reads the fields of records one after the other, and never beyond the record's end. */
class FieldReader {
  readonly #bytes: Buffer
  #at = 0
  #end: number

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  /** Goes into the record that begins here. */
  enter(): void {
    this.#end = this.#bytes.length
    this.#end = this.#forward(this.varint())
  }

  /** Goes to the record's end. */
  leave(): void {
    this.#at = this.#end
  }

  byte(): number {
    if (this.#at >= this.#end) throw new BatchUnreadableError('A record ends within a field.')
    return this.#bytes[this.#at++]
  }

  /** Kafka's varint or varlong: zigzag, in sevens of bits, the lowest first. */
  varint(): number {
    let value = 0
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new BatchUnreadableError('A number in a record has no end.')
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length === -1) return null
    const from = this.#at
    this.#at = this.#forward(length)
    return this.#bytes.subarray(from, this.#at)
  }

  /** Where so many bytes end that begin here. */
  #forward(length: number): number {
    const end = this.#at + length
    if (length < 0 || end > this.#end) throw new BatchUnreadableError('A record ends within a field.')
    return end
  }
}
