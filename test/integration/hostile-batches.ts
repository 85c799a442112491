// Batches of good form that a broker takes, because it bounds only what they take compressed.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip, createZstdCompress } from 'node:zlib'
import { compressFrame } from 'lz4-napi'
import { compress as compressSnappy } from 'snappy'

/** Kafka's checksum, which Node has not. */
const crc32c: (bytes: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C/index.js',
)

const MIB = 2 ** 20
const ZEROS = Buffer.alloc(MIB)

/** Kafka's numbers of the compressions. */
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
export type Codec = keyof typeof CODECS

/** The records of a batch, in Kafka's format but for their compression. */
export interface UnpackedRecords {
  readonly count: number
  readonly parts: readonly Buffer[]
}

/** One record, with a key of no length and a value of so many MiB. */
export function hugeRecord(mib: number): UnpackedRecords {
  const head = Buffer.concat([Buffer.from([0]), varint(0), varint(0), varint(0), varint(mib * MIB)])
  const tail = varint(0)
  const length = varint(head.length + mib * MIB + tail.length)
  return { count: 1, parts: [length, head, ...Array.from({ length: mib }, () => ZEROS), tail] }
}

/** Records of this value and these headers, by default without a key. */
export function records(
  count: number,
  value = Buffer.alloc(0),
  headers: readonly (readonly [string, string])[] = [],
  key?: Buffer,
): UnpackedRecords {
  const ofHeaders = headers.flat().flatMap((text) => sized(Buffer.from(text)))
  const ofKey = key === undefined ? [varint(-1)] : sized(key)
  const tail = Buffer.concat([...ofKey, ...sized(value), varint(headers.length), ...ofHeaders])
  const parts = Array.from({ length: count }, (_, offset) =>
    Buffer.concat(sized(Buffer.concat([Buffer.from([0]), varint(0), varint(offset), tail]))),
  )
  return { count, parts: [Buffer.concat(parts)] }
}

export async function pack({ parts }: UnpackedRecords, codec: Codec): Promise<Buffer> {
  if (codec === 'gzip') return buffer(Readable.from(parts).pipe(createGzip({ level: 9 })))
  if (codec === 'zstd') return buffer(Readable.from(parts).pipe(createZstdCompress()))
  const whole = Buffer.concat(parts)
  if (codec === 'lz4') return compressFrame(whole)
  return codec === 'snappy' ? compressSnappy(whole) : whole
}

/** What a batch's header says besides. */
export interface BatchHeader {
  readonly firstOffset?: number
  /** Of the last offset to the first; by default as many as there are records. Compaction leaves it as it is. */
  readonly lastOffsetDelta?: number
  /** Of an idempotent or transactional producer. */
  readonly producerId?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly timestampMs?: number
}

const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

/** A batch as it is sent and stored (https://kafka.apache.org/documentation/#recordbatch). */
export function batchOf(count: number, codec: Codec, packed: Buffer, header: BatchHeader = {}): Buffer {
  const { firstOffset = 0, lastOffsetDelta = count - 1, producerId, timestampMs = Date.now() } = header
  const checked = Buffer.alloc(40)
  const bits = (header.isTransactional ? TRANSACTIONAL_BIT : 0) | (header.isControl ? CONTROL_BIT : 0)
  checked.writeInt16BE(CODECS[codec] | bits, 0)
  checked.writeInt32BE(lastOffsetDelta, 2)
  checked.writeBigInt64BE(BigInt(timestampMs), 6)
  checked.writeBigInt64BE(BigInt(timestampMs), 14)
  // No producer id, epoch or sequence.
  checked.fill(0xff, 22, 36)
  if (producerId !== undefined) checked.writeBigInt64BE(BigInt(producerId), 22)
  checked.writeInt32BE(count, 36)
  const body = Buffer.concat([checked, packed])
  const head = Buffer.alloc(21)
  head.writeBigInt64BE(BigInt(firstOffset), 0)
  head.writeInt32BE(9 + body.length, 8)
  head.writeInt8(2, 16)
  head.writeUInt32BE(crc32c(body), 17)
  return Buffer.concat([head, body])
}

/** The broker's marker that ends a transaction of this producer. */
export function markerOf(type: 'commit' | 'abort', header: BatchHeader): Buffer {
  const key = Buffer.concat([int16(0), int16(type === 'abort' ? 0 : 1)])
  const value = Buffer.concat([int16(0), int32(0)])
  const { count, parts } = records(1, value, [], key)
  return batchOf(count, 'none', Buffer.concat(parts), { ...header, isTransactional: true, isControl: true })
}

/** Produces a batch to partition 0, by Kafka's own protocol: no client would make one of these. */
export async function produceBatch(broker: string, topic: string, batch: Buffer): Promise<void> {
  const asked = Buffer.concat([int16(PRODUCE), int16(VERSION_WITH_ZSTD), int32(1), text('hostile')])
  const promised = Buffer.concat([int16(NO_TRANSACTION), int16(BY_ALL_REPLICAS), int32(30_000)])
  const place = Buffer.concat([int32(1), text(topic), int32(1), int32(0)])
  const request = Buffer.concat([asked, promised, place, int32(batch.length), batch])
  const [host = '', port] = broker.split(':')
  const socket = connect(Number(port), host)
  try {
    socket.write(Buffer.concat([int32(request.length), request]))
    const [answer]: Buffer[] = await once(socket, 'data')
    // Behind its size, the number of the request, and topic and partition as above.
    const error = answer.readInt16BE(8 + 4 + 2 + topic.length + 4 + 4)
    if (error !== 0) throw new Error(`The broker refuses the batch with Kafka's error ${error}.`)
  } finally {
    socket.destroy()
  }
}

const PRODUCE = 0
const VERSION_WITH_ZSTD = 7
const NO_TRANSACTION = -1
const BY_ALL_REPLICAS = -1

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255])
const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value)])
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])

/** Kafka's varint: zigzag, in sevens of bits, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

const sized = (bytes: Buffer): readonly Buffer[] => [varint(bytes.length), bytes]
