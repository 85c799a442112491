// Kafka's format of a batch of records, version 2 (https://kafka.apache.org/documentation/#recordbatch).
import { crc32c } from '@node-rs/crc32'
import { sha256Hex } from '../../contract/json.ts'
import type { RefusedBatch } from '../../contract/dead-letter.ts'
import type { LogRecord } from '../../log/event-log.ts'

// Where the fields of the header stand that are read here.
const LENGTH_AT = 8
/** The first byte that the length counts. */
const LENGTH_FROM = 12
const MAGIC_AT = 16
const CHECKSUM_AT = 17
/** The first byte that the checksum covers. */
const CHECKED_FROM = 21
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61

const CODEC_BITS = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

/**
 * The memory that a record and a header take once they are read, besides their own bytes: measured at 240 and at 120 to
 * 290 bytes here, and then others copy them. A few kilobytes can hold a hundred thousand empty ones.
 */
const RECORD_BYTES = 512
const HEADER_BYTES = 256

const NO_HEADERS: Readonly<Record<string, Buffer>> = {}

/** A batch as it is stored, its records still packed. */
export interface StoredBatch {
  readonly firstOffset: number
  /** Compaction leaves it as it is, whatever records it removes; of an empty batch it is all that is left. */
  readonly lastOffset: number
  readonly timestamps: { readonly first: number; readonly max: number; readonly isOfBroker: boolean }
  /** -1: its producer is neither idempotent nor transactional. */
  readonly producerId: bigint
  readonly isTransactional: boolean
  /** Its records are the broker's own, as the markers that end a transaction. */
  readonly isControl: boolean
  /** Kafka's number of the compression; 0: none. */
  readonly codec: number
  /** How many records the batch says it holds. */
  readonly count: number
  readonly packed: Buffer
  /** Of its bytes, CRC-32C. */
  readonly checksum: number
  /** The bytes that the checksum covers: all but the first offset, the length and the leader's epoch. */
  readonly checked: Buffer
  /** The first offset of the next batch, if the fetch holds one. */
  readonly followedBy: number | undefined
}

/** A batch that takes more memory than it may. */
export class BatchTooLargeError extends Error {
  readonly code = 'BATCH_TOO_LARGE'
  override readonly name = 'BatchTooLargeError'
  constructor() {
    super('A batch takes more memory than it may once it is unpacked.')
  }
}

/** A batch whose bytes are not the records that its header promises. */
export class BatchUnreadableError extends Error {
  readonly code = 'BATCH_UNREADABLE'
  override readonly name = 'BatchUnreadableError'
}

/** What an operator can do, because no reader finds the next batch then. */
const NO_BATCH =
  'Kafka sent bytes that are no batch of records: a file of this partition is damaged. Have another replica lead it; if all are damaged, delete the records up to the next readable offset (kafka-delete-records.sh) and have them sent again'

/** @throws BatchUnreadableError If a batch can't stand there. Only the checksum of a batch covers most of its header. */
export function checkPlace(
  firstOffset: number,
  range: { readonly from: number; readonly end: number },
): void {
  if (firstOffset < range.from || firstOffset >= range.end) throw new BatchUnreadableError(NO_BATCH)
}

/**
 * The batches of a fetch. A fetch may end within a batch: that one is left out.
 * @throws BatchUnreadableError Where bytes are no batch. Nothing says where the next one begins.
 */
export function* storedBatches(bytes: Buffer): Generator<StoredBatch> {
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) return
    if (bytes[at + MAGIC_AT] < 2)
      throw new BatchUnreadableError(
        'The topic holds records in the format of Kafka before 0.11, which hashwarden does not read: copy them to a new topic',
      )
    if (end < at + RECORDS_AT || bytes[at + MAGIC_AT] !== 2) throw new BatchUnreadableError(NO_BATCH)
    const followedBy = end + 8 <= bytes.length ? Number(bytes.readBigInt64BE(end)) : undefined
    yield storedBatch(bytes.subarray(at, end), followedBy)
    at = end
  }
}

