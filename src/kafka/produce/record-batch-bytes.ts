// The bytes of a batch of records to be written, in Kafka's format version 2
// (https://kafka.apache.org/documentation/#recordbatch).
import { crc32c } from '@node-rs/crc32'

/** A record as kafkajs takes it. */
export interface ProducedRecord {
  readonly key?: string | Buffer | null | undefined
  readonly value: string | Buffer | null
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>> | undefined
  /** Milliseconds since 1970, in digits; without it the time of the batch. */
  readonly timestamp?: string | undefined
}

type HeaderValue = string | Buffer | readonly (string | Buffer)[]

export interface BatchOptions {
  /** Kafka's number of the compression; 0: none. */
  readonly codec: number
  readonly compress: (records: Buffer) => Promise<Buffer>
  readonly nowMs: number
  readonly isTransactional: boolean
  /** -1: the producer is neither idempotent nor transactional. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
}

const HEADER_BYTES = 61
/** Of the first offset and the length, which the length doesn't count. */
const BEFORE_LENGTH_BYTES = 12
const MAGIC = 2
const CHECKSUM_AT = 17
/** The first byte that the checksum covers. */
const CHECKED_FROM = 21
const TRANSACTIONAL_BIT = 0x10
const FIRST_BYTES = 16 * 1024
const MAX_INT = 2 ** 31 - 1

/** The batch as it goes into a request: the broker gives it its first offset. */
export async function encodeBatch(
  records: readonly ProducedRecord[],
  options: BatchOptions,
): Promise<Buffer> {
  const times = records.map(({ timestamp }) => Number(timestamp ?? options.nowMs))
  const firstMs = times.reduce((least, time) => Math.min(least, time), times[0] ?? options.nowMs)
  const lastMs = times.reduce((most, time) => Math.max(most, time), firstMs)
  const writer = new RecordWriter()
  for (const [at, record] of records.entries()) writer.record(record, at, times[at] - firstMs)
  const packed = options.codec === 0 ? writer.bytes : await options.compress(writer.bytes)

  const batch = Buffer.allocUnsafe(HEADER_BYTES + packed.length)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - BEFORE_LENGTH_BYTES, 8)
  // The epoch of the partition's leader, which the broker sets.
  batch.writeInt32BE(0, 12)
  batch.writeInt8(MAGIC, 16)
  batch.writeInt16BE(options.codec | (options.isTransactional ? TRANSACTIONAL_BIT : 0), 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(firstMs), 27)
  batch.writeBigInt64BE(BigInt(lastMs), 35)
  batch.writeBigInt64BE(options.producerId, 43)
  batch.writeInt16BE(options.producerEpoch, 51)
  batch.writeInt32BE(options.firstSequence, 53)
  batch.writeInt32BE(records.length, 57)
  packed.copy(batch, HEADER_BYTES)
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), CHECKSUM_AT)
  return batch
}

/** Writes records one after the other into memory that grows. */
class RecordWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  record({ key, value, headers }: ProducedRecord, offsetDelta: number, timeDelta: number): void {
    const keyBytes = lengthOf(key)
    const valueBytes = lengthOf(value)
    const fields = headerFields(headers)
    let body = 1 + sizeOf(timeDelta) + sizeOf(offsetDelta) + sizeOf(keyBytes) + sizeOf(valueBytes)
    body += Math.max(keyBytes, 0) + Math.max(valueBytes, 0) + sizeOf(fields.length / 2)
    for (const field of fields) body += sizeOf(lengthOf(field)) + lengthOf(field)
    this.#reach(this.#at + sizeOf(body) + body)
    this.#number(body)
    // Attributes: none are in use.
    this.#bytes[this.#at++] = 0
    this.#number(timeDelta)
    this.#number(offsetDelta)
    this.#part(key, keyBytes)
    this.#part(value, valueBytes)
    this.#number(fields.length / 2)
    for (const field of fields) this.#part(field, lengthOf(field))
  }

  #reach(length: number): void {
    if (length <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }

  /** Kafka's varint or varlong: zigzag, in groups of seven bits, the lowest first. */
  #number(value: number): void {
    let rest = zigzag(value)
    // Beyond 31 bits, for differences of times alone, JavaScript has no shifts.
    for (; rest > MAX_INT; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128
    for (; rest >= 128; rest >>= 7) this.#bytes[this.#at++] = (rest & 127) | 128
    this.#bytes[this.#at++] = rest
  }

  /** A length and as many bytes; -1 and none for null. */
  #part(part: string | Buffer | null | undefined, length: number): void {
    this.#number(length)
    // As many bytes as characters: it is plain ASCII, which takes a third of the time to write as such.
    if (typeof part === 'string')
      this.#bytes.write(part, this.#at, length, length === part.length ? 'latin1' : 'utf8')
    else part?.copy(this.#bytes, this.#at)
    this.#at += Math.max(length, 0)
  }
}

const NO_FIELDS: readonly never[] = []

/** Names and values in turn. A name with several values stands there several times. */
function headerFields(headers: ProducedRecord['headers']): readonly (string | Buffer)[] {
  let fields: (string | Buffer)[] | undefined
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || !Object.hasOwn(headers, name)) continue
    fields ??= []
    if (typeof value === 'string' || Buffer.isBuffer(value)) fields.push(name, value)
    else for (const one of value) fields.push(name, one)
  }
  return fields ?? NO_FIELDS
}

const lengthOf = (part: string | Buffer | null | undefined): number => {
  if (part === null || part === undefined) return -1
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

/** The bytes that a number takes as a varint. */
function sizeOf(value: number): number {
  let bytes = 1
  let rest = zigzag(value)
  for (; rest > MAX_INT; rest = Math.floor(rest / 128)) bytes++
  for (; rest >= 128; rest >>= 7) bytes++
  return bytes
}