function storedBatch(batch: Buffer, followedBy: number | undefined): StoredBatch {
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
    producerId: batch.readBigInt64BE(PRODUCER_ID_AT),
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    codec: attributes & CODEC_BITS,
    count: batch.readInt32BE(COUNT_AT),
    packed: batch.subarray(RECORDS_AT),
    checksum: batch.readUInt32BE(CHECKSUM_AT),
    checked: batch.subarray(CHECKED_FROM),
    followedBy,
  }
}

/** Whether the bytes are those that the producer sent: a flipped bit in a hash leaves a report that is valid. */
export const isIntact = ({ checksum, checked }: StoredBatch): boolean => crc32c(checked) === checksum

/**
 * The last offset of a batch whose header may be damaged. It can lie neither before the first nor beyond what follows:
 * reading would go back, or pass over batches that are intact.
 */
export const boundedLastOffset = (
  { firstOffset, lastOffset, followedBy }: StoredBatch,
  endOffset: number,
): number => Math.max(firstOffset, Math.min(lastOffset, (followedBy ?? endOffset) - 1))

/** The memory in bytes that the records alone take, however little they hold. */
export const leastBytes = ({ count, codec, packed }: StoredBatch): number =>
  count * RECORD_BYTES + (codec === 0 ? packed.length : 0)

/**
 * Reads the records of a batch from its unpacked bytes, into `records`. Keys, values and headers are slices of these
 * bytes.
 * @returns The memory in bytes that the batch takes.
 * @throws BatchTooLargeError Before it takes more than `maxBytes`.
 * @throws BatchUnreadableError If the bytes are not the records that the batch says it holds.
 */
export function readRecords(
  batch: StoredBatch,
  bytes: Buffer,
  maxBytes: number,
  records: LogRecord[],
): number {
  const { count, firstOffset, timestamps } = batch
  if (count < 0) throw new BatchUnreadableError('A batch has a negative number of records.')
  const reader = new FieldReader(bytes)
  let memory = bytes.length
  for (let n = 0; n < count; n++) {
    reader.enter()
    reader.byte() // Attributes: none are in use.
    const timestampDelta = reader.varint()
    const offsetDelta = reader.varint()
    const key = reader.bytes()
    const value = reader.bytes()
    const headerCount = reader.varint()
    // It would give memory back that nothing has taken.
    if (headerCount < 0) throw new BatchUnreadableError('A record has a negative number of headers.')
    memory += RECORD_BYTES + headerCount * HEADER_BYTES
    if (memory > maxBytes) throw new BatchTooLargeError()
    records.push({
      offset: firstOffset + offsetDelta,
      timestampMs: timestamps.isOfBroker ? timestamps.max : timestamps.first + timestampDelta,
      key,
      value,
      headers: headerCount === 0 ? NO_HEADERS : readHeaders(reader, headerCount),
      refused: undefined,
    })
    reader.leave()
  }
  return memory
}

/** Takes time in proportion to their number. Of several headers with one name the first counts. */
function readHeaders(reader: FieldReader, count: number): Readonly<Record<string, Buffer>> {
  const headers = new Map<string, Buffer>()
  for (let n = 0; n < count; n++) {
    const name = reader.bytes()?.toString('utf8')
    const value = reader.bytes()
    if (name === undefined) throw new BatchUnreadableError('A header has no name.')
    if (value !== null && !headers.has(name)) headers.set(name, value)
  }
  return Object.fromEntries(headers)
}

/** Takes the place of a batch that is refused, at its last offset: reading goes on after it. */
export function standIn(batch: StoredBatch, code: RefusedBatch['code']): LogRecord {
  const { firstOffset, lastOffset, timestamps, packed } = batch
  return {
    offset: lastOffset,
    timestampMs: timestamps.max,
    key: null,
    value: null,
    headers: NO_HEADERS,
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

  /** Kafka's varint or varlong: zigzag, in groups of seven bits, the lowest first. */
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

  /** The place `length` bytes from here, which must lie within the record. */
  #forward(length: number): number {
    const end = this.#at + length
    if (length < 0 || end > this.#end) throw new BatchUnreadableError('A record ends within a field.')
    return end
  }
}
